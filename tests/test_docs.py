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
        pattern = r"(?:^(?: {4})?|`)(unseen [a-z]+\b[^`\n#]*)"
        found += [(page.name, line.strip()) for line in re.findall(pattern, page.read_text(), re.MULTILINE)]
    return found


def understood(page: str, line: str) -> tuple[click.Context, click.Command, list[str]]:
    """What a line names: the context of `unseen`, the command of its verb, and the arguments."""
    verb, *arguments = shlex.split(line)[1:]
    context = click.Context(cli, info_name="unseen", **cli.context_settings)
    command = cli.get_command(context, verb)
    assert command is not None, f"{page}: there is no verb {verb}"
    return context, command, arguments


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands_in_the_pages_parse(page: str, line: str) -> None:
    _, command, arguments = understood(page, line)
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    for argument in arguments:
        if argument.startswith("--"):
            assert argument in known, f"{page}: {line}"


def whole_commands() -> list[tuple[str, str]]:
    """Every `unseen VERB ...` that stands in a block: somebody may copy it."""
    pattern = re.compile(r"^(?: {4})?(unseen [a-z]+ [^\n#>|]+)", re.MULTILINE)
    pages = [page for page in PAGES if page.name != "reference.md"]
    return [(page.name, line.strip()) for page in pages for line in pattern.findall(page.read_text())]


@pytest.mark.parametrize(("page", "line"), whole_commands())
def test_commands_in_blocks_are_whole(page: str, line: str) -> None:
    context, command, arguments = understood(page, line)
    command.make_context(
        command.name, arguments, parent=context
    )  # raises for a missing argument or a value that is none


def test_every_verb_is_shown_in_a_page() -> None:
    assert {line.split()[1] for _, line in commands()} == set(VERBS)


def test_modules_that_the_pages_run_exist() -> None:
    named = {name for page in PAGES for name in re.findall(r"-m ((?:bench|pretrain)\.\w+)", page.read_text())}
    assert "bench.generalise" in named
    assert [name for name in sorted(named) if not (ROOT / f"{name.replace('.', '/')}.py").is_file()] == []


def flags() -> set[str]:
    """Every flag of `unseen`, of the benches, and of pre-training."""
    context = click.Context(cli, info_name="unseen", **cli.context_settings)
    verbs = [command for verb in VERBS if (command := cli.get_command(context, verb))]
    known = {
        option for verb in verbs for parameter in verb.params for option in [*parameter.opts, *parameter.secondary_opts]
    }
    scripts = [file.read_text() for folder in ("bench", "pretrain") for file in (ROOT / folder).glob("*.py")]
    return known | {found for text in scripts for found in re.findall(r"\"(--[a-z-]+)\"", text)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_flags_in_the_pages_exist(page: Path) -> None:
    named = {
        flag for code in re.findall(r"`([^`\n]+)`", page.read_text()) for flag in re.findall(r"(?<!\S)--[a-z-]+", code)
    }
    assert sorted(named - flags()) == []


@pytest.mark.parametrize("page", [*PAGES, ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name)
def test_links_and_named_modules_exist(page: Path) -> None:
    text = page.read_text()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / target).exists(), target
    for file in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.[a-z]+)`", text):
        assert file.startswith("runs/") or any((root / file).exists() for root in (ROOT, ROOT / "src" / "unseen")), file
