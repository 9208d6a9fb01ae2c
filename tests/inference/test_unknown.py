"""A photo that shows nothing the run knows gets no label; photos of other people keep theirs."""

from dataclasses import replace

import numpy as np
import pytest

from tests.estimation.planted import CLASSES, photos, reference
from unseen.errors import UnseenError
from unseen.inference.reference import Reference
from unseen.inference.unknown import (
    SURE_ENOUGH,
    builtin_unknown_model,
    limit_of,
    own_limit,
    unknown_signals,
    usual_odds,
)
from unseen.records import Float32Array

SEEN, LOST = np.full(100, 0.999, np.float32), np.full(100, 0.01, np.float32)


def probability(shift: float, scores: Float32Array | None, known: Reference) -> Float32Array:
    features, _, logits = photos(5, 100, shift)
    return builtin_unknown_model().probability(unknown_signals(logits, features, scores, known))


def located() -> Reference:
    return replace(reference(), usual=np.full(CLASSES, 5.0, np.float32))


def test_what_is_far_from_every_class_is_less_known() -> None:
    near, far = probability(0.0, SEEN, located()), probability(4.0, SEEN, located())
    assert near.max() < far.min()


def test_a_photo_without_the_thing_is_unknown_however_near_it_lies() -> None:
    known = located()
    limit = own_limit(probability(0.0, SEEN, known), known)
    assert (probability(0.0, SEEN, known) <= limit).mean() >= 0.95
    assert (probability(0.0, LOST, known) > limit).all()


def test_a_class_whose_photos_lack_the_thing_does_not_lack_it() -> None:
    labels = np.repeat([0, 1], 50)
    usual = usual_odds(np.where(labels == 0, 0.01, 0.9999).astype(np.float32), labels, 3)
    assert usual[0] == pytest.approx(np.log(0.01 / 0.99), abs=1e-3)
    assert usual[1] == usual[2] == pytest.approx(SURE_ENOUGH)
    known = replace(located(), usual=np.full(CLASSES, usual[0], np.float32))
    features, _, logits = photos(5, 100, 0.0)
    assert (unknown_signals(logits, features, np.full(100, 0.01, np.float32), known)["absent"] < 1e-3).all()


def test_without_a_locator_nothing_is_missing() -> None:
    assert np.array_equal(probability(0.0, None, located()), probability(0.0, LOST, reference()))


def test_a_photo_of_another_known_sign_is_unknown() -> None:
    known = located()
    head = np.zeros((2, CLASSES + 1), np.float32)
    head[0, -1] = 9.0  # the last label is a sign that is no class
    signs = replace(
        known, signs=head, sign_bias=np.zeros(CLASSES + 1, np.float32), sign_classes=np.array([0, 1, 2, 3, -1])
    )
    features, _, logits = photos(5, 100, 0.0)
    mine, others = features.copy(), features.copy()
    mine[:, -2:], others[:, -2:] = (-1.0, 0.0), (1.0, 0.0)

    def other(shown: Float32Array) -> Float32Array:
        found = unknown_signals(logits, shown, SEEN, signs)
        assert (found["no_other"] == 0).all()
        return found["other"].astype(np.float32)

    assert other(mine).max() < 0 < other(others).min()


def test_the_limit_keeps_the_own_photos_of_a_varied_run() -> None:
    known = located()
    own = np.linspace(0.0, 0.99, 100).astype(np.float32)
    assert own_limit(own, known) == pytest.approx(np.quantile(own, 0.95))
    assert own_limit(own * 0.1, known) == builtin_unknown_model().at


def test_one_odd_photo_of_a_few_does_not_set_the_limit() -> None:
    known, usual = located(), builtin_unknown_model().at
    few = np.array([0.01, 0.02, 0.2, 0.05, 0.999], np.float32)
    assert own_limit(few, known) == own_limit(few[-1:], known) == own_limit(few[:0], known) == usual
    assert own_limit(np.append(few, np.float32(0.95)), known) == pytest.approx(0.95)


def test_what_was_asked_for_is_what_limits() -> None:
    known = replace(located(), unknown_at=np.array(0.7, np.float32))
    assert limit_of(known, "auto")[1] == pytest.approx(0.7)
    assert limit_of(known, 0.4)[1] == 0.4
    assert limit_of(known, 0.4)[0] is known
    assert limit_of(known, "off") == (None, 1.0)
    assert limit_of(reference(), "auto") == (None, 1.0)
    assert limit_of(reference(), "on")[0] is not None
    with pytest.raises(UnseenError, match="--unknown off"):
        limit_of(None, "on")
