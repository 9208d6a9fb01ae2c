from itertools import chain

import numpy as np
import pytest

from unseen.records import Part
from unseen.searching.judged_groups import Fold, JudgedGroups, judged_groups

PHOTOS = 6


def several(train: int, validation: int, test: int) -> list[Part]:
    """As many groups of each part."""
    counts: dict[Part, int] = {"train": train, "validation": validation, "test": test}
    return [part for part, number in counts.items() for _ in range(number)]


def judge(parts: list[Part], *, stated: bool, names: list[str] | None = None) -> JudgedGroups | None:
    """Groups of `PHOTOS` photos of three classes, each in the part that is said."""
    names = names or [f"{part}{i}" for i, part in enumerate(parts)]
    groups = [name for name in names for _ in range(PHOTOS)]
    labels = np.arange(len(groups)) % 3
    return judged_groups([part for part in parts for _ in range(PHOTOS)], groups, labels, 0, stated=stated)


def names(folds: tuple[Fold, ...], parts: list[Part]) -> set[str]:
    return {f"{parts[i // PHOTOS]}{i // PHOTOS}" for fold in folds for i in fold.judged.tolist()}


@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize("validation", [1, 4, 5, 9])
def test_no_group_is_trained_on_and_judged_or_judged_in_both_halves(stated: bool, validation: int) -> None:
    parts: list[Part] = several(5, validation, 3)
    found = judge(parts, stated=stated)
    assert found is not None
    first, second = (names(half, parts) for half in found.halves)
    assert first
    assert second
    assert not first & second
    for fold in chain(*found.halves):
        assert not {i // PHOTOS for i in fold.train.tolist()} & {i // PHOTOS for i in fold.judged.tolist()}
        assert not [i for i in (*fold.train.tolist(), *fold.judged.tolist()) if parts[i // PHOTOS] == "test"]
    apart = stated and validation >= 4
    assert found.apart == apart
    assert any("train" in name for name in first | second) != apart


def test_three_groups_are_too_few() -> None:
    assert judge(["train", "train", "validation", "test", "test"], stated=False) is None
    assert judge(["train", "train", "validation", "validation"], stated=False) is not None


def test_a_validation_part_that_shares_a_group_with_training_does_not_judge_alone() -> None:
    parts: list[Part] = several(4, 5, 0)
    shared = [*"abcd", "a", *"wxyz"]
    found = judge(parts, stated=True, names=shared)
    assert found is not None
    assert not found.apart
    groups = [name for name in shared for _ in range(PHOTOS)]
    for fold in chain(*found.halves):
        assert not {groups[i] for i in fold.train} & {groups[i] for i in fold.judged}
