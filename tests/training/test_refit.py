"""A head that learns more: what it knew stays, what is new is learnt, and old photos decide how far it may go."""

import numpy as np
import pytest
import torch

from unseen.features.feature_set import FeatureSet
from unseen.models.head import Head
from unseen.progress import Silent
from unseen.training.linear_probe import ProbeOptions, fit_head
from unseen.training.refit import MIXES, head_accuracy, head_logits, mix_heads, rebase, refit, widen

OPTIONS = ProbeOptions(seed=3, imbalance="none", weight_decay=0.01, label_smoothing=0.05)
# Four classes lie in four directions of an 8-dimensional space.
CENTRES = 5 * np.eye(8, dtype=np.float32)[:4]


def blobs(labels: list[int], each: int, seed: int, shift: float = 0.0) -> FeatureSet:
    """`each` points about the centre of each class, moved along the last axis by `shift`."""
    rng = np.random.default_rng(seed)
    classes = np.repeat(np.array(labels, np.int64), each)
    points = CENTRES[classes] + rng.normal(size=(len(classes), 8)).astype(np.float32)
    points[:, 7] += shift
    return FeatureSet(points, classes)


@pytest.fixture(scope="module", params=[(), (12,)], ids=["linear", "hidden"])
def old_head(request: pytest.FixtureRequest) -> Head:
    """A head for classes 0 and 1."""
    torch.manual_seed(0)
    head = Head(8, 2, request.param)
    fit_head(
        head, blobs([0, 1], 100, 1), FeatureSet(np.zeros((0, 8), np.float32), np.zeros(0, np.int64)), OPTIONS, Silent()
    )
    return head


def test_a_widened_head_says_what_it_said_and_never_a_class_it_has_not_learnt(old_head: Head) -> None:
    wide = widen(old_head, 4)
    photos = blobs([0, 1, 2, 3], 50, 2).features
    ours, theirs = head_logits(wide, photos), head_logits(old_head, photos)
    np.testing.assert_allclose(ours[:, :2], theirs, atol=1e-5)
    assert set(ours.argmax(1).tolist()) == {0, 1}
    assert (wide.classes, old_head.classes) == (4, 2)
    assert widen(old_head, 2).state_dict().keys() == old_head.state_dict().keys()


def test_new_classes_are_learnt_from_ten_photos_and_old_ones_stay(old_head: Head) -> None:
    wide = widen(old_head, 4)
    kinds = [blobs([0, 1], 100, 1), blobs([2, 3], 10, 4)]
    fitted = refit(rebase(wide, kinds), 2, kinds, OPTIONS, Silent())
    assert head_accuracy(fitted, blobs([2, 3], 200, 5)) > 0.9
    assert head_accuracy(fitted, blobs([0, 1], 200, 6)) > head_accuracy(old_head, blobs([0, 1], 200, 6)) - 0.03
    # the start stays as it was, and chance is a function of the seed
    photos = kinds[0].features
    np.testing.assert_allclose(head_logits(wide, photos)[:, :2], head_logits(old_head, photos), atol=1e-5)
    again = refit(rebase(wide, kinds), 2, kinds, OPTIONS, Silent())
    assert all(torch.equal(a, b) for a, b in zip(fitted.parameters(), again.parameters(), strict=True))


def test_old_photos_decide_how_far_the_new_head_may_go(old_head: Head) -> None:
    """Planted conflict: the new photos call 0 what the old ones call 1."""
    swapped = blobs([0, 1], 30, 7)
    contrary = FeatureSet(swapped.features, 1 - swapped.labels)
    fitted = refit(widen(old_head, 2), 2, [contrary], OPTIONS, Silent())
    validation = blobs([0, 1], 200, 8)
    before = head_accuracy(old_head, validation)
    assert head_accuracy(fitted, validation) < 0.3
    mixed = mix_heads(old_head, fitted, validation, 0.01)
    assert 0 < mixed.mix < 1
    assert mixed.before == before
    assert mixed.after is not None
    assert mixed.after > before - 0.01
    assert mixed.after == head_accuracy(mixed.head, validation)
    # the next step towards the new head would have lost too much
    further = mix_heads(old_head, fitted, validation, 0.01, mixes=[mixed.mix + 0.02])
    assert further.after is not None
    assert further.after <= before - 0.01


def test_a_new_head_that_loses_nothing_is_taken_whole(old_head: Head) -> None:
    mixed = mix_heads(old_head, old_head, blobs([0, 1], 50, 9), 0.01)
    assert mixed.mix == 1.0
    nobody = FeatureSet(np.zeros((0, 8), np.float32), np.zeros(0, np.int64))
    unseen = mix_heads(old_head, old_head, nobody, 0.01)
    assert (unseen.mix, unseen.before, unseen.after) == (1.0, None, None)
    # an accuracy that nothing reaches: the last one asked for
    assert mix_heads(old_head, old_head, blobs([0, 1], 50, 9), 0.01, before=2.0, mixes=MIXES).mix == 0.0


def test_a_rebased_head_says_what_it_said(old_head: Head) -> None:
    known = blobs([0, 1], 100, 1)
    moved = rebase(old_head, [known, blobs([2, 3], 10, 4)])
    near = np.abs(known.features - old_head.standardise.mean.numpy()) < 2.5 * old_head.standardise.std.numpy()
    inside = torch.from_numpy(known.features[near.all(axis=1)])
    assert len(inside) > 50
    with torch.no_grad():
        assert torch.allclose(moved.eval()(inside), old_head.eval()(inside), atol=1e-3)
    assert bool((moved.standardise.std >= old_head.standardise.std).all())
