import numpy as np
import pytest

from unseen.probes.class_weights import class_weights

LABELS = np.array([0] * 60 + [1] * 20 + [3] * 10, dtype=np.int64)  # class 2 is absent


def test_weights_make_classes_equal_and_average_1_over_photos() -> None:
    weights = class_weights(LABELS, 4)
    assert weights.tolist() == pytest.approx([0.5, 1.5, 0.0, 3.0])
    assert weights[LABELS].mean() == pytest.approx(1.0)
    totals = np.bincount(LABELS, weights[LABELS], minlength=4)
    assert totals[[0, 1, 3]].tolist() == pytest.approx([30.0] * 3)
