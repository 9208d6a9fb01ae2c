import numpy as np
import pytest
import torch

from tests.augment.planted import smooth, varied
from unseen.augment.pipeline import Augment, collate
from unseen.augment.policy import POLICIES, Policy


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(height).integers(0, 256, (height, width, channels), dtype=np.uint8)


def test_photos_of_any_shape_lie_in_the_top_left_without_their_alpha() -> None:
    photos = [noise(5, 9), noise(7, 4, 4), noise(2, 2)]
    canvas, shapes = collate(photos)
    assert canvas.shape == (3, 7, 9, 3)
    assert shapes.tolist() == [[5, 9], [7, 4], [2, 2]]
    for slot, photo in zip(canvas.numpy(), photos, strict=True):
        height, width = photo.shape[:2]
        assert np.array_equal(slot[:height, :width], photo[:, :, :3])
        assert slot[height:].sum() == slot[:, width:].sum() == 0


def test_the_given_photos_are_not_written_to() -> None:
    photo = noise(20, 20)
    canvas, shapes = collate([photo])
    before = canvas.clone()
    Augment(POLICIES["strong"], 16, "squash")(canvas, shapes, 3)
    assert torch.equal(canvas, before)


@pytest.mark.parametrize("name", ["basic", "strong"])
def test_one_seed_is_one_result(name: str) -> None:
    photos = [noise(30, 40), noise(50, 20)]
    first = varied(photos, POLICIES[name], 24, seed=11)
    assert torch.equal(first, varied(photos, POLICIES[name], 24, seed=11))
    other = varied(photos, POLICIES[name], 24, seed=12)
    assert float((first - other).abs().amax(dim=(1, 2, 3)).min()) > 1


def test_photos_of_a_batch_are_varied_apart() -> None:
    pixels = varied([smooth(32, 32)] * 6, Policy(rotation_degrees=20, brightness=0.4, own=0.0), 24)
    for i in range(1, 6):
        assert float((pixels[0] - pixels[i]).abs().max()) > 1


def test_a_photo_is_varied_the_same_whatever_lies_beside_it() -> None:
    policy = Policy(rotation_degrees=20, zoom=1.3, brightness=0.4, own=0.0)
    photo = noise(30, 40)
    beside_small = varied([photo, noise(10, 10)], policy, 24, seed=5)[0]
    beside_large = varied([photo, noise(90, 70)], policy, 24, seed=5)[0]
    assert torch.allclose(beside_small, beside_large, atol=0.05)


def test_no_global_chance_is_used() -> None:
    torch.manual_seed(1)
    first = varied([noise(20, 20)], POLICIES["strong"], 16, seed=2)
    torch.manual_seed(2)
    state = torch.get_rng_state()
    assert torch.equal(first, varied([noise(20, 20)], POLICIES["strong"], 16, seed=2))
    assert torch.equal(state, torch.get_rng_state())


def test_results_stay_in_range_and_augmentation_has_no_parameters() -> None:
    pixels = varied([noise(40, 40)] * 16, POLICIES["strong"], 24)
    assert float(pixels.min()) >= 0
    assert float(pixels.max()) <= 255
    assert not list(Augment(POLICIES["strong"], 24, "squash").state_dict())
