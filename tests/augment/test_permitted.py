import torch

from unseen.augment.permitted import Permitted


def test_a_photo_has_the_answer_of_its_class() -> None:
    permitted = Permitted(torch.tensor([True, False, True]), torch.tensor([False, False, True]))
    mirror, turn = permitted.of(torch.tensor([2, 1, 0, 2]))
    assert mirror.tolist() == [True, False, True, True]
    assert turn.tolist() == [True, False, False, True]
