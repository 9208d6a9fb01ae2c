import math

import numpy as np
import pytest
import torch

from tests.augment.planted import CPU, varied
from unseen.augment.batch_rng import BatchRng
from unseen.augment.degrade import Blur, Noise, gaussian_blur
from unseen.augment.policy import Policy


def photos(count: int = 3, side: int = 24) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0)) * 255


def degraded(given: torch.Tensor, policy: Policy) -> torch.Tensor:
    """Blur and then add noise, as a batch goes through the two."""
    rng, found = BatchRng(4, CPU), given.clone()
    for operation in (Blur, Noise):
        found = operation.draw(rng, (len(given), *given.shape[2:]), policy).apply(found)
    return found


def blurred_by_loops(plane: np.ndarray, sigma: float, reach: int) -> np.ndarray:
    """A plain two-dimensional Gaussian, edges repeated."""
    offsets = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (offsets[:, None] ** 2 + offsets[None, :] ** 2) / sigma**2)
    kernel /= kernel.sum()
    padded = np.pad(plane, reach, mode="edge")
    out = np.zeros_like(plane)
    for (row, column), weight in np.ndenumerate(kernel):
        out += weight * padded[row : row + plane.shape[0], column : column + plane.shape[1]]
    return out


def test_blur_is_a_gaussian_of_each_photos_own_width() -> None:
    given, sigmas = photos(), [0.5, 1.0, 1.7]
    found = gaussian_blur(given, torch.tensor(sigmas))
    reach = math.ceil(3 * 1.7)
    for photo, ours, sigma in zip(given, found, sigmas, strict=True):
        for plane, blurred in zip(photo, ours, strict=True):
            expected = blurred_by_loops(plane.double().numpy(), sigma, reach)
            assert np.abs(blurred.numpy() - expected).max() < 0.01


def test_blur_conserves_the_mean_inside_and_flat_photos_wholly() -> None:
    impulse = torch.zeros(1, 3, 31, 31)
    impulse[:, :, 15, 15] = 255
    found = gaussian_blur(impulse, torch.tensor([2.0]))
    assert found.sum(dim=(2, 3)).tolist()[0] == pytest.approx([255.0] * 3, rel=1e-4)
    flat = torch.full((1, 3, 9, 9), 77.0)
    assert torch.allclose(gaussian_blur(flat, torch.tensor([1.5])), flat, atol=1e-3)


def test_no_width_is_no_blur() -> None:
    given = photos()
    assert torch.allclose(gaussian_blur(given, torch.zeros(3)), given, atol=1e-3)


def test_only_the_chosen_share_is_blurred() -> None:
    given = photos(400, 8)
    found = degraded(given, Policy(blur=0.25, blur_px=2.0, p_unchanged=0.0))
    changed = ((found - given).abs().amax(dim=(1, 2, 3)) > 1e-3).float().mean()
    assert float(changed) == pytest.approx(0.25, abs=0.07)


def test_noise_has_a_deviation_up_to_the_level_and_stays_in_range() -> None:
    given = torch.full((300, 3, 16, 16), 128.0)
    found = degraded(given, Policy(noise=1.0, noise_level=20.0, p_unchanged=0.0))
    deviations = (found - 128).std(dim=(1, 2, 3))
    assert 17 < float(deviations.max()) < 21
    assert float(deviations.mean()) == pytest.approx(10, abs=1)
    bright = degraded(torch.full((8, 3, 16, 16), 254.0), Policy(noise=1.0, noise_level=20.0))
    assert float(bright.max()) <= 255


def test_nothing_asked_changes_nothing() -> None:
    given = photos()
    assert torch.equal(degraded(given, Policy()), given)


def test_a_photo_left_alone_is_left_alone_by_every_operation() -> None:
    rng = np.random.default_rng(0)
    given = [rng.integers(0, 256, (24, 24, 3), dtype=np.uint8) for _ in range(200)]
    everything = Policy(
        rotation_degrees=30,
        zoom=1.5,
        brightness=0.5,
        contrast=0.5,
        hue_degrees=40,
        blur=1.0,
        noise=1.0,
        p_unchanged=0.5,
    )
    out = varied(given, everything, 24)
    still = [
        bool(torch.equal(pixels.permute(1, 2, 0).round().byte(), torch.from_numpy(photo)))
        for pixels, photo in zip(out, given, strict=True)
    ]
    assert 70 < sum(still) < 130


def test_photos_of_a_batch_do_not_share_their_noise() -> None:
    given = torch.full((20, 3, 32, 32), 128.0)
    found = degraded(given, Policy(noise=1.0, noise_level=20.0, p_unchanged=0.0)) - 128
    likeness = torch.corrcoef(found.flatten(1)).fill_diagonal_(0)
    assert float(likeness.abs().max()) < 0.2
