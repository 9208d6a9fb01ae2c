import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from unseen.augment.mixup import MixUp

PHOTOS = 64
TARGETS = F.one_hot(torch.arange(PHOTOS), PHOTOS).float()
PIXELS = torch.arange(PHOTOS).float()[:, None, None, None].expand(-1, 3, 2, 2)


def mixed(strength: float, seed: int) -> tuple[Tensor, Tensor]:
    return MixUp.draw(PHOTOS, strength, seed).apply(PIXELS, TARGETS)


def test_targets_sum_to_1_and_say_what_the_pixels_are_made_of() -> None:
    pixels, targets = mixed(0.4, seed=1)
    assert torch.allclose(targets.sum(dim=1), torch.ones(PHOTOS), atol=1e-6)
    assert bool(((targets > 0).sum(dim=1) <= 2).all())
    # each photo is its own number in grey: the mixture's grey is the mean of the numbers by the targets
    assert torch.allclose(pixels[:, 0, 0, 0], targets @ torch.arange(PHOTOS).float(), atol=1e-3)


def test_a_photo_stays_the_larger_part_of_its_mixture_and_is_mixed_with_another() -> None:
    _, targets = mixed(1.0, seed=2)
    kept = targets.diagonal()
    assert float(kept.min()) >= 0.5
    assert float(kept.mean()) == pytest.approx(0.75, abs=0.06)


def test_it_is_off_at_0_and_light_when_little() -> None:
    pixels, targets = mixed(0.0, seed=1)
    assert torch.equal(pixels, PIXELS)
    assert torch.equal(targets, TARGETS)
    _, light = mixed(0.1, seed=1)
    assert float((light.diagonal() > 0.99).float().mean()) > 0.4


def test_one_seed_is_one_mixture() -> None:
    first, again, other = (mixed(0.4, seed)[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
