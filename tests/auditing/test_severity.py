"""Every kind has a place in the table, worst first, and the formulas are those that the audit began with."""

from collections.abc import Callable

import numpy as np
import pytest

from unseen.auditing.findings import FindingKind
from unseen.auditing.severity import SEVERITIES, severity


def test_every_kind_is_in_the_table_worst_first() -> None:
    assert set(SEVERITIES) == set(FindingKind)
    worst = [row.worst for row in SEVERITIES.values()]
    assert worst == sorted(worst, reverse=True)


@pytest.mark.parametrize("kind", FindingKind)
def test_a_severity_stays_in_its_limits_and_grows_with_its_measure(kind: FindingKind) -> None:
    values = [severity(kind, measure) for measure in np.linspace(0, 5, 101)]
    assert values == sorted(values)
    assert values[0] >= 0
    assert values[-1] == SEVERITIES[kind].worst <= 1


def quality(weight: float) -> Callable[[float], float]:
    return lambda share: weight * min(0.5, 0.1 + share)


def shortcut(weight: float) -> Callable[[float], float]:
    return lambda excess: weight * (0.2 + 0.8 * min(1.0, excess))


@pytest.mark.parametrize(
    ("kind", "formula"),
    [
        (FindingKind.LEAK_GROUP, lambda x: min(1.0, 0.9 + 0.1 * x)),
        (FindingKind.SAME_SCENE_LEAK, lambda x: min(1.0, 0.8 + x / 2)),
        (FindingKind.BACKGROUND_SHORTCUT, lambda x: min(1.0, 0.85 + 0.15 * x)),
        (FindingKind.RANDOM_SPLIT_FLATTERS, lambda x: min(0.95, 0.7 + x)),
        (FindingKind.UNLIKE_TEST, lambda x: min(0.85, 0.5 + x)),
        (FindingKind.LABEL_CONFLICT, lambda x: min(0.8, 0.65 + 5 * x)),
        (FindingKind.LABEL_SUSPECT, lambda x: float(np.clip(10 * x, 0.1, 0.7))),
        (FindingKind.ONE_GROUP_CLASS, lambda x: 0.6 + 0.2 * x),
        (FindingKind.OUTSIDE_COVERAGE, lambda x: min(0.75, 0.4 + 0.4 * x)),
        (FindingKind.SAME_SCENE, lambda x: min(0.6, 0.3 + x)),
        (FindingKind.EXACT_DUPLICATES, lambda x: min(0.6, 0.2 + x)),
        (FindingKind.NEAR_DUPLICATES, lambda x: min(0.6, 0.15 + x)),
        (FindingKind.BURSTS, lambda x: min(0.6, 0.3 + 0.3 * x)),
        (FindingKind.SHORTCUT_SIZE, shortcut(0.9)),
        (FindingKind.SHORTCUT_ASPECT, shortcut(0.9)),
        (FindingKind.SHORTCUT_COMPRESSION, shortcut(0.9)),
        (FindingKind.SHORTCUT_BRIGHTNESS, shortcut(0.6)),
        (FindingKind.SHORTCUT_COLOUR, shortcut(0.6)),
        (FindingKind.SHORTCUT_NAME, shortcut(0.5)),
        (FindingKind.DARK, quality(1.0)),
        (FindingKind.TINY, quality(1.0)),
        (FindingKind.BARS, quality(0.6)),
        (FindingKind.ODD_ASPECT, quality(0.5)),
        (FindingKind.DRAWN, quality(0.5)),
        (FindingKind.ODD_SIZE, quality(0.4)),
        (FindingKind.GREYSCALE, quality(0.4)),
        (FindingKind.ORIENTATION, quality(0.1)),
    ],
)
@pytest.mark.parametrize("measure", [0.0, 0.007, 0.1, 0.33, 0.5, 0.98, 1.0])
def test_the_formulas_are_those_of_0_1(kind: FindingKind, formula: Callable[[float], float], measure: float) -> None:
    assert severity(kind, measure) == pytest.approx(formula(measure), abs=5.1e-4)


def test_uneven_classes_weigh_more_with_each_doubling() -> None:
    for ratio in (2.0, 3.0, 8.0, 50.0):
        old = round(min(0.5, 0.2 + 0.1 * float(np.log2(ratio / 2) + 1)), 3)
        assert severity(FindingKind.UNEVEN_CLASSES, 1 + float(np.log2(ratio / 2))) == old
