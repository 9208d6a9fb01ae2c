import numpy as np
import pytest

from tests.auditing.planted_facts import photo_set
from unseen.auditing.class_balance import association, balance_findings, class_group_counts
from unseen.auditing.findings import Finding
from unseen.records import Grouping, PhotoSet


def audited(labels: list[str], groups: list[str], stated: bool = True) -> dict[str, Finding]:
    photos: PhotoSet = photo_set(labels, groups=groups if stated else None)
    return {finding.kind: finding for finding in balance_findings(photos, Grouping(tuple(groups), ()))}


def test_even_classes_in_every_session_are_silent() -> None:
    labels = ["a", "b", "c"] * 40
    assert audited(labels, [f"s{i // 12}" for i in range(120)]) == {}


def test_photos_that_stand_alone_are_silent() -> None:
    labels = ["a", "b"] * 40
    assert audited(labels, [f"p{i}" for i in range(80)], stated=False) == {}


def test_bursts_of_one_class_are_no_sessions() -> None:
    labels = ["a"] * 60 + ["b"] * 60
    assert audited(labels, [f"burst:{i // 6}" for i in range(120)], stated=False) == {}


def test_counts_are_by_class_and_group() -> None:
    photos = photo_set(["a", "a", "b", "b", "b"])
    table, names = class_group_counts(photos, Grouping(("y", "x", "y", "y", "x"), ()))
    assert names == ("x", "y")
    assert table.tolist() == [[1, 1], [1, 2]]


def test_uneven_classes_say_the_ratio_and_what_weights_would_do() -> None:
    labels = ["a"] * 90 + ["b"] * 30
    finding = audited(labels, [f"s{i % 10}" for i in range(120)])["uneven-classes"]
    assert finding.value == 3
    assert finding.details["photos"] == {"a": 90, "b": 30}
    assert finding.details["weights"] == pytest.approx({"a": 2 / 3, "b": 2}, abs=1e-3)
    assert "right 75% of the time" in finding.headline
    assert 0.3 <= finding.severity <= 0.5


def test_a_class_of_few_photos_is_named() -> None:
    labels = ["a"] * 30 + ["b"] * 28 + ["c"] * 7
    finding = audited(labels, [f"s{i % 7}" for i in range(65)])["few-photos"]
    assert finding.value == 7
    assert len(finding.paths) == finding.photos == 7
    assert finding.headline.startswith("Class 'c' has fewer than 20 photos")


def test_a_class_of_one_group_cannot_be_measured() -> None:
    labels = ["a", "b"] * 50 + ["c"] * 40
    groups = [f"s{i // 2 % 6}" for i in range(100)] + ["s3"] * 40
    finding = audited(labels, groups)["one-group-class"]
    assert finding.details["group"] == {"c": "s3"}
    assert finding.photos == 40
    assert 0.6 <= finding.severity <= 0.8
    assert "cannot be measured" in finding.headline


def test_few_groups_are_said_and_one_group_is_worse() -> None:
    labels = ["a", "b"] * 40
    two = audited(labels, ["anna" if i < 40 else "ben" for i in range(80)])
    one = audited(labels, ["anna"] * 80)
    assert set(two) == set(one) == {"few-groups"}
    assert (two["few-groups"].value, one["few-groups"].value) == (2, 1)
    assert one["few-groups"].severity > two["few-groups"].severity
    assert one["few-groups"].headline == "All 80 photos come from one group ('anna'): nothing can be held out."


def test_sessions_of_one_class_each_are_found() -> None:
    labels = ["a"] * 60 + ["b"] * 60
    groups = [f"s{i // 10}" for i in range(120)]
    finding = audited(labels, groups)["class-is-session"]
    assert finding.value == pytest.approx(1, abs=0.05)
    assert finding.photos == 120
    assert finding.details["one_class"] == finding.details["sessions"] == 12
    assert finding.details["photos"]["s0"] == {"a": 10}
    scarce = audited(labels, [f"s{i // 20}" for i in range(120)])["class-is-session"]
    assert scarce.severity > finding.severity


def test_association_is_nothing_by_chance_and_whole_when_planted() -> None:
    p_values = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        labels, groups = rng.integers(0, 3, 600), rng.integers(0, 60, 600)
        loose = association(labels, groups, seed)
        assert loose.v < 0.25
        p_values.append(loose.p_value)
    assert np.mean(np.array(p_values) < 0.05) < 0.15
    tight = association(groups % 3, groups, 0)
    assert tight.v > 0.9
    assert tight.p_value < 0.01
    assert association(np.zeros(5, np.int64), np.arange(5), 0).v == 0
