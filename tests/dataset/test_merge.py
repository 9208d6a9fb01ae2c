"""New photos join those of a run: copies are left out, some are held out, old ones stay where they were."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.planted_photos import drawn, write_photos
from unseen.dataset.load import Source
from unseen.dataset.merge import MergedDataset, merge_photos
from unseen.dataset.reload import reload_photos
from unseen.errors import UnseenError
from unseen.progress import Silent
from unseen.records import GroupReason, PhotoSet, Rejected

CLASSES = ("blue", "red")
REASONS = (GroupReason("name", 16, 4, "16 photos in 4 sessions"),)


@pytest.fixture
def past(tmp_path: Path) -> PhotoSet:
    """Eight photos a class, those of session 3 in the test part."""
    folder = write_photos(tmp_path / "old", CLASSES, photos=8, sessions=4)
    rows = [
        {
            "path": path.relative_to(folder).as_posix(),
            "label": path.parent.name,
            "group": path.name[:2],
            "part": "test" if path.name.startswith("s3") else "train",
        }
        for path in sorted(folder.rglob("*.png"))
    ]
    return reload_photos([Source(str(folder))], rows, CLASSES)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Six new photos of an old class and of a new one, in three sessions each."""
    return write_photos(tmp_path / "new", ("red", "green"), photos=6, sessions=3, seed=7)


def merged(past: PhotoSet, new: Path | None) -> MergedDataset:
    source = None if new is None else Source(str(new), prefix="new/")
    return merge_photos(past, REASONS, source, 48, 0, Silent())


def test_old_photos_keep_their_parts_and_new_ones_are_split_by_session(past: PhotoSet, new: Path) -> None:
    found = merged(past, new)
    data, old = found.data, len(past.photos)
    assert data.classes == ("blue", "red", "green")
    assert found.is_new.tolist() == [False] * old + [True] * 12
    assert data.split.parts[:old] == tuple(photo.part for photo in past.photos)
    assert all(photo.path.startswith("new/") for photo in data.photos[old:])
    parts: dict[str, set[str]] = {}
    for i in range(old, len(data.photos)):
        parts.setdefault(data.split.groups[i], set()).add(data.split.parts[i])
    assert all(group.startswith("new/") for group in parts)
    assert all(len(of_group) == 1 for of_group in parts.values())
    for name in ("red", "green"):
        held = {data.split.parts[i] for i in range(old, len(data.photos)) if data.photos[i].label == name}
        assert {"train", "test"} <= held
    assert data.leaks == ()


def test_copies_of_old_photos_are_left_out_under_whatever_label(past: PhotoSet, new: Path) -> None:
    shutil.copy(past.photos[0].file, new / "green" / "copy.png")
    with Image.open(past.photos[9].file) as picture:
        picture.resize((116, 132)).save(new / "red" / "larger.png")
    found = merged(past, new)
    assert found.data.rejected == (
        Rejected("new/green/copy.png", f"the run has it already, where it is labelled '{past.photos[0].label}'"),
        Rejected("new/red/larger.png", "the run has it already"),
    )
    assert found.is_new.sum() == 12
    assert any("2 new photos left out" in note and "1 of them under another label" in note for note in found.data.notes)


def test_photos_of_the_run_that_are_gone_are_rows(past: PhotoSet, new: Path) -> None:
    gone = Rejected("red/lost.png", "gone since the run was trained")
    assert merged(replace(past, rejected=(gone,)), new).data.rejected == (gone,)


def test_without_new_photos_the_split_is_the_runs_own(past: PhotoSet) -> None:
    found = merged(past, None)
    assert not found.is_new.any()
    assert found.data.split.parts == tuple(photo.part for photo in past.photos)
    assert found.data.grouping.reasons == REASONS


@pytest.mark.parametrize(
    ("name", "photos", "words"),
    [
        ("violet", 2, "class 'violet' has 2 new photos in .*, at least 3 are needed"),
        ("blue", 1, "class 'blue' has 1 new photo in .*, at least 2 are needed"),
        ("Blue", 4, "class 'Blue' in .* differs from 'blue' in nothing but case"),
    ],
)
def test_too_few_photos_and_names_alike_are_refused(
    past: PhotoSet, new: Path, name: str, photos: int, words: str
) -> None:
    (new / name).mkdir()
    rng = np.random.default_rng(3)
    for i in range(photos):
        Image.fromarray(drawn(rng, 2)).save(new / name / f"n{i}.png")
    with pytest.raises(UnseenError, match=words):
        merged(past, new)


def test_nothing_but_copies_is_refused(past: PhotoSet, tmp_path: Path) -> None:
    for photo in past.photos:
        (tmp_path / "again" / photo.label).mkdir(parents=True, exist_ok=True)
        shutil.copy(photo.file, tmp_path / "again" / photo.label)
    with pytest.raises(UnseenError, match=r"the run has all 16 photos of .* already"):
        merged(past, tmp_path / "again")
