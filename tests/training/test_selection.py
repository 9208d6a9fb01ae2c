"""Which of two candidates is preferred, and that neither confidence nor smoothing decides it."""

import pytest
import torch

from tests.training.tiny import RUNTIME, network, quadrants, tuner
from unseen.training.selection import Score, judge, score

LABELS = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1])
RIGHT = torch.nn.functional.one_hot(LABELS, 3).float()
ONE_WRONG = torch.cat([RIGHT[:7], RIGHT[:1]])


def test_being_more_or_less_sure_changes_no_score() -> None:
    noisy = ONE_WRONG + 0.3 * torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    scores = [score([(factor * noisy, LABELS)]) for factor in (0.5, 1.0, 2.0)]
    assert {one.accuracy for one in scores} == {scores[0].accuracy}
    assert [one.loss for one in scores] == pytest.approx([scores[0].loss] * 3, rel=1e-3)


def test_more_photos_right_go_first_then_the_loss() -> None:
    assert Score(0.8, 0.1).below(Score(0.9, 0.5))
    assert not Score(0.9, 0.5).below(Score(0.8, 0.1))
    assert Score(0.9, 0.5).below(Score(0.9, 0.4))
    assert not Score(0.9, 0.4).below(Score(0.9, 0.4))


def test_plain_and_augmented_photos_weigh_the_same_however_many() -> None:
    few, many = (RIGHT[:2], LABELS[:2]), (RIGHT.roll(1, dims=1), LABELS)
    assert score([few, many]).accuracy == 0.5
    assert score([many, few]) == score([few, many])


def test_training_photos_stand_in_without_showing_as_validation() -> None:
    for validation in (24, 0):
        training = tuner(quadrants(30, validation))
        judged = judge(network(), training.data, 0.05, RUNTIME)
        assert judged.score is not None
        assert (judged.loss is None) is (judged.accuracy is None) is (judged.selection_loss is None) is (not validation)
