"""Sets hold the right class as often as was asked for, on photos like those held out."""

from dataclasses import replace

import numpy as np
import pytest

from tests.estimation.planted import CLASSES, photos, reference
from unseen.errors import UnseenError
from unseen.evaluation.metrics import softmax
from unseen.inference.label_sets import label_sets, least_probability
from unseen.inference.unknown import builtin_unknown_model
from unseen.records import Float32Array

NAMES = tuple("abcd")


def spread(logits: Float32Array) -> Float32Array:
    """Return the logits of a model that is often in doubt."""
    return (logits + np.random.default_rng(7).gumbel(0, 6, logits.shape)).astype(np.float32)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_right_class_is_in_the_set_as_often_as_asked(level: float) -> None:
    known = replace(reference(), logits=spread(reference().logits))
    _, labels, logits = photos(9, 2000, 0.0)
    said = softmax(spread(logits)).astype(np.float32)
    found = label_sets(said, NAMES, least_probability(known, level, 1.0))
    held = np.mean([NAMES[label] in one for one, label in zip(found, labels, strict=True)])
    assert level - 0.08 <= held <= level + 0.06
    assert 1 <= np.mean([len(one) for one in found]) < CLASSES


def test_other_people_ask_for_larger_sets_than_the_own_photos() -> None:
    hands = replace(reference(), usual=np.full(CLASSES, 5.0, np.float32))
    model = builtin_unknown_model()
    assert least_probability(reference(), 0.95, 1.0) > least_probability(hands, 0.95, 1.0)
    assert least_probability(hands, 0.95, 1.0) == pytest.approx(model.sets[model.levels.index(0.95)])


def test_the_likeliest_comes_first_and_no_set_is_empty() -> None:
    said = np.array([[0.2, 0.5, 0.3, 0.0], [0.25, 0.25, 0.25, 0.25]], np.float32)
    assert label_sets(said, NAMES, 0.3) == [("b", "c"), ("a",)]


def test_what_cannot_be_told_is_refused() -> None:
    with pytest.raises(UnseenError, match="between 0 and 1"):
        least_probability(reference(), 1.0, 1.0)
    with pytest.raises(UnseenError, match="train on more photos"):
        least_probability(None, 0.9, 1.0)
