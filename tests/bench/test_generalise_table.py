from pathlib import Path

import numpy as np
import pytest

from bench.cached_runs import Cell
from bench.generalise_table import END, START, accuracy, markdown, over_seeds_and_groups, put_into, row_of
from unseen.errors import UnseenError

GROUPS = [f"g{i // 10}" for i in range(200)]  # 20 groups of 10 photos


def cell(right: dict[str, bool], own: float = 1.0, seconds: float = 60.0) -> Cell:
    return Cell({path: (yes, f"session of {path}") for path, yes in right.items()}, own, seconds)


def test_seeds_that_agree_leave_the_interval_of_the_groups() -> None:
    """Planted: every second group right. One seed and three equal ones know the same."""
    one = np.array([[i // 10 % 2 == 0 for i in range(200)]])
    alone, three = over_seeds_and_groups(one, GROUPS), over_seeds_and_groups(np.repeat(one, 3, axis=0), GROUPS)
    assert alone == three
    assert alone.value == 0.5
    assert alone.low is not None
    assert alone.high is not None
    # the standard error of 20 groups, half of them right, is 0.11
    assert 0.2 < alone.low < 0.35
    assert 0.65 < alone.high < 0.8


def test_seeds_that_differ_widen_the_interval() -> None:
    """Planted: within a seed all groups score the same, so all doubt is between seeds."""
    right = np.array([[i % 10 < share for i in range(200)] for share in (2, 5, 8)])
    found = over_seeds_and_groups(right, GROUPS)
    assert found.value == 0.5
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.3
    assert found.high > 0.7


def test_folds_of_a_seed_are_one_set_of_photos() -> None:
    """Three photos in one fold, one in the other: 3 of 4 right, not the mean of the folds' shares."""
    folds = [cell({"a": True, "b": True, "c": True}), cell({"d": False})]
    found = accuracy([folds, folds])
    assert (found.value, found.n, found.groups) == (0.75, 4, 4)


def test_seeds_on_different_photos_are_refused() -> None:
    with pytest.raises(UnseenError, match="different photos"):
        accuracy([[cell({"a": True})], [cell({"b": True})]])


def test_the_worst_pair_and_the_mean_are_of_the_pairs() -> None:
    cells = {
        "one": [[cell({"a": True, "b": True}, own=0.9)]],
        "other": [[cell({"a": True, "b": False}, own=1.0, seconds=180)]],
    }
    row = markdown([row_of("net", "plain", cells)]).splitlines()[-1]
    assert [text.strip() for text in row.strip("|").split("|")][-4:] == ["0.750", "0.500", "0.950", "2.0"]
    assert row.startswith("| net | plain | 1.000 (")


def test_a_page_keeps_what_is_around_the_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    one, other = ((START.format(name), END.format(name)) for name in ("one", "other"))
    page.write_text(f"before\n\n{one[0]}\nold\n{one[1]}\n{other[0]}\nkept\n{other[1]}\n\nafter\n")
    put_into(page, "one", "new")
    put_into(page, "one", "\n    code\n\nnewer\n")
    assert page.read_text() == (
        f"before\n\n{one[0]}\n\n    code\n\nnewer\n\n{one[1]}\n{other[0]}\nkept\n{other[1]}\n\nafter\n"
    )


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    turned = f"{END.format('all')}{START.format('all')}"
    page.write_text(turned)
    with pytest.raises(UnseenError, match="does not hold"):
        put_into(page, "all", "new")
    assert page.read_text() == turned


def test_the_page_of_the_project_has_the_markers(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "generalisation.md"
    copy = tmp_path / "page.md"
    copy.write_text(page.read_text())
    for name in ("imagenet", "handnet"):
        put_into(copy, name, f"new {name}")
    assert "new" in copy.read_text()
