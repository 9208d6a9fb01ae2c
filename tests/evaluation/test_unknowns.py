"""Photos without a label are counted, and the others are measured on their own."""

import numpy as np
import pytest

from unseen.evaluation.unknowns import count_unknowns
from unseen.records import Predictions


def test_the_rest_is_measured_without_the_unknown() -> None:
    logits = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    said = Predictions(("a", "b", "c", "d"), np.array([0, 1, 1, 1]), ("g", "g", "h", "h"), logits, ("x", "y"))
    found = count_unknowns(said, np.array([0.1, 0.9, 0.5, 0.2], np.float32), 0.5)
    assert (found.photos, found.of, found.accuracy_of_rest.n) == (1, 4, 3)
    assert found.accuracy_of_rest.value == pytest.approx(1.0)
    assert "1 photo of 4" in found.sentence
    assert not count_unknowns(said, np.zeros(4, np.float32), 0.5).sentence
