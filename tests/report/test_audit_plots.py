"""Bars and cells are to scale, cut where there are too many, and absent where they would say nothing."""

from typing import Any

import pytest

from tests.report.audit_fakes import interval
from unseen.records import Interval
from unseen.report.audit_plots import MAX_CLASSES, MAX_GROUPS, class_bars, heat, interval_bar


def test_class_bars_are_in_order_and_to_scale() -> None:
    found = class_bars({"rock": 70, "paper": 35, "ghost": 0})
    assert found["rows"] == [("rock", 70, 100.0), ("paper", 35, 50.0), ("ghost", 0, 0.0)]
    assert found["more"] == 0


def test_of_too_many_classes_the_fewest_and_the_most_remain() -> None:
    found = class_bars({f"class {i}": i + 1 for i in range(MAX_CLASSES + 40)})
    numbers = [number for _, number, _ in found["rows"]]
    half = MAX_CLASSES // 2
    assert numbers == [*range(1, half + 1), *range(MAX_CLASSES + 41 - half, MAX_CLASSES + 41)]
    assert found["more"] == 40


def test_no_classes_are_no_bars() -> None:
    assert class_bars({})["rows"] == []


def test_cells_are_shaded_by_their_photos() -> None:
    found = heat((("rock", "paper"), ("anna", "ben"), ((40, 20), (30, 0))), groups=9, photos=120)
    assert found is not None
    (rock, _, first), (_, _, second) = found["rows"]
    assert rock == "rock"
    shades = [shade for _, shade in (*first, *second)]
    assert shades[0] == 50
    assert shades[0] > shades[2] > shades[1] > shades[3]
    assert found["more_groups"] == 7


@pytest.mark.parametrize(
    "table",
    [
        None,
        ((), (), ()),
        (("rock",), (), ((),)),
        (("rock", "paper"), ("burst 1", "burst 2"), ((3, 0), (0, 3))),  # 6 of 120 photos
    ],
)
def test_a_table_that_says_nothing_is_left_out(table: Any) -> None:
    assert heat(table, groups=40, photos=120) is None


def test_a_large_table_is_cut_and_counted() -> None:
    classes, names = [f"{i}" for i in range(MAX_CLASSES + 3)], [f"g{i}" for i in range(MAX_GROUPS + 5)]
    found = heat((classes, names, [[9] * len(names) for _ in classes]), groups=len(names), photos=99)
    assert found is not None
    assert (len(found["rows"]), {len(cells) for _, _, cells in found["rows"]}) == (MAX_CLASSES, {MAX_GROUPS})
    assert (found["more_classes"], found["more_groups"]) == (3, 5)


def test_intervals_lie_where_they_are() -> None:
    bar = interval_bar(interval(0.70))
    assert (bar["at"], bar["left"], bar["width"]) == pytest.approx((70, 67, 6))
    assert interval_bar(interval(None)) == {"at": None, "left": None, "width": None}
    alone = interval_bar(Interval(0.5, None, None, 8, 1))
    assert (alone["at"], alone["left"]) == (50, None)
