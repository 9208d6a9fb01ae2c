import pytest

from unseen.auditing.findings import Finding
from unseen.auditing.split_scores import MIN_GAP, SplitKind, SplitScore, split_gap_findings
from unseen.records import Interval


def measured(value: float | None, half: float = 0.02, groups: int = 20) -> Interval:
    if value is None:
        return Interval(None, None, None, 0, 0)
    return Interval(value, value - half, value + half, 400, groups)


def gaps(at_random: Interval, grouped: Interval | None, stated: Interval | None) -> list[Finding]:
    rows = {SplitKind.STATED: stated, SplitKind.RANDOM: at_random, SplitKind.GROUPED: grouped}
    return split_gap_findings([SplitScore(kind, row, 0) for kind, row in rows.items() if row is not None])


def test_a_random_split_that_adds_nineteen_points_is_told_with_both_numbers() -> None:
    (found,) = gaps(measured(0.88), measured(0.69), None)
    assert found.kind == "random-split-flatters"
    assert "88%" in found.headline
    assert "69%" in found.headline
    assert found.value == pytest.approx(0.19)
    assert found.severity >= 0.85
    assert "split.csv" in found.advice
    rows = [SplitScore(SplitKind.RANDOM, measured(0.88), 0), SplitScore(SplitKind.GROUPED, measured(0.69), 0)]
    (without,) = split_gap_findings(rows, can_group=False)
    assert "split.csv" not in without.advice  # none is written


def test_a_stated_test_part_far_below_the_mixed_photos_is_unlike() -> None:
    found = gaps(measured(0.88), measured(0.87), measured(0.29))
    assert [one.kind for one in found] == ["unlike-test"]
    assert "29%" in found[0].headline


@pytest.mark.parametrize(
    ("apart", "half"),
    [
        (0.88 - MIN_GAP / 2, 0.001),  # sure, but too little to matter
        (0.78, 0.3),  # ten points, but the intervals of few groups meet
        (0.95, 0.01),  # apart is the better one
        (None, 0.0),  # nothing could be measured
    ],
)
def test_it_is_silent_where_the_gap_is_small_unsure_or_unknown(apart: float | None, half: float) -> None:
    assert gaps(measured(0.88, half), measured(apart, half), measured(None)) == []
