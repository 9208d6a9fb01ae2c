from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unseen.errors import UnseenError
from unseen.split.folds import group_folds


@settings(max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(1, 9), min_size=5, max_size=30), k=st.integers(2, 5), seed=st.integers(0, 9))
def test_groups_stay_whole_and_no_fold_is_empty(sizes: list[int], k: int, seed: int) -> None:
    groups = [f"g{g}" for g, n in enumerate(sizes) for _ in range(n)]
    labels = np.arange(len(groups), dtype=np.int64) % 3
    folds = group_folds(labels, groups, k, seed)
    assert set(folds.tolist()) == set(range(k))
    assert all(len(set(folds[[g == name for g in groups]].tolist())) == 1 for name in set(groups))
    np.testing.assert_array_equal(folds, group_folds(labels, groups, k, seed))


def test_folds_are_even_in_photos_and_classes() -> None:
    groups = [f"g{i // 4}" for i in range(200)]
    labels = np.arange(200, dtype=np.int64) // 100
    folds = group_folds(labels, groups, 5, 0)
    assert set(Counter(zip(labels.tolist(), folds.tolist(), strict=True)).values()) == {20}


def test_too_few_groups_say_what_to_do() -> None:
    labels = np.zeros(6, np.int64)
    with pytest.raises(UnseenError) as caught:
        group_folds(labels, ["a", "a", "b", "b", "c", "c"], 5, 0)
    assert str(caught.value) == "3 groups found, 5 folds requested: ask for 3, or name groups with --groups FILE"
    with pytest.raises(UnseenError, match="1 group found, 5 folds requested: name groups"):
        group_folds(labels, ["a"] * 6, 5, 0)
    with pytest.raises(UnseenError, match="1 fold requested"):
        group_folds(labels, ["a"] * 6, 1, 0)
