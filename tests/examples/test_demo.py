"""`make demo`: which commands it runs, what it deletes, and that it opens a browser only where one is seen."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import click
import pytest

from unseen.cli import cli

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"


@pytest.fixture
def demo() -> ModuleType:
    spec = spec_from_file_location("demo", DEMO)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def ran(demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have been run, parsed by the verb that would have run it."""
    commands: list[list[str]] = []

    def unseen(*words: str) -> int:
        parent = click.Context(cli, **cli.context_settings)  # a verb keeps the help flag of its first context
        verb = cli.get_command(parent, words[0])
        assert verb is not None
        verb.make_context(words[0], list(words[1:]), parent)  # raises for a flag or a value that the verb has not
        commands.append(list(words))
        return 0

    monkeypatch.setattr(demo, "unseen", unseen)
    return commands


def test_without_photos_hands_are_rendered_and_trained_on_with_the_defaults(
    demo: ModuleType, ran: list[list[str]], tmp_path: Path
) -> None:
    out = str(tmp_path / "demo")
    assert demo.main(["--photos", "", "--weights", "", "--time-limit", "", "--out", out, "--no-open"]) == 0
    rendered, trained = ran
    assert rendered[0] == "render"
    people, rooms = (rendered[rendered.index(flag) + 1] for flag in ("--people", "--rooms"))
    assert people == rooms  # a room alone for everybody, so that rooms are new in the test part too
    assert trained == ["train", rendered[1], "--out", out, "--time-limit", "5"]


def test_photos_and_weights_of_ones_own_go_to_train(demo: ModuleType, ran: list[list[str]], tmp_path: Path) -> None:
    demo.main(["--photos", "mine", "--weights", "none", "--out", str(tmp_path), "--no-open"])
    assert ran == [["train", "mine", "--out", str(tmp_path), "--time-limit", "10", "--weights", "none"]]


def test_only_a_run_is_deleted(demo: ModuleType, ran: list[list[str]], tmp_path: Path) -> None:
    other, old = tmp_path / "other", tmp_path / "old"
    for folder, name in ((other, "thesis.txt"), (old, "run.json")):
        folder.mkdir()
        (folder / name).write_text("{}")
        demo.main(["--photos", "mine", "--out", str(folder), "--no-open"])
    assert (other / "thesis.txt").exists()
    assert not old.exists()
    assert len(ran) == 2


def test_a_failure_ends_it_with_its_code(
    demo: ModuleType, ran: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*words: str) -> int:
        ran.append(list(words))
        return 130

    monkeypatch.setattr(demo, "unseen", fails)
    assert demo.main(["--out", str(tmp_path / "demo")]) == 130
    assert [words[0] for words in ran] == ["render"]


@pytest.mark.parametrize(
    ("platform", "environment", "seen"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"DISPLAY": ":0", "CI": "true"}, False),
        ("linux", {"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, False),
        ("darwin", {}, True),
        ("darwin", {"CI": "1"}, False),
        ("win32", {}, True),
    ],
)
def test_where_a_window_is_seen(demo: ModuleType, platform: str, environment: dict[str, str], seen: bool) -> None:
    assert demo.has_display(platform, environment) is seen


def test_the_report_opens_unless_told_not_to(
    demo: ModuleType, ran: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    for name in ("CI", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(demo.webbrowser, "open", opened.append)
    demo.main(["--photos", "mine", "--out", str(tmp_path / "a run"), "--no-open"])
    assert opened == []
    demo.main(["--photos", "mine", "--out", str(tmp_path / "a run")])
    assert opened == [(tmp_path / "a run" / "report.html").as_uri()]
    assert len(ran) == 2


def test_without_a_browser_nothing_happens(demo: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_here(url: str) -> bool:
        raise demo.webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(demo.webbrowser, "open", none_here)
    demo.show(tmp_path / "report.html")
