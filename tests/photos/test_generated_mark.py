from pathlib import Path

import numpy as np
import pytest

from tests.planted_photos import write_photos
from unseen.config import TrainConfig
from unseen.dataset.load import load_dataset
from unseen.errors import UnseenError
from unseen.photos.generated_mark import REASON, RECORD, holds_generated, is_marked, marked_png
from unseen.progress import Silent
from unseen.runs import write_json


def _write_generated(folder: Path, label: str = "red") -> None:
    (folder / label).mkdir(parents=True)
    for i in range(3):
        (folder / label / f"{i}.png").write_bytes(marked_png(np.full((16, 16, 3), 80 * i, np.uint8)))


def _load(folder: Path) -> tuple[set[str], dict[str, str]]:
    data = load_dataset(TrainConfig(str(folder), "out"), 32, Silent())
    return {photo.path for photo in data.photos}, {row.path: row.reason for row in data.rejected}


def test_a_marked_file_is_no_photo_wherever_it_lies_and_the_line_says_why(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos")
    _write_generated(tmp_path / "made")
    for file in (tmp_path / "made" / "red").iterdir():
        file.rename(photos / "red" / f"copied-{file.name}")
    used, rejected = _load(photos)
    assert not any("copied" in path for path in used)
    assert len(used) > 20
    assert {rejected[f"red/copied-{i}.png"] for i in range(3)} == {REASON}


def test_a_generated_folder_inside_photos_is_passed_over(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos")
    before, _ = _load(photos)
    _write_generated(photos / "made", "blue")
    write_json(photos / "made" / RECORD, {"generated_by": "unseen"})
    assert _load(photos)[0] == before


def test_a_generated_folder_named_as_photos_is_refused(tmp_path: Path) -> None:
    for label in ("red", "blue"):
        _write_generated(tmp_path / "made", label)
    write_json(tmp_path / "made" / RECORD, {"generated_by": "unseen"})
    with pytest.raises(UnseenError, match="--generated"):
        _load(tmp_path / "made")


def test_a_record_of_something_else_marks_nothing(tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "photos")
    assert not holds_generated(photos)
    (photos / RECORD).write_text("[1]")
    assert not holds_generated(photos)
    assert not is_marked((photos / RECORD).read_bytes())
