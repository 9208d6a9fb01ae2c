"""People are counted by names where these tell, else by palms of planted colours; one person in two lights is one."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from unseen.dataset.dataset import Dataset
from unseen.evaluation import took_part as module
from unseen.evaluation.results import Count, TookPart
from unseen.evaluation.took_part import (
    cameras_stated,
    colours_around,
    palm_colour,
    people_by_palms,
    rooms_by_colours,
    to_lab,
)
from unseen.evaluation.took_part_wording import took_part_table, who_took_part
from unseen.records import Float32Array, Float64Array, Uint8Array

JOINTS = (0.4 + 0.2 * np.random.default_rng(0).random((21, 2))).astype(np.float32)


def palms(*people: tuple[float, float]) -> Float64Array:
    rng = np.random.default_rng(1)
    return np.concatenate([rng.normal(one, 1.0, (15, 2)) for one in people])


def photo(hand: tuple[int, int, int], wall: tuple[int, int, int]) -> tuple[Uint8Array, Float32Array]:
    pixels = np.full((80, 80, 3), wall, np.uint8)
    pixels[28:80, 28:52] = hand
    return pixels, JOINTS


def test_many_different_palms_are_many_people_and_two_lights_are_one_person() -> None:
    many = people_by_palms(palms((130, 140), (150, 160), (140, 185), (165, 135), (120, 165), (180, 170)))
    assert many.value == 6
    assert many.low < 6 < many.high
    assert people_by_palms(palms((140, 150), (155, 165))) == Count(1, 1, 2, "looks")
    assert people_by_palms(palms((140, 150))).value == 1


def test_the_palm_is_told_from_the_wall() -> None:
    brown, grey = (150, 100, 80), (128, 128, 128)
    on_grey, on_blue = palm_colour(*photo(brown, grey)), palm_colour(*photo(brown, (30, 40, 200)))
    assert np.allclose(on_grey, on_blue)
    assert np.allclose(on_grey, to_lab(np.array([brown], np.uint8))[0, 1:])


def test_each_wall_is_a_room_whatever_the_hand() -> None:
    walls = [(128, 128, 128), (200, 40, 40), (30, 60, 180)]
    around = np.array([colours_around(*photo((150 + 10 * i, 100, 80), wall)) for wall in walls for i in range(4)])
    assert rooms_by_colours(around).value == 3
    assert rooms_by_colours(around[:4]).value == 1


def test_the_same_photos_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(data: Any) -> TookPart:
        asked.append(data.fingerprint)
        return TookPart(Count(len(asked), 1, 9, "looks"))

    monkeypatch.setattr(module, "_counted", counted)
    monkeypatch.setattr(module, "_last", {})
    one, other = (cast("Dataset", SimpleNamespace(fingerprint=f, grouping=SimpleNamespace(reasons=()))) for f in "ab")
    found = [module.took_part(data).people for data in (one, one, other, one)]
    assert [count.value for count in found if count] == [1, 1, 2, 3]
    assert asked == ["a", "b", "a"]


def test_cameras_are_those_that_nearly_all_files_state() -> None:
    assert cameras_stated(["Pixel 7", "", *["iPhone"] * 18]) == Count(2, 2, 2, "headers")
    assert cameras_stated(["Pixel 7", "", "iPhone"]) is None
    assert cameras_stated([]) is None


def test_every_count_stands_in_the_table_with_its_limits() -> None:
    table = took_part_table(TookPart(Count(1, 1, 3, "looks"), None, Count(2, 2, 2, "headers")))
    assert table.splitlines()[2:] == ["| people | 1 | 1 to 3 | looks |", "| cameras | 2 | 2 to 2 | headers |"]
    assert took_part_table(TookPart()) == ""


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (TookPart(), ""),
        (TookPart(Count(1, 1, 2, "looks")), "probably one person (1 to 2, by looks)"),
        (
            TookPart(Count(4, 4, 4, "names"), Count(3, 2, 5, "looks")),
            "4 people, in about 3 rooms (2 to 5, by looks)",
        ),
    ],
)
def test_what_is_said_is_no_surer_than_what_was_counted(found: TookPart, said: str) -> None:
    assert who_took_part(found) == said
