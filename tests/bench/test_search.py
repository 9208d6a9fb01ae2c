"""What the bench plants is there: a policy that knows the shift is far better on groups of the shift, and no other."""

import numpy as np

from bench.search import CPU, TRUTH, draw, prepare
from planted.shifted import SHIFTED, UPRIGHT, planted_classifier
from unseen.features.views import view_runner
from unseen.searching.judged_groups import Fold
from unseen.searching.policy_space import USUAL, Kind, policy_of
from unseen.searching.policy_trial import photos_for_views


def test_a_trial_tells_a_policy_that_knows_the_shift_from_the_default() -> None:
    with view_runner(planted_classifier(), CPU, 1) as runner:
        planted = prepare(draw(0, UPRIGHT, SHIFTED, 3, (4, 4, 1)), runner, 0, steps=100)
        default, truth, without_light = (
            planted.trials.judge(policy_of(strengths), planted.judged.halves, "views")
            for strengths in (USUAL, TRUTH, {**TRUTH, Kind.LIGHT: 0.0})
        )
    for half in (0, 1):
        assert truth[half].right.mean() > default[half].right.mean() + 0.15
        assert without_light[half].score.loss > truth[half].score.loss


def test_photos_for_views_are_of_every_class_alike() -> None:
    labels = np.array([0] * 50 + [1] * 5 + [2] * 50)
    folds = [Fold(np.arange(60), np.arange(60, 105)), Fold(np.arange(40, 105), np.arange(40))]
    chosen = photos_for_views(folds, labels, 0, most=25)
    assert np.bincount(labels[chosen]).tolist() == [10, 5, 10]
    assert photos_for_views(folds[:1], labels, 0).tolist() == list(range(60))
