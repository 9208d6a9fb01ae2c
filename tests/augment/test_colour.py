import pytest
import torch
from PIL import Image

from tests.augment.planted import CPU, STILL, Told
from unseen.augment.batch_rng import BatchRng
from unseen.augment.colour import Colour
from unseen.augment.policy import Policy

HIGH, LOW = 1.0, 0.0
COLOURS = torch.tensor([[200.0, 40.0, 90.0], [10.0, 120.0, 240.0], [128.0, 128.0, 128.0], [77.0, 77.0, 77.0]])


def pixels() -> torch.Tensor:
    """One photo whose pixels are `COLOURS`, (1, 3, 2, 2)."""
    return COLOURS.T.reshape(1, 3, 2, 2).contiguous()


def coloured(policy: Policy, rng: BatchRng) -> torch.Tensor:
    """The colours after the policy, (4, 3)."""
    return Colour.draw(rng, (1, 2, 2), policy).apply(pixels())[0].reshape(3, 4).T


def random_matrices(photos: int, policy: Policy, rng: BatchRng) -> torch.Tensor:
    """The matrices of photos that are grey on average, (photos, 3, 4)."""
    return Colour.draw(rng, (photos, 2, 2), policy).matrices(torch.full((photos, 3), 128.0))


def test_no_variation_is_the_identity() -> None:
    assert torch.allclose(coloured(STILL, BatchRng(1, CPU)), COLOURS, atol=1e-3)
    everything = Policy(brightness=1, contrast=1, saturation=1, channel_gain=1, hue_degrees=90, grey=1, p_unchanged=1.0)
    assert torch.equal(coloured(everything, BatchRng(1, CPU)), COLOURS)


@pytest.mark.parametrize(("value", "gain"), [(HIGH, 1.25), (LOW, 0.8)])
def test_brightness_multiplies(value: float, gain: float) -> None:
    expected = (COLOURS * gain).clamp(max=255)
    assert torch.allclose(coloured(Policy(brightness=0.25, p_unchanged=0.0), Told(value)), expected, atol=1e-3)


def test_contrast_stretches_about_the_mean() -> None:
    middle = COLOURS.mean()
    expected = (middle + 1.25 * (COLOURS - middle)).clamp(0, 255)
    assert torch.allclose(coloured(Policy(contrast=0.25, p_unchanged=0.0), Told(HIGH)), expected, atol=1e-3)


def test_grey_is_pillows_greyscale() -> None:
    found = coloured(Policy(grey=1.0, p_unchanged=0.0), Told(0.5, chosen=True))
    for colour, ours in zip(COLOURS, found, strict=True):
        luma = Image.new("RGB", (1, 1), tuple(int(v) for v in colour)).convert("L").getpixel((0, 0))
        assert isinstance(luma, int)
        assert ours.tolist() == pytest.approx([luma] * 3, abs=1.0)
        assert float(ours.max() - ours.min()) < 1e-3


@pytest.mark.parametrize("degrees", [5, 60, 120, 180])
def test_hue_keeps_greys_and_the_sum_of_channels(degrees: int) -> None:
    matrices = random_matrices(1, Policy(hue_degrees=degrees, p_unchanged=0.0), Told(HIGH))
    turned = COLOURS @ matrices[0, :, :3].T
    assert torch.allclose(turned[2:], COLOURS[2:], atol=1e-3)
    assert torch.allclose(turned.sum(dim=1), COLOURS.sum(dim=1), atol=1e-2)
    assert not torch.allclose(turned[:2], COLOURS[:2], atol=1.0)


def test_a_third_of_a_turn_of_hue_moves_each_channel_to_the_next() -> None:
    matrices = random_matrices(1, Policy(hue_degrees=120, p_unchanged=0.0), Told(HIGH))
    assert torch.allclose(COLOURS @ matrices[0, :, :3].T, COLOURS.roll(1, dims=1), atol=1e-2)


def test_saturation_keeps_luma() -> None:
    luma = torch.tensor([0.299, 0.587, 0.114])
    matrices = random_matrices(1, Policy(saturation=0.5, p_unchanged=0.0), Told(HIGH))
    found = COLOURS @ matrices[0, :, :3].T
    assert torch.allclose(found @ luma, COLOURS @ luma, atol=1e-2)
    grey = (COLOURS @ luma)[:, None]
    assert torch.allclose(found - grey, 1.5 * (COLOURS - grey), atol=1e-2)


def test_channel_gains_are_drawn_apart_within_their_range() -> None:
    matrices = random_matrices(2000, Policy(channel_gain=0.2, p_unchanged=0.0), BatchRng(3, CPU))
    gains = torch.stack([matrices[:, i, i] for i in range(3)])
    assert float(gains.max()) == pytest.approx(1.2, abs=0.01)
    assert float(gains.min()) == pytest.approx(1 / 1.2, abs=0.01)
    assert float(torch.corrcoef(gains)[0, 1].abs()) < 0.1


def test_results_are_clipped_to_the_range() -> None:
    found = coloured(Policy(brightness=9.0, contrast=5.0, p_unchanged=0.0), Told(HIGH))
    assert float(found.max()) <= 255
    assert float(found.min()) >= 0
