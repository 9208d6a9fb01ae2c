"""Write tables of sign digits whose students are apart: the photo set in; few, uneven or poor training photos out.

A student's ten photos follow each other in the set, so that a file's number less its digit names the student.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from unseen.augment.alterations import ALTERATIONS
from unseen.photos.decode import decode
from unseen.runs import write_rows
from unseen.seeds import generator

VALIDATION_STUDENTS, TEST_STUDENTS = 25, 70
POOR = ("dark", "blurred", "tiny")  # names of alterations
SIDE_PX = 100


@dataclass(frozen=True, slots=True)
class Student:
    """A student's photos: digit to file."""

    number: int
    photos: Mapping[str, Path]


def students(data: Path) -> list[Student]:
    """Find the students of `sign_digits`, those with fewer than eight photos left out."""
    found: dict[int, dict[str, Path]] = {}
    for file in sorted(data.glob("[0-9]/IMG_*")):
        number = int(re.findall(r"\d+", file.stem)[0]) - int(file.parent.name)
        found.setdefault(number, {})[file.parent.name] = file
    return [Student(number, photos) for number, photos in sorted(found.items()) if len(photos) >= 8]


def write_table(
    out: Path,
    data: Path,
    seed: int,
    training: Mapping[str, int],
    poor: float = 0.0,
    more: Sequence[tuple[Path, str]] = (),
) -> Path:
    """Write path,label,group,part; return the file.

    training: photos of each digit. poor: share of the training photos that are darkened, blurred or reduced first.
    more: further training photos and their digits.
    """
    order = generator(seed, "students").permutation(len(found := students(data))).tolist()
    apart = VALIDATION_STUDENTS + TEST_STUDENTS
    parts = ["validation"] * VALIDATION_STUDENTS + ["test"] * TEST_STUDENTS + ["train"] * (len(found) - apart)
    rows, left = [], dict(training)
    for place, part in zip(order, parts, strict=True):
        for digit, file in found[place].photos.items():
            if part == "train":
                left[digit] = left.get(digit, 0) - 1
                if left[digit] < 0:
                    continue
                file = spoiled(file, out.parent / out.stem, seed, poor)
            rows.append((str(file.resolve()), digit, str(found[place].number), part))
    rows += [(str(file.resolve()), digit, f"more {file.stem}", "train") for file, digit in more]
    out.parent.mkdir(parents=True, exist_ok=True)
    write_rows(out, ("path", "label", "group", "part"), rows)
    return out


def spoiled(file: Path, folder: Path, seed: int, share: float) -> Path:
    """Return the photo, or, for a `share` of photos, a copy of it that is poor."""
    rng = generator(seed, "poor", file.parent.name, file.stem)
    if rng.random() >= share:
        return file
    alteration = ALTERATIONS[POOR[int(rng.integers(len(POOR)))]]
    copy = folder / f"{file.parent.name}-{file.stem}.png"
    copy.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(alteration.apply(decode(file, SIDE_PX)[..., :3], seed)).save(copy)
    return copy
