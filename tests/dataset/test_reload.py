"""The photos of a run are found again with the parts and groups they had; what is gone or came since is said."""

import shutil
from pathlib import Path

import pytest

from tests.planted_photos import write_photos
from unseen.dataset.load import Source
from unseen.dataset.reload import reload_photos
from unseen.errors import UnseenError
from unseen.records import Rejected

CLASSES = ("blue", "red")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_photos(tmp_path / "photos", CLASSES, photos=3, sessions=3)


def row(path: str, part: str = "train", group: str = "anna") -> dict[str, str]:
    return {"path": path, "label": path.split("/")[-2], "group": group, "part": part}


ROWS = [
    row("red/s1_001.png", "test", "ben"),
    row("red/s0_000.png", "validation", ""),
    row("blue/s0_000.png"),
    row("blue/s2_002.png"),
]


def test_photos_come_in_the_order_of_the_split_with_their_part_and_group(folder: Path) -> None:
    found = reload_photos([Source(str(folder))], ROWS, CLASSES)
    assert [photo.path for photo in found.photos] == [row["path"] for row in ROWS]  # two files are of no row
    assert [photo.part for photo in found.photos] == ["test", "validation", "train", "train"]
    assert [photo.group for photo in found.photos] == ["ben", "red/s0_000.png", "anna", "anna"]
    assert found.rejected == ()


def test_a_photo_that_is_gone_or_lies_in_another_class_is_a_row(folder: Path) -> None:
    (folder / "red" / "s1_001.png").unlink()
    (folder / "blue" / "s2_002.png").rename(folder / "red" / "s2_002b.png")
    found = reload_photos([Source(str(folder))], ROWS, CLASSES)
    assert [photo.path for photo in found.photos] == ["red/s0_000.png", "blue/s0_000.png"]
    gone = "gone since the run was trained"
    assert found.rejected == (Rejected("red/s1_001.png", gone), Rejected("blue/s2_002.png", gone))


def test_each_source_has_its_prefix(folder: Path, tmp_path: Path) -> None:
    more = write_photos(tmp_path / "more", CLASSES, photos=3, sessions=3, seed=5)
    rows = [*ROWS, row("more/red/s1_001.png", "test", "cleo")]
    found = reload_photos([Source(str(folder)), Source(str(more), prefix="more/")], rows, CLASSES)
    assert found.photos[-1].file == more / "red" / "s1_001.png"
    assert found.photos[0].file == folder / "red" / "s1_001.png"


def test_a_class_that_never_had_photos_is_kept_where_there_may_be_some(folder: Path) -> None:
    found = reload_photos([Source(str(folder))], ROWS[2:], CLASSES, some_without=True)
    assert found.classes == CLASSES
    assert [photo.label for photo in found.photos] == ["blue", "blue"]
    shutil.rmtree(folder / "blue")
    with pytest.raises(UnseenError, match="no photo of class 'blue' that the run was trained on is left"):
        reload_photos([Source(str(folder))], ROWS[2:], CLASSES, some_without=True)


def test_a_class_without_photos_and_a_folder_that_is_gone_are_refused(folder: Path) -> None:
    source = Source(str(folder))
    with pytest.raises(UnseenError, match="no photo of class 'red' that the run was trained on is left"):
        reload_photos([source], ROWS[2:], CLASSES)
    shutil.rmtree(folder)
    with pytest.raises(UnseenError, match="where the photos of the run were, is not there"):
        reload_photos([source], ROWS, CLASSES)
