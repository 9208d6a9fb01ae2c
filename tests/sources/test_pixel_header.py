from pathlib import Path

import numpy as np
import pytest

from unseen.photos.decode import decode
from unseen.sources.open_photos import open_photos
from unseen.sources.pixel_header import PixelColumns, pixel_columns

PIXELS = tuple(range(1, 17))
GREY = [str(i * 16) for i in range(16)]


@pytest.mark.parametrize("names", [[f"{r}x{c}" for r in range(1, 5) for c in range(1, 5)], [str(i) for i in range(16)]])
@pytest.mark.parametrize("label", ["label", "class", "target"])
def test_pixels_are_named_in_several_ways(names: list[str], label: str) -> None:
    assert pixel_columns([label, *names]) == PixelColumns(0, PIXELS, first_is_row=False)
    assert pixel_columns([*names, label]) == PixelColumns(16, tuple(range(16)), first_is_row=False)


def test_a_counter_is_no_pixel_and_any_other_column_makes_another_table() -> None:
    names = [f"pixel{i}" for i in range(16)]
    assert pixel_columns(["unnamed: 0", "label", *names]) == PixelColumns(1, tuple(range(2, 18)), first_is_row=False)
    assert pixel_columns(["label", "age", *names]) is None
    assert pixel_columns(["name", *names]) is None
    assert pixel_columns(["label"]) is None


def test_rows_without_names_are_told_from_names_that_are_numbers() -> None:
    assert pixel_columns(["3", *GREY]) == PixelColumns(0, PIXELS, first_is_row=True)
    assert pixel_columns([str(i) for i in range(17)]) == PixelColumns(0, PIXELS, first_is_row=False)
    assert pixel_columns(["3", *GREY[:15]]) is None  # 15 values are no square
    assert pixel_columns(["3", "1", "2"]) is None


@pytest.mark.parametrize(
    ("header", "label_last"), [("", False), ("class,", False), (",".join(map(str, range(17))), False), ("", True)]
)
def test_the_same_picture_comes_out_of_every_table(tmp_path: Path, header: str, label_last: bool) -> None:
    names = [f"{r}x{c}" for r in range(1, 5) for c in range(1, 5)]
    if header == "class,":
        header += ",".join(names)
    if label_last:
        header = ",".join([*names, "label"])
    rows = [[label, *GREY] for label in ("7", "8")]
    lines = [",".join(row[1:] + row[:1] if label_last else row) for row in rows]
    (tmp_path / "signs.csv").write_text("\n".join([header, *lines] if header else lines) + "\n")
    photos = open_photos(tmp_path / "signs.csv")
    assert [photo.label for photo in photos.photos] == ["7", "8"]
    for photo in photos.photos:
        assert (decode(photo.file, 28)[..., 0].ravel() == np.array(GREY, int)).all()
