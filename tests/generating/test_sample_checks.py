import numpy as np
import pytest

from unseen.generating.originality import Verdict
from unseen.generating.sample_checks import Described, check_samples
from unseen.records import Float32Array

CLASSES, FEATURES, PIXELS = 3, 12, 48


def described(seed: int, photos: int, shift: float = 0.0, turn: int = 0) -> Described:
    """Classes lie apart in features; `turn` gives photos the label of another class."""
    rng = np.random.default_rng(seed)
    means = 3 * np.random.default_rng(0).standard_normal((CLASSES, FEATURES))
    labels = np.arange(photos) % CLASSES
    features = (means[labels] + rng.standard_normal((photos, FEATURES)) + shift).astype(np.float32)
    pixels: Float32Array = rng.random((photos, PIXELS)).astype(np.float32)
    return Described(features, pixels, (labels + turn) % CLASSES)


TRAINING, HELD_OUT = described(1, 150), described(2, 90)


def test_samples_as_good_as_photos_are_as_near_and_agree() -> None:
    found = check_samples(described(3, 90), TRAINING, HELD_OUT, "the features", 0)
    assert found.distance is not None
    assert found.yardstick is not None
    assert found.distance.value == pytest.approx(found.yardstick.value, abs=0.1)
    assert found.agreement is not None
    assert found.agreement > 0.95
    assert found.verdict is Verdict.NEW
    assert "the features" in found.sentences[0]


def test_samples_of_other_classes_do_not_agree_and_samples_that_look_unlike_are_far() -> None:
    wrong = check_samples(described(3, 90, turn=1), TRAINING, HELD_OUT, "f")
    far = check_samples(described(3, 90, shift=3.0), TRAINING, HELD_OUT, "f")
    assert wrong.agreement is not None
    assert wrong.agreement < 0.05
    assert wrong.agreement_training is not None
    assert wrong.agreement_training > 0.95
    assert far.distance is not None
    assert far.yardstick is not None
    assert far.distance.value > 10 * abs(far.yardstick.value)


def test_copies_are_called_so_even_where_features_hide_them() -> None:
    copies = Described(described(3, 150).features, TRAINING.thumbnails + 0.001, TRAINING.labels)
    assert check_samples(copies, TRAINING, HELD_OUT, "f").verdict is Verdict.COPIES


def test_without_held_out_photos_nothing_is_claimed() -> None:
    found = check_samples(described(3, 90), TRAINING, described(2, 1), "f")
    assert (found.distance, found.agreement, found.verdict) == (None, None, Verdict.UNKNOWN)
    assert "too few" in found.sentences[0]
