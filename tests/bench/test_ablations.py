from collections import Counter

import numpy as np

from bench.ablations import groups_alike


def test_a_large_group_is_drawn_as_often_as_a_small_one_and_no_photo_of_other_parts() -> None:
    """Class 0: 900 photos of one session and 100 of another; class 1: one session. A tenth is for the test."""
    labels = np.repeat([0, 1], 1000)
    groups = ["long"] * 900 + ["short"] * 100 + ["only"] * 1000
    train = np.array([i for i in range(2000) if i % 10])
    drawn = groups_alike(train, labels, groups, seed=0)
    assert set(drawn.tolist()) <= set(train.tolist())
    assert Counter(labels[drawn].tolist()) == {0: 900, 1: 900}
    counts = Counter(groups[i] for i in drawn)
    assert counts["only"] == 900
    assert abs(counts["long"] - counts["short"]) < 100
