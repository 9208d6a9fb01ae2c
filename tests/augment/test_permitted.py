import numpy as np
import torch

from unseen.augment.permitted import Permitted, decide
from unseen.per_class import Answer


def test_a_photo_has_the_answer_of_its_class() -> None:
    permitted = Permitted(torch.tensor([True, False, True]), torch.tensor([False, False, True]))
    mirror, turn = permitted.of(torch.tensor([2, 1, 0, 2]))
    assert mirror.tolist() == [True, False, True, True]
    assert turn.tolist() == [True, False, False, True]


def test_the_users_word_goes_before_what_was_found() -> None:
    answers: list[Answer] = ["auto", "auto", False, False, True, True]
    found = np.array([True, False, True, False, True, False])
    assert decide(answers, found).tolist() == [True, False, False, False, True, True]
    assert decide(answers, None).tolist() == [False, False, False, False, True, True]
