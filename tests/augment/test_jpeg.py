import io

import numpy as np
import pytest
import torch
from PIL import Image

from tests.augment.planted import CPU, smooth
from unseen.augment.batch_rng import BatchRng
from unseen.augment.jpeg import Jpeg, jpeg
from unseen.augment.policy import Policy


def textured(side_px: int = 64) -> np.ndarray:
    rng = np.random.default_rng(0)
    blocks = rng.integers(0, 60, (side_px // 4, side_px // 4, 3)).repeat(4, axis=0).repeat(4, axis=1)
    return (smooth(side_px, side_px).astype(int) * 0.7 + blocks).astype(np.uint8)


def by_pillow(photo: np.ndarray, quality: int) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(photo).save(stream, "JPEG", quality=quality, subsampling=2)
    return np.asarray(Image.open(stream).convert("RGB")).astype(float)


def planes(photo: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(photo).permute(2, 0, 1)[None].float()


def compressed(given: torch.Tensor, policy: Policy) -> torch.Tensor:
    return Jpeg.draw(BatchRng(0, CPU), (len(given), 16, 16), policy).apply(given.clone())


@pytest.mark.parametrize("quality", [20, 50, 80, 95])
def test_it_is_what_libjpeg_does(quality: int) -> None:
    photo = textured()
    ours = jpeg(planes(photo), torch.tensor([float(quality)]))[0].permute(1, 2, 0).numpy()
    theirs = by_pillow(photo, quality)
    damage = np.abs(theirs - photo).mean()
    assert np.abs(ours - theirs).mean() < 0.25 * damage + 0.5
    assert np.abs(ours - photo).mean() == pytest.approx(damage, rel=0.15)


def test_sides_that_are_no_multiple_of_a_block_keep_their_size() -> None:
    photo = smooth(37, 51)
    ours = jpeg(planes(photo), torch.tensor([90.0]))
    assert ours.shape == (1, 3, 37, 51)
    assert float((ours - planes(photo)).abs().max()) < 8


def test_each_photo_has_its_own_quality() -> None:
    photo = planes(textured()).repeat(2, 1, 1, 1)
    found = jpeg(photo, torch.tensor([10.0, 95.0]))
    damage = (found - photo).abs().mean(dim=(1, 2, 3))
    assert float(damage[0]) > 3 * float(damage[1])


def test_only_the_share_asked_is_compressed() -> None:
    given = planes(textured(16)).repeat(300, 1, 1, 1)
    found = compressed(given, Policy(jpeg=0.3, p_unchanged=0.0))
    assert float((found != given).flatten(1).any(dim=1).float().mean()) == pytest.approx(0.3, abs=0.07)
    assert torch.equal(compressed(given, Policy()), given)
