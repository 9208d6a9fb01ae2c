"""A test says which of its photos the model was trained on, and what it gets on the others."""

import numpy as np
import pytest

from unseen.evaluation.trained_on import count_trained_on
from unseen.records import Predictions

# Twelve photos, the first six of which training had; of the others two are wrong.
LABELS = np.zeros(12, np.int64)
LOGITS = np.tile(np.array([[1.0, 0.0]], np.float32), (12, 1))
LOGITS[10:] = LOGITS[10:, ::-1]
NAMES = tuple(map(str, range(12)))
SAID = Predictions(NAMES, LABELS, NAMES, LOGITS, ("a", "b"))


def test_the_others_are_measured_apart() -> None:
    found = count_trained_on(SAID, np.arange(12) < 6, "photo")
    assert (found.photos, found.of, found.accuracy_of_rest.n) == (6, 12, 6)
    assert found.accuracy_of_rest.value == pytest.approx(4 / 6)
    assert found.sentence.startswith("The model was trained on 6 photos of these 12")
    assert "of the other 6 it classifies 66.7% correctly" in found.sentence
    assert "over photos" in found.sentence


def test_all_or_none_is_said_as_such() -> None:
    assert count_trained_on(SAID, np.zeros(12, bool), "photo").sentence == ""
    assert "says nothing of new photos" in count_trained_on(SAID, np.ones(12, bool), "photo").sentence
