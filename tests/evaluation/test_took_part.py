"""People are counted by names where these tell, else by palms of planted colours; one person in two lights is one."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from tests.evaluation.planted_hands import JOINTS, photo
from unseen.dataset.dataset import Dataset
from unseen.evaluation import took_part as module
from unseen.evaluation.looks import colours_around
from unseen.evaluation.results import Count, InTurn, LeftOut, TookPart
from unseen.evaluation.took_part import (
    cameras_stated,
    most_common,
    people_by_palms,
    rooms_by_colours,
    whose,
)
from unseen.evaluation.took_part_wording import in_turn, took_part_table, who_took_part
from unseen.records import Float64Array, Grouping, GroupReason, Regions


def palms(*people: tuple[float, float]) -> Float64Array:
    rng = np.random.default_rng(1)
    return np.concatenate([rng.normal(one, 1.0, (15, 2)) for one in people])


def test_many_different_palms_are_many_people_and_two_lights_are_one_person() -> None:
    many = people_by_palms(palms((130, 140), (150, 160), (140, 185), (165, 135), (120, 165), (180, 170)))
    assert many.value == 6
    assert many.low < 6 < many.high
    assert people_by_palms(palms((140, 150), (155, 165))) == Count(1, 1, 2, "looks", 0.93)
    assert people_by_palms(palms((140, 150))).value == 1


def test_each_wall_is_a_room_whatever_the_hand() -> None:
    walls = [(128, 128, 128), (200, 40, 40), (30, 60, 180)]
    around = np.array([colours_around(*photo((150 + 10 * i, 100, 80), wall)) for wall in walls for i in range(4)])
    assert rooms_by_colours(around).value == 3
    assert rooms_by_colours(around[:4]).value == 1


def test_the_same_photos_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(data: Any) -> tuple[TookPart, None]:
        asked.append(data.fingerprint)
        return TookPart(Count(len(asked), 1, 9, "looks")), None

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
    table = took_part_table(TookPart(Count(1, 1, 3, "looks", 0.93), None, Count(2, 2, 2, "headers")))
    people, cameras = table.splitlines()[2:]
    assert people == "| people | 1 | 1 to 3 | 93% | looks |"
    assert cameras == "| cameras | 2 | 2 to 2 | 100% | headers |"
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


WALLS = ((128, 128, 128), (200, 40, 40), (30, 60, 180))


def in_rooms(reasons: tuple[GroupReason, ...], groups: tuple[str, ...]) -> Dataset:
    """Return 60 photos of one hand, in turn before each of three walls."""
    images = [photo((150 + i % 5, 100, 80), WALLS[i % 3])[0] for i in range(60)]
    regions = Regions(np.zeros((60, 4), np.float32), np.stack([JOINTS] * 60), np.ones(60, np.float32))
    headers = SimpleNamespace(cameras=[""] * 60)
    return cast(
        "Dataset",
        SimpleNamespace(
            fingerprint=str((reasons, groups)), grouping=Grouping(groups, reasons), images=images, regions=regions,
            headers=headers, photos=images,
        ),
    )  # fmt: skip


def test_each_photo_is_put_in_the_room_that_its_wall_tells() -> None:
    found = whose(in_rooms((), tuple(str(i) for i in range(60))), 1000, hands=True)
    assert list(found) == ["room"]  # one palm: one person
    assert (found["room"].count.value, found["room"].count.told_by) == (3, "looks")
    assert [len(set(found["room"].number[k::3].tolist())) for k in range(3)] == [1, 1, 1]
    assert len(set(found["room"].number.tolist())) == 3
    assert len(whose(in_rooms((), ("a",) * 60), 1000, hands=True)) == 0  # all are one picture


def test_names_go_before_looks_and_need_no_hands() -> None:
    groups = tuple(f"kitchen{i % 2}" for i in range(60))
    data = in_rooms((GroupReason("folder", 60, 2, "two rooms", "room"),), groups)
    for hands in (True, False):
        found = whose(data, 1000, hands=hands)["room"]
        assert (found.count.value, found.count.told_by) == (2, "names")
        assert found.number.tolist() == [i % 2 for i in range(60)]
    assert whose(in_rooms((), groups), 1000, hands=False) == {}
    assert len(whose(data, 7, hands=False)["room"].positions) == 7


def test_the_same_picture_is_in_the_room_that_most_of_its_group_are_in() -> None:
    assert most_common(np.array([0, 1, 1, 2, 0]), np.array(["a", "a", "a", "b", "c"])).tolist() == [1, 1, 1, 2, 0]


def test_what_was_left_out_is_said_with_how_it_was_told() -> None:
    rooms = InTurn(0.84, 0.75, 0.91, 120, 14, 0.71, "looks")
    assert in_turn(LeftOut(rooms=rooms)) == (
        "With each of 14 rooms (told by looks) left out in turn, heads fitted to the others classify 84.0% correctly "
        "(95% interval 75 to 91%, over these rooms; the worst room 71.0%)."
    )
    people = InTurn(0.6, 0.4, 0.8, 20, 8, None, "names")
    assert in_turn(LeftOut(people, rooms)).startswith(
        "With each of 8 people left out in turn, heads fitted to the others classify 60.0% correctly "
        "(95% interval 40 to 80%, over these people). With each of 14"
    )
    assert in_turn(None) == in_turn(LeftOut()) == ""
