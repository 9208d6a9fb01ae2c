import re
import shlex
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import click
import pytest

from unseen.cli import VERBS, cli

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_reference_is_what_the_command_line_says() -> None:
    spec = spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert (ROOT / "docs" / "reference.md").read_text() == generate.reference(), "run `make docs`"


def commands() -> list[tuple[str, str]]:
    """Every `unseen VERB ...` that a page shows, in a block or in line."""
    found = []
    for page in PAGES:
        if page.name == "reference.md":
            continue
        pattern = rf"unseen (?:{'|'.join(VERBS)})\b[^`\n#]*"
        found += [(page.name, line.strip()) for line in re.findall(pattern, page.read_text())]
    return found


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands_in_the_pages_parse(page: str, line: str) -> None:
    verb, *arguments = shlex.split(line)[1:]
    context = click.Context(cli, info_name="unseen")
    command = cli.get_command(context, verb)
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts}
    for argument in arguments:
        if argument.startswith("--"):
            assert argument in known, f"{page}: {line}"


def test_the_pages_are_read() -> None:
    assert len(commands()) > 10


@pytest.mark.parametrize("page", [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name)
def test_links_and_named_modules_exist(page: Path) -> None:
    text = page.read_text()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / target).exists(), target
    if page.name == "ARCHITECTURE.md":
        for module in re.findall(r"`([a-z_]+/[a-z_]+\.py)`", text):
            assert (ROOT / "src" / "unseen" / module).exists(), module
