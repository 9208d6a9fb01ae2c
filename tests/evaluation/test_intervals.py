"""Planted means lie in the interval as often as promised, and ties are not taken for certainty."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unseen.errors import UnseenError
from unseen.evaluation import intervals
from unseen.evaluation.intervals import RESAMPLES, group_codes, interval, resample_totals, wilson
from unseen.records import Interval


def cluster_sample(seed: int, groups: int, photos: int) -> tuple[list[float], list[str]]:
    """Right and wrong answers of groups that differ a lot; the planted mean is 4 / (4 + 1) = 0.8."""
    rng = np.random.default_rng(seed)
    skill = rng.beta(4, 1, groups)
    values = rng.random((groups, photos)) < skill[:, None]
    return values.ravel().astype(float).tolist(), [f"g{i // photos}" for i in range(groups * photos)]


def share_covered(groups: int, trials: int) -> float:
    hits = 0
    for seed in range(trials):
        found = interval(*cluster_sample(seed, groups, 25), seed)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0.8 <= found.high
    return hits / trials


def test_covers_the_planted_mean_about_95_times_in_100() -> None:
    assert 0.91 <= share_covered(groups=20, trials=300) <= 0.985


def test_few_groups_still_cover_most_of_the_time() -> None:
    # The plain percentile interval covers 82% of such samples.
    assert share_covered(groups=5, trials=300) >= 0.86


def test_an_interval_over_photos_would_be_far_too_narrow() -> None:
    hits, ratios = 0, []
    for seed in range(60):
        values, groups = cluster_sample(seed, 20, 25)
        grouped = interval(values, groups, seed)
        naive = interval(values, [str(i) for i in range(len(values))], seed)
        assert grouped.low is not None and grouped.high is not None  # noqa: PT018
        assert naive.low is not None and naive.high is not None  # noqa: PT018
        hits += naive.low <= 0.8 <= naive.high
        ratios.append((grouped.high - grouped.low) / (naive.high - naive.low))
    assert hits / 60 < 0.75
    assert np.median(ratios) > 1.8


def test_matches_the_spread_known_in_closed_form() -> None:
    # 400 groups of one photo, half right: the standard error is 0.5 / 20, and 1.96 of it is 0.049.
    found = interval([0.0, 1.0] * 200, [str(i) for i in range(400)], seed=3)
    assert found.value == 0.5
    assert found.low == pytest.approx(0.5 - 0.049, abs=0.006)
    assert found.high == pytest.approx(0.5 + 0.049, abs=0.006)


def test_nothing_measured_is_unknown() -> None:
    assert interval([], [], seed=0) == Interval(value=None, low=None, high=None, n=0, groups=0)


def test_one_group_has_a_value_and_no_interval() -> None:
    found = interval([1, 1, 0, 1], ["ann"] * 4, seed=0)
    assert found == Interval(value=0.75, low=None, high=None, n=4, groups=1)


@pytest.mark.parametrize(("score", "low", "high"), [(1.0, 0.7009, 1.0), (0.0, 0.0, 0.2991)])
def test_groups_that_score_the_same_get_the_wilson_interval(score: float, low: float, high: float) -> None:
    # 9 of 9 groups right: 9 / (9 + 1.96^2) = 0.7009, however many photos each group has.
    found = interval([score] * 90, [str(i % 9) for i in range(90)], seed=0)
    assert found.value == score
    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)
    assert found.groups == 9


def test_a_tie_away_from_the_ends_is_widened_too() -> None:
    found = interval([1, 0] * 10, [str(i // 2) for i in range(20)], seed=0)
    assert found.low is not None
    assert found.low < 0.3


def test_values_that_are_no_proportion_keep_their_point() -> None:
    found = interval([7.0, 7.0], ["a", "b"], seed=0)
    assert (found.low, found.high) == (7.0, 7.0)


def test_wilson_agrees_with_a_published_value() -> None:
    # 81 of 263: Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 0.2553 to 0.3662.
    low, high = wilson(81 / 263, 263)
    assert low == pytest.approx(0.2553, abs=1e-4)
    assert high == pytest.approx(0.3662, abs=1e-4)


def test_a_big_group_weighs_by_its_photos() -> None:
    assert interval([1] * 9 + [0], ["big"] * 9 + ["small"], seed=0).value == 0.9


def test_a_lucky_draw_of_one_group_reaches_its_score() -> None:
    found = interval([1] * 5 + [0] * 5, ["a"] * 5 + ["b"] * 5, seed=0)
    assert (found.low, found.high) == (0.0, 1.0)


def test_blocks_of_resamples_hold_whole_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "_BLOCK_CELLS", 70)
    drawn = resample_totals(np.ones((7, 1)), seed=1)
    assert drawn.shape == (RESAMPLES, 1)
    assert (drawn == 7).all()


def test_refuses_what_cannot_be_averaged() -> None:
    with pytest.raises(UnseenError, match="not finite"):
        interval([1.0, float("nan")], ["a", "b"], seed=0)
    with pytest.raises(UnseenError, match="for 1 groups"):
        interval([1.0, 0.0], ["a"], seed=0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcde")), min_size=1, max_size=40), st.randoms())
def test_contains_its_value_and_ignores_photo_order(rows: list[tuple[bool, str]], rng: object) -> None:
    found = interval([float(v) for v, _ in rows], [g for _, g in rows], seed=5)
    assert found.n == len(rows)
    assert found.groups == len({g for _, g in rows})
    if found.groups > 1:
        assert found.value is not None and found.low is not None and found.high is not None  # noqa: PT018
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high
    shuffled = list(rows)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert interval([float(v) for v, _ in shuffled], [g for _, g in shuffled], seed=5) == found


def test_seeds_repeat_and_differ() -> None:
    values, groups = cluster_sample(0, 12, 10)
    assert interval(values, groups, 1) == interval(values, groups, 1)
    assert interval(values, groups, 1) != interval(values, groups, 2)


def test_codes_follow_names() -> None:
    codes, count = group_codes(["b", "a", "b", "c"])
    assert codes.tolist() == [1, 0, 1, 2]
    assert count == 3
