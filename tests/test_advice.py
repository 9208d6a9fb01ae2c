"""The advice of errors works: what it names exists, and what the main ones say is done here, word by word."""

import ast
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import click
import pytest

from tests.cli.in_process import unseen
from tests.conftest import TINY, TinyRun
from tests.planted_photos import write_photos
from unseen.api import resume, train
from unseen.cli import VERBS, Verbs
from unseen.errors import UnseenError

SOURCE = Path(__file__).parents[1] / "src" / "unseen"
TINY_FLAGS = ("--weights", "none", "--model", "cnn-fingers", "--image-size", "48", "--epochs", "1", "--no-audit")
ELSEWHERE = {"--debug", "--help", "--silent", "--pack-destination"}  # of no verb; the last two are npm's


def said_in(path: Path) -> list[str]:
    """Every text of a module but its docstrings, with `{}` for what is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body and isinstance(node.body[0], ast.Expr)
    }  # fmt: skip
    texts, inside = [], set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            inside |= {id(part) for part in node.values}
            texts.append("".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs | inside:
            texts.append(node.value)
    return texts


def flags() -> set[str]:
    context = click.Context(Verbs())
    commands = [Verbs().get_command(context, verb) for verb in VERBS]
    parameters = [parameter for command in commands if command for parameter in command.params]
    return {
        flag for one in parameters for flag in (*one.opts, *one.secondary_opts) if flag.startswith("--")
    } | ELSEWHERE


def test_every_flag_and_command_in_a_text_exists() -> None:
    known, missing = flags(), []
    seen = 0
    for path in sorted(SOURCE.rglob("*.py")):
        for text in said_in(path):
            for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]*", text):
                seen += 1
                missing += [] if flag in known else [f"{path.name}: {flag} in {text[:80]!r}"]
            for verb in re.findall(r"(?:`|with |then )unseen ([a-z]+)", text):
                seen += 1
                missing += [] if verb in VERBS else [f"{path.name}: unseen {verb} in {text[:80]!r}"]
    assert missing == []
    assert seen > 50


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command, and return the last line on stderr; `ok` says whether it is to work."""

    def in_process(*words: object, ok: bool) -> str:
        code, _, err = unseen(capfd, monkeypatch, *words)
        assert (code == 0) is ok, err
        return err.splitlines()[-1] if err else ""

    return in_process


def words_after(flag: str, line: str) -> list[str]:
    """What a shell makes of a line's end from `flag` on."""
    return shlex.split(line[line.index(flag) :])


def test_a_class_of_one_photo_is_left_out_as_the_line_says(run: Any, tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", ("red", "gr\u00fcn, hell", 'so "called"'), photos=12)
    (photos / "one").mkdir()
    shutil.copy(next((photos / "red").iterdir()), photos / "one" / "a.png")
    command = ("train", photos, "--out", tmp_path / "run", *TINY_FLAGS)
    line = run(*command, ok=False)
    assert "class 'one' has 1 photo, 3 are the least" in line
    run(*command, *words_after("--classes", line), ok=True)
    with pytest.raises(UnseenError) as error:
        train(photos, tmp_path / "python", **TINY)
    names = re.search(r"leave the class out with classes=(\[.*\])$", str(error.value))
    assert names is not None
    assert ast.literal_eval(names[1]) == ["gr\u00fcn, hell", "red", 'so "called"']


def test_where_one_class_would_be_left_no_such_advice_is_given(run: Any, tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", ("red", "blue"), photos=12)
    for photo in sorted((photos / "blue").iterdir())[2:]:
        photo.unlink()
    line = run("train", photos, "--out", tmp_path / "run", *TINY_FLAGS, ok=False)
    assert line.endswith("class 'blue' has 2 photos, 3 are the least: add photos")


def test_a_taken_folder_and_a_stopped_run(run: Any, tiny_run: TinyRun, tmp_path: Path) -> None:
    taken = run("train", tiny_run.photos, "--out", tiny_run.root, *TINY_FLAGS, ok=False)
    assert "--resume" not in taken  # it is finished
    stopped = tmp_path / "a run"
    shutil.copytree(tiny_run.root, stopped)
    for name in ("manifest.json", "model"):
        path = stopped / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    photo = next((tiny_run.photos / "red").glob("s*.png"))
    for words in (("predict", stopped, photo), ("train", tiny_run.photos, "--out", stopped, *TINY_FLAGS)):
        line = run(*words, ok=False)
        assert f"go on with {'unseen train ' if words[0] == 'predict' else ''}--resume {stopped}" in line
    with pytest.raises(UnseenError, match=re.escape(f"go on with unseen.resume('{stopped}'), use another out, or")):
        train(tiny_run.photos, stopped, **TINY)
    resume(stopped)
    run("predict", stopped, photo, ok=True)


def test_a_damaged_bundle_is_copied_again(run: Any, tiny_run: TinyRun, tmp_path: Path) -> None:
    photo = next((tiny_run.photos / "red").glob("s*.png"))
    graph, facts = tiny_run.root / "model/model.onnx", tiny_run.root / "model/bundle.json"
    copy = tmp_path / "copy" / "model"
    damages: dict[str, Any] = {
        "half": lambda: (copy / "model.onnx").write_bytes(graph.read_bytes()[: 2**14]),
        "a pointer": lambda: (copy / "model.onnx").write_text("version https://git-lfs.github.com/spec/v1\n"),
        "empty": lambda: (copy / "model.onnx").write_bytes(b""),
        "another key": lambda: (copy / "bundle.json").write_text(facts.read_text().replace('"padding"', '"paddings"')),
        "one class less": lambda: (copy / "bundle.json").write_text(facts.read_text().replace('"blue",', "")),
    }
    for damage in damages.values():
        shutil.copytree(tiny_run.root / "model", copy, dirs_exist_ok=True)
        damage()
        line = run("predict", copy.parent, photo, ok=False)
        assert line.endswith(": copy the model/ folder of the run again, or train again with this version")
        shutil.copytree(tiny_run.root / "model", copy, dirs_exist_ok=True)
        run("predict", copy.parent, photo, ok=True)


def test_the_graph_itself_may_be_named(run: Any, tiny_run: TinyRun, tmp_path: Path) -> None:
    photo = next((tiny_run.photos / "red").glob("s*.png"))
    run("predict", tiny_run.root / "model" / "model.onnx", photo, ok=True)
    shutil.copy(tiny_run.root / "model" / "model.onnx", tmp_path)
    line = run("predict", tmp_path / "model.onnx", photo, ok=False)
    assert line.endswith("model.onnx has no bundle.json beside it: copy the whole model/ folder")
    shutil.copytree(tiny_run.root / "model", tmp_path / "model")
    run("predict", tmp_path / "model" / "model.onnx", photo, ok=True)


def test_photos_of_one_group_are_split_as_the_line_says(run: Any, tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos", ("red", "blue"), photos=12)
    command = ("train", photos, "--out", tmp_path / "run", *TINY_FLAGS)
    line = run(*command, "--groups", "photos|s", ok=False)
    assert "name groups with --groups FILE" in line
    run(*command, *words_after("--split", line), ok=True)


@pytest.mark.parametrize("verb", ["evaluate", "compare", "stress", "frames", "segment", "audit", "train"])
def test_every_verb_that_reads_photos_takes_the_flags_that_errors_name(
    run: Any, tiny_run: TinyRun, tmp_path: Path, verb: str
) -> None:
    root = write_photos(tmp_path / "flat", ("red", "blue"), photos=3)
    for photo in sorted(root.rglob("*.png")):
        photo.rename(root / f"{photo.parent.name}_{photo.stem[-3:]}.png")
    for name in ("red", "blue"):
        (root / name).rmdir()
    before = {"evaluate": [tiny_run.root], "compare": [tiny_run.root] * 2, "stress": [tiny_run.root]}.get(verb, [])
    after = {"stress": ["--photos", "2"], "train": ["--dry-run"], "compare": []}.get(verb, ["--out", tmp_path / "out"])
    line = run(verb, *before, root, *after, ok=False)
    run(verb, *before, root, *after, *words_after("--labels-from", line), ok=True)
    crossed = [write_photos(tmp_path / "two" / name, ("red", "blue"), photos=3) for name in ("kiwi", "mango")]
    if not before:  # a model's own classes tell
        line = run(verb, crossed[0].parent, *after[:1], *[f"{word}2" for word in after[1:]], ok=False)
        assert "say --layout class/group if the outer folders are" in line
    words = [*before, crossed[0].parent, *after[:1], *[f"{word}3" for word in after[1:]]]
    run(verb, *words, "--layout", "group/class", ok=True)


@pytest.mark.parametrize("verb", ["frames", "segment", "audit"])
def test_class_folders_called_like_parts_are_named_as_the_line_says(run: Any, tmp_path: Path, verb: str) -> None:
    photos = write_photos(tmp_path / "photos", ("train", "test"), photos=3)
    line = run(verb, photos, "--out", tmp_path / "out", ok=False)
    assert line.endswith("or name the class folders with --classes")
    run(verb, photos, "--out", tmp_path / "out", "--classes", "train,test", ok=True)


def test_a_run_is_not_taken_for_photos_nor_photos_for_a_run(run: Any, tiny_run: TinyRun, tmp_path: Path) -> None:
    line = run("evaluate", tiny_run.root, tiny_run.root, ok=False)
    assert line.endswith("it is what unseen wrote: name the folder of the photos")
    line = run("evaluate", tiny_run.root, tiny_run.photos / "red", ok=False)
    assert line.endswith(f"it is called like a class: name the folder that holds it, {tiny_run.photos}")
    run("evaluate", tiny_run.root, tiny_run.photos, "--out", tmp_path / "out", ok=True)
    line = run("train", "--resume", tiny_run.photos, ok=False)
    assert line.endswith("is no run that was begun: check the path, or train into a new --out")


@pytest.mark.parametrize(
    ("message", "python"),
    [
        ("x: use a lower --learning-rate", "x: use a lower learning_rate"),
        ("go on with --resume runs/a b, use another --out", "go on with unseen.resume('runs/a b'), use another out"),
        ("unfinished: go on with unseen train --resume r first", "unfinished: go on with unseen.resume('r') first"),
        ("leave it out with --classes 'a,\"b, left\"'", "leave it out with classes=['a', 'b, left']"),
        ("mend the files, or name them with --classes 'a", "mend the files, or name them with classes 'a"),
        ("a--b/--c is not there: check the path", "a--b/--c is not there: check the path"),
    ],
)  # fmt: skip
def test_python_is_told_settings(message: str, python: str) -> None:
    error = UnseenError(message)
    assert str(error) == message
    error.name_settings()
    assert (str(error), error.flagged) == (python, message)
