import torch

from unseen.augment.alterations import ORIENTATIONS
from unseen.augment.transforms import ALTERATIONS_OF, AllowedTransforms


def test_a_photo_has_the_answer_of_its_class() -> None:
    allowed = AllowedTransforms(torch.tensor([True, False, True]), torch.tensor([False, False, True]))
    flip, rotate = allowed.of(torch.tensor([2, 1, 0, 2]))
    assert flip.tolist() == [True, False, True, True]
    assert rotate.tolist() == [True, False, False, True]


def test_every_orientation_shows_one_transform() -> None:
    shown = [name for names in ALTERATIONS_OF.values() for name in names]
    assert sorted(shown) == sorted(one.name for one in ORIENTATIONS)
