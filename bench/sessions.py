"""Whole sessions held out of one photo set: a folder in, a train and a test table of paths for each fold out.

Tables, not folders: the photos stay where they are.
"""

import re
from pathlib import Path

from unseen.runs import write_rows
from unseen.sources.open_photos import open_photos
from unseen.split.folds import group_folds

HEADER = ("path", "label", "group")


def session_of(path: str) -> str:
    """Return the session in a file name of fingers_subhi: what is before `pic`, or the name of another collection.

    >>> [session_of(f"0/{name}") for name in ("16_pic00012_0.jpg", "pic00044_1.jpg", "Hand_0009484_0.jpg")]
    ['16', 'pic', 'Hand']
    """
    name = Path(path).name
    before, pic, _ = name.partition("pic")
    if not pic:
        return re.split(r"[_0-9]", name, maxsplit=1)[0]
    return before.rstrip("_") or "pic"


def write_folds(photos: Path, out: Path, folds: int) -> list[tuple[Path, Path]]:
    """Write `fold1-train.csv`, `fold1-test.csv`, ... into `out` and return them; no session is in both of a fold.

    The folds are the same for every seed, so that seeds differ in training alone.
    """
    found = open_photos(photos)
    sessions = [session_of(photo.path) for photo in found.photos]
    fold_of = group_folds(found.labels, sessions, folds, seed=0)
    rows = [
        (str(photo.file.resolve()), photo.label, f"session {session}")
        for photo, session in zip(found.photos, sessions, strict=True)
    ]
    tables = []
    for fold in range(folds):
        train, test = (out / f"fold{fold + 1}-{part}.csv" for part in ("train", "test"))
        write_rows(train, HEADER, [row for row, at in zip(rows, fold_of, strict=True) if at != fold])
        write_rows(test, HEADER, [row for row, at in zip(rows, fold_of, strict=True) if at == fold])
        tables.append((train, test))
    return tables
