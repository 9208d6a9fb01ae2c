from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from tests.augment.planted import CPU
from unseen.augment.batch_rng import BatchRng
from unseen.augment.fields import SKIN, colours, noise, skin
from unseen.augment.procedural import FAMILIES, ROUND, make_pool, photographed

SIDE_PX = 32


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_each_family_draws_pictures_that_differ_and_are_not_flat(
    family: Callable[[int, int, BatchRng], Tensor],
) -> None:
    drawn = family(12, SIDE_PX, BatchRng(1, CPU))
    assert drawn.shape == (12, 3, SIDE_PX, SIDE_PX)
    assert bool(torch.isfinite(drawn).all())
    assert float(drawn.clamp(0, 1).mean(dim=(1, 2, 3)).std()) > 0.02
    assert float(drawn.std(dim=(2, 3)).amax()) > 0.05
    assert torch.equal(drawn, family(12, SIDE_PX, BatchRng(1, CPU)))


def test_a_pool_depends_on_its_seed_alone() -> None:
    first = make_pool(4, SIDE_PX, ROUND + 5)
    assert first.shape == (ROUND + 5, 3, SIDE_PX, SIDE_PX)
    assert first.dtype == torch.uint8
    torch.manual_seed(9)
    assert torch.equal(first, make_pool(4, SIDE_PX, ROUND + 5))
    assert torch.equal(first[:7], make_pool(4, SIDE_PX, 7))
    assert torch.equal(first[ROUND:], make_pool(4, SIDE_PX, 5, first_round=1))
    assert not torch.equal(first, make_pool(5, SIDE_PX, ROUND + 5))
    assert len({bytes(picture.numpy()) for picture in first}) == ROUND + 5


def test_a_pool_holds_dark_and_bright_rooms_and_is_mostly_of_low_saturation() -> None:
    pool = make_pool(0, SIDE_PX, 256).float()
    light = pool.mean(dim=(1, 2, 3))
    assert float(light.min()) < 40
    assert float(light.max()) > 200
    assert 70 < float(light.median()) < 170
    spread = (pool.amax(dim=1) - pool.amin(dim=1)).mean(dim=(1, 2)) / light
    assert float(spread.median()) < 0.5
    assert float(spread.max()) > 0.8


def test_noise_has_more_power_in_coarse_than_in_fine_detail() -> None:
    plane = noise(8, 64, BatchRng(0, CPU)) - 0.5
    power = torch.fft.rfft2(plane).abs().square().mean(dim=(0, 1))
    assert float(power[1:4, 1:4].mean()) > 50 * float(power[20:30, 20:30].mean())
    assert float(plane.mean()) == pytest.approx(0, abs=0.15)


def test_skin_lies_between_the_stated_tones() -> None:
    tones = skin(500, BatchRng(0, CPU))
    assert bool((tones[:, 0] > tones[:, 2]).float().mean() > 0.9)  # red over blue
    assert float(tones.min()) > 0.6 * min(SKIN[-1])
    assert float(tones[:, 0].std()) > 0.15


def test_colours_are_mostly_muted() -> None:
    palette = colours(200, 5, BatchRng(0, CPU)).reshape(-1, 3)
    saturation = 1 - palette.amin(dim=1) / palette.amax(dim=1)
    assert float((saturation < 0.35).float().mean()) > 0.6
    assert float((saturation > 0.5).float().mean()) > 0.05


def test_a_photographed_picture_is_in_range_and_exposed_towards_grey() -> None:
    dark = torch.full((64, 3, SIDE_PX, SIDE_PX), 0.05)
    found = photographed(dark, BatchRng(0, CPU))
    assert float(found.min()) >= 0
    assert float(found.max()) <= 1
    assert float(found.mean()) > 0.1
