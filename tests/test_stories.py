"""The commands of docs/stories.md, on small planted folders: every one that is cheap runs, every training is read."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.cli.in_process import unseen
from tests.conftest import TinyRun
from tests.containers.written_records import example, tfds_folder, tfrecord
from tests.photos.pictures import encoded, noisy
from tests.planted_photos import write_photos

PAGE = Path(__file__).parents[1] / "docs" / "stories.md"
COMMANDS = re.findall(r"^ {4}unseen (.+)$", PAGE.read_text(), re.MULTILINE)
CHEAP = ("predict", "evaluate", "models", "frames")
LETTERS = [chr(ord("A") + i) for i in range(26)]
CLASSES = {"sign_digits": list("0123456789"), "letters": LETTERS, "fingers": list("012345")}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, tiny_run: TinyRun) -> Path:
    """The folders that the stories name; `my_hand` shows what the tiny run, which stands for all of theirs, knows."""
    root = tmp_path_factory.mktemp("stories")
    for name, classes in CLASSES.items():
        write_photos(root / name, classes, photos=4)
    write_photos(root / "my_hand", ("red", "blue"), photos=4, seed=9)
    (root / "my_hand" / "3").mkdir()
    shutil.copy(next((root / "my_hand" / "red").iterdir()), root / "my_hand" / "3" / "photo.jpg")
    shutil.copytree(tiny_run.root, root / "runs" / "digits")
    signs = ["rock", "paper", "scissors"]
    folder = tfds_folder(root / "tfds/rock_paper_scissors/3.0.0", signs, {"image": "Image", "label": "ClassLabel"})
    for part, seed in (("train", 0), ("test", 50)):
        rows = [example(image=encoded(noisy(seed + i), "PNG"), label=i % 3) for i in range(9)]
        tfrecord(folder / f"rock_paper_scissors-{part}.tfrecord-00000-of-00001", rows)
    return root


def test_the_stories_are_all_here() -> None:
    verbs = [line.split()[0] for line in COMMANDS]
    assert {verb: verbs.count(verb) for verb in set(verbs)} == {
        "train": 10, "audit": 1, "evaluate": 1, "predict": 1, "extend": 1, "frames": 1, "models": 1,
    }  # fmt: skip


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.split()[0] in (*CHEAP, "train")])
def test_a_command_of_a_story_does_what_it_says(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path, line: str
) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("TFDS_DATA_DIR", str(home / "tfds"))
    words = shlex.split(line)
    if words[0] == "train" and "--dry-run" not in words:
        words.append("--dry-run")
    code, out, err = unseen(capfd, monkeypatch, *words)
    assert code == 0, err
    if words[0] == "train":
        stated = re.search(r"--classes (\S+)", line)
        named = stated[1].split(",") if stated else CLASSES.get(words[1], ["paper", "rock", "scissors"])
        assert f" of {len(named)} classes" in out
        assert [row.split()[0] for row in out.splitlines()[2 : 2 + len(named)]] == sorted(named)
    elif words[0] == "frames":
        assert len(list((home / "rps").rglob("*.png"))) == 18 + 1  # and the sheet
    else:
        assert {"predict": "photo.jpg", "evaluate": "8 photos", "models": "total"}[words[0]] in (out + err).lower()
