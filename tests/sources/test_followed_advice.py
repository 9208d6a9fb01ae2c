"""What errors about sources advise works: each wrong source is refused, mended as its line says, and read."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.photos.pictures import write_tree
from unseen.errors import UnseenError
from unseen.sources.open_photos import open_photos

PHOTOS = ("x/1.png", "x/2.png", "y/1.png", "y/2.png")  # of classes that no folder names, but for `two_classes`
ROWS = "".join(f"{path},{'AB'[i % 2]}\n" for i, path in enumerate(PHOTOS))
TABLE = "path,label\n" + ROWS


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))


def photos(root: Path, *names: str) -> Path:
    return write_tree(root, *(names or [f"in/{path}" for path in PHOTOS]))


def write(file: Path, text: str, encoding: str = "utf-8") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding)
    return file


def pack(file: Path, *names: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w") as packed:
        for name in names:
            packed.writestr(name, b"some bytes")
    return file


def unpack(file: Path) -> Path:
    with zipfile.ZipFile(file) as packed:
        packed.extractall(file.with_suffix(""))
    return file.with_suffix("")


def no_pixels(root: Path, header: str) -> Path:
    return write(root / "pixels.csv", header + "\n" + "".join(f"{i % 2},{','.join('7' * 16)}\n" for i in range(4)))


def arrays(root: Path, labels: int, name: str = "Y.npy") -> Path:
    root.mkdir(parents=True, exist_ok=True)
    np.save(root / "X.npy", np.zeros((4, 8, 8), np.uint8))
    np.save(root / name, np.arange(labels) % 2)
    return root / "X.npy"


def encrypted(file: Path) -> Path:
    """A zip whose entries say that they are encrypted."""
    pack(file, "A/1.png", "B/1.png")
    file.write_bytes(
        re.sub(rb"(PK\x01\x02.{4})\x00\x00", lambda head: head[1] + b"\x01\x00", file.read_bytes(), flags=re.DOTALL)
    )
    return file


def as_it_was(source: Path) -> Path:
    return source


CASES: dict[str, tuple[Callable[[Path], Path], str, Callable[[Path], Path], dict[str, Any]]] = {
    "one class": (
        lambda root: photos(root, "A/1.png"), "one class only in .*: add a folder of photos for a second class",
        lambda source: photos(source, "B/1.png"), {},
    ),
    "no class folders": (
        lambda root: photos(root, "one.png", "another.png"),
        r"put them in class folders, .*/CLASS/photo.jpg, or read classes off the file names, --labels-from",
        lambda source: photos(source, "A/one.png", "B/another.png"), {},
    ),
    "labels in names": (
        lambda root: photos(root, "A_1_left.png", "B_1_right.png"),
        r"--labels-from '\^\(\?P<label>\[A-Z\]\+\)_' for A_001",
        as_it_was, {"labels_from": "^(?P<label>[A-Z]+)_"},
    ),
    "a header of its own": (
        lambda root: write(photos(root / "in") / "t.csv", "Bild,Klasse\n" + ROWS), "write path,label",
        lambda source: write(source, "path,label\n" + ROWS.replace("x/", "in/x/").replace("y/", "in/y/")), {},
    ),
    "not UTF-8": (
        lambda root: write(photos(root) / "t.csv", "path,label\n" + ROWS.replace(",A", ",T\u00fcr"), "latin-1"),
        "t.csv is not UTF-8 text: save it as 'CSV UTF-8'",
        lambda source: write(source, TABLE), {},
    ),
    "a list of its own": (
        lambda root: write(photos(root, "in/1.png", "in/2.png") / "labels.txt", "in/1.png A\nin/2.png B\n").parent,
        "labels.txt is not read: save it as a CSV of path,label",
        lambda source: write(source / "labels.csv", "path,label\nin/1.png,A\nin/2.png,B\n").parent, {},
    ),
    "another machine": (
        lambda root: write(root / "far" / "t.csv", "path,label\n" + re.sub("^", "/home/x/", ROWS, flags=re.MULTILINE)),
        "put the table beside the photos",
        lambda source: write(photos(source.parent.parent) / "t.csv", source.read_text()), {},
    ),
    "two tables": (
        lambda root: write(write(photos(root) / "a.csv", TABLE).with_name("b.csv"), TABLE).parent,
        r"holds 2 tables of labels \(a.csv, b.csv\): keep one, or name the one to use",
        lambda source: source / "b.csv", {},
    ),
    "folders or table": (
        lambda root: write(photos(root) / "in" / "t.csv", "filename,class\n" + ROWS).parent,
        "the folders say x, y, t.csv says A, B: name .*t.csv to use it", lambda source: source / "t.csv", {},
    ),
    "a name twice": (
        lambda root: write(photos(root) / "t.csv", "filename,class\n1.png,A\n"),
        "no usable photos .*write more of the path",
        lambda source: write(source, "filename,class\nx/1.png,A\ny/1.png,B\n"), {},
    ),
    "encrypted": (
        lambda root: encrypted(root / "a.zip"), "is encrypted: unpack it yourself and name the folder",
        lambda source: unpack(pack(source, "A/1.png", "B/1.png")), {},
    ),
    "a link out of a zip": (
        lambda root: pack(root / "a.zip", "A/1.png", "../B/1.png"), "leads out of it",
        lambda source: photos(source.parent / "own", "A/1.png", "B/1.png"), {},
    ),
    "arrays that do not fit": (
        lambda root: arrays(root, 3), "has 4 pictures, .* 3 labels: name files that belong together",
        lambda source: arrays(source.parent, 4), {},
    ),
    "an array alone": (
        lambda root: arrays(root, 4, "answers.npy"),
        r"no partner: put X.npy \(pictures\) and Y.npy \(labels\) into one folder",
        lambda source: arrays(source.parent, 4), {},
    ),
    "a part or a class": (
        lambda root: photos(root, *(f"{name}/1.png" for name in ("train", "test", "plane", "bus"))),
        "test, train could be parts or classes beside bus, plane: .*or name the class folders with --classes",
        as_it_was, {"known": ("train", "test", "plane", "bus")},
    ),
    "boxes": (
        lambda root: photos(root, "A/1.png", "B/1.png"), "holds no boxes .*: leave out --layout boxes", as_it_was, {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_source_is_read_once_it_is_mended_as_its_error_says(tmp_path: Path, name: str) -> None:
    make, said, mend, settings = CASES[name]
    source = make(tmp_path / "root")
    with pytest.raises(UnseenError, match=said) as error:
        open_photos(source, layout="boxes" if name == "boxes" else "auto")
    assert "\n" not in str(error.value)
    assert len(open_photos(mend(source), **settings).classes) > 1
