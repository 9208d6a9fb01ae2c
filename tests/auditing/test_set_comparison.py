from typing import Any

import numpy as np
import pytest

from unseen.auditing.findings import Finding, Unit
from unseen.auditing.set_comparison import compare_facts, comparison_findings
from unseen.auditing.set_shifts import FACTS, SetFacts, measure_shifts, shift_summary
from unseen.records import Float32Array


def photos(seed: int, name: str = "the training photos", n: int = 240, **changed: Any) -> SetFacts:
    """24 groups of 10 photos: light 142 +- 15, 200 px; groups differ more than photos of one do."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(n // 10), 10)

    def fact(mean: float, spread: float) -> Float32Array:
        own = rng.normal(0, spread, n // 10)[group]
        return (mean + own + rng.normal(0, spread / 2, n)).astype(np.float32)

    facts = {"brightness": fact(142, 13), "contrast": fact(50, 5), "short_side": np.full(n, 200, np.float32)}
    features = rng.normal(size=(n // 10, 16))[group] + 0.3 * rng.normal(size=(n, 16))
    given: dict[str, Any] = {
        "name": name,
        "paths": tuple(f"{seed}/{i}.jpg" for i in range(n)),
        "groups": tuple(f"g{g}" for g in group.tolist()),
        "facts": facts | changed.pop("facts", {}),
        "features": features.astype(np.float32),
    }
    return SetFacts(**(given | changed))


def findings(first: SetFacts, second: SetFacts) -> dict[str, Finding]:
    return {finding.kind: finding for finding in comparison_findings(compare_facts(first, second, 0))}


def kinds(first: SetFacts, second: SetFacts) -> set[str]:
    return set(findings(first, second))


@pytest.mark.parametrize("seed", range(6))
def test_two_sets_of_one_kind_are_silent(seed: int) -> None:
    assert kinds(photos(seed), photos(100 + seed)) == set()


def test_shifts_are_told_in_words_and_numbers() -> None:
    dark = photos(1, "your photos", facts={"short_side": np.full(240, 800, np.float32)})
    dark.facts["brightness"][:] -= 81
    told = shift_summary("your photos", compare_facts(photos(0), dark, 0).shifts)
    assert told.startswith("Your photos are darker (median light ")
    assert "grey levels instead of 14" in told
    assert told.endswith("4.0 times larger (median short side 800 px instead of 200).")


def test_each_fact_has_a_finding_that_names_the_photos_farthest_off() -> None:
    dark = photos(1, "your photos")
    dark.facts["brightness"][:] -= 60
    dark.facts["brightness"][17] = 0
    finding = findings(photos(0), dark)["unlike-brightness"]
    assert finding.paths[0] == "1/17.jpg"
    assert finding.value == pytest.approx(-60, abs=8)
    assert finding.details["p_value"] < 0.01
    assert "darker" in finding.headline


def test_a_shift_of_one_session_is_not_significant_however_many_photos_it_has() -> None:
    one = photos(1, groups=("one",) * 240)
    one.facts["brightness"][:] -= 60
    (shift,) = [s for s in measure_shifts(photos(0), one) if s.fact == "brightness"]
    assert shift.statistic > 0.9
    assert shift.p_value > 0.05


def test_the_statistic_is_that_of_kolmogorov_and_smirnov() -> None:
    ours = photos(0, facts={"noise": np.repeat([1.0, 2.0], 120).astype(np.float32)})
    theirs = photos(1, facts={"noise": np.repeat([2.0, 3.0], [60, 180]).astype(np.float32)})
    (shift,) = [s for s in measure_shifts(ours, theirs) if s.fact == "noise"]
    assert shift.statistic == pytest.approx(0.75)
    # 24 groups each: x = (sqrt(12) + 0.12 + 0.11 / sqrt(12)) * 0.75 = 2.712, 2 exp(-2 x^2) = 8.2e-7
    assert shift.p_value == pytest.approx(8.2e-7, rel=0.03)


def test_the_subject_is_compared_by_its_box() -> None:
    near = np.tile(np.array([0.1, 0.1, 0.9, 0.85], np.float32), (240, 1))
    far = np.tile(np.array([0.5, 0.2, 0.9, 0.5], np.float32), (240, 1))
    far[::3] = np.nan  # no subject found there
    told = shift_summary("your photos", measure_shifts(photos(0, boxes=near), photos(1, boxes=far)))
    assert "farther from the subject (median subject 12% of the frame instead of 60)" in told
    assert "with the subject further right (median subject 70% from the left instead of 50)" in told


def test_unlike_features_are_told_apart_with_an_interval() -> None:
    other = photos(1, "your photos")
    assert other.features is not None
    other.features[:, 0] += 4
    finding = findings(photos(0), other)["unlike-set"]
    assert finding.value is not None
    assert finding.details["low"] <= finding.value <= finding.details["high"]
    assert finding.details["low"] > 0.9
    assert finding.details["groups"] == 48


def test_the_interval_of_equal_sets_holds_one_half() -> None:
    auc = compare_facts(photos(0), photos(1), 0).auc
    assert auc.low is not None
    assert auc.high is not None
    assert auc.low < 0.5 < auc.high


def test_one_session_cannot_be_told_apart_honestly() -> None:
    one = photos(1, groups=("one",) * 240)
    assert compare_facts(photos(0), one, 0).auc.value is None


def test_photos_beyond_the_training_photos_are_counted_and_listed_first() -> None:
    ours, theirs = photos(0), photos(1)
    assert ours.features is not None
    assert theirs.features is not None
    rng = np.random.default_rng(9)
    familiar = ours.features[rng.integers(0, 240, 240)] + 0.1 * rng.normal(size=(240, 16)).astype(np.float32)
    ours.features[:, 15] = 0  # the first set never leaves this plane
    familiar[:, 15] = 0
    familiar[:60, :15] = 0
    familiar[:60, 15] = 3
    theirs = SetFacts("your photos", theirs.paths, theirs.groups, {}, features=familiar)
    found = compare_facts(ours, theirs, 0)
    assert found.outside == pytest.approx(0.25, abs=0.02)
    finding = findings(ours, theirs)["outside-coverage"]
    assert {path.split("/")[1].removesuffix(".jpg") for path in finding.paths} <= {str(i) for i in range(60)}
    inside = np.arange(60, 240)
    unit = ours.features - ours.features.mean(axis=0)
    query = familiar - ours.features.mean(axis=0)
    cosine = (query @ unit.T) / np.linalg.norm(query, axis=1)[:, None] / np.linalg.norm(unit, axis=1)
    assert np.array_equal(found.nearest[inside], cosine[inside].argmax(axis=1))


def test_flipped_photos_are_recognised_by_what_flipping_them_does() -> None:
    ours = photos(0)
    assert ours.features is not None
    rng = np.random.default_rng(5)
    straight = ours.features + 0.1 * rng.normal(size=(240, 16)).astype(np.float32)
    other = straight[:, ::-1].copy()
    seen = SetFacts("your photos", ours.paths, ours.groups, {}, features=other, altered={"flipped": straight})
    assert kinds(ours, seen) >= {"altered-flipped"}
    usual = SetFacts("your photos", ours.paths, ours.groups, {}, features=straight, altered={"flipped": other})
    assert "altered-flipped" not in kinds(ours, usual)


def test_facts_alone_are_compared_where_there_are_no_features() -> None:
    found = compare_facts(photos(0, features=None), photos(1), 0)
    assert len(found.shifts) == 3
    assert (found.auc.value, found.outside, found.nearer) == (None, None, {})
    assert shift_summary("your photos", found.shifts) == "Your photos differ in none of the 3 facts that were measured."


def test_unaligned_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match=r"your photos: .* \[240, 241\]"):
        photos(0, "your photos", features=np.zeros((241, 4), np.float32))


def test_every_fact_in_words_reads_well_both_ways() -> None:
    for fact in FACTS:
        low, high = (np.full(240, value, np.float32) for value in (1, 1000))
        for ours, theirs in ((low, high), (high, low)):
            told = measure_shifts(photos(0, facts={fact: ours}), photos(1, facts={fact: theirs}))
            (words,) = [shift.words for shift in told if shift.fact == fact]
            assert words is not None
            assert " instead of " in words
            assert "  " not in words


def test_a_place_in_the_frame_is_told_in_the_unit_it_is_written_in() -> None:
    left = np.tile(np.array([0.1, 0.2, 0.3, 0.6], np.float32), (240, 1))
    right = left + np.array([0.5, 0, 0.5, 0], np.float32)
    finding = findings(photos(0, boxes=left), photos(1, "your photos", boxes=right))["unlike-subject-x"]
    assert finding.unit is Unit.PERCENT_FROM_LEFT
    assert finding.value == pytest.approx(50)
