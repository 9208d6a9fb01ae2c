import numpy as np
import pytest
import torch

from tests.augment.planted import one_colour, smooth, varied
from unseen.augment.backgrounds import Backgrounds, procedural_bank
from unseen.augment.pipeline import Augment, collate
from unseen.augment.policy import POLICIES, Policy


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(height).integers(0, 256, (height, width, channels), dtype=np.uint8)


@pytest.mark.parametrize("channels", [3, 4])
def test_photos_of_any_shape_lie_in_the_top_left_with_alpha_if_all_have_it(channels: int) -> None:
    photos = [noise(5, 9, channels), noise(7, 4, 4), noise(2, 2, channels)]
    canvas, shapes = collate(photos)
    assert canvas.shape == (3, 7, 9, channels)
    assert shapes.tolist() == [[5, 9], [7, 4], [2, 2]]
    for slot, photo in zip(canvas.numpy(), photos, strict=True):
        height, width = photo.shape[:2]
        assert np.array_equal(slot[:height, :width], photo[:, :, :channels])
        assert slot[height:].sum() == slot[:, width:].sum() == 0


def test_the_given_photos_are_not_written_to() -> None:
    photo = noise(20, 20)
    canvas, shapes = collate([photo])
    before = canvas.clone()
    Augment(POLICIES["strong"], 16, "squash")(canvas, shapes, 3)
    assert torch.equal(canvas, before)


@pytest.mark.parametrize("name", ["basic", "strong", "unseen"])
def test_one_seed_is_one_result(name: str) -> None:
    photos = [noise(30, 40), noise(50, 20)]
    first = varied(photos, POLICIES[name], 24, seed=11)
    assert torch.equal(first, varied(photos, POLICIES[name], 24, seed=11))
    other = varied(photos, POLICIES[name], 24, seed=12)
    assert float((first - other).abs().amax(dim=(1, 2, 3)).min()) > 1


def test_photos_of_a_batch_are_varied_apart() -> None:
    pixels = varied([smooth(32, 32)] * 6, Policy(rotation_degrees=20, brightness=0.4, p_unchanged=0.0), 24)
    for i in range(1, 6):
        assert float((pixels[0] - pixels[i]).abs().max()) > 1


def test_a_photo_is_varied_the_same_whatever_lies_beside_it() -> None:
    policy = Policy(rotation_degrees=20, zoom=1.3, brightness=0.4, p_unchanged=0.0)
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


def matted(height: int, width: int, alpha: int | None = None) -> np.ndarray:
    """Noise with a subject in the middle, (height, width, 4); `alpha` everywhere if it is given."""
    photo = noise(height, width, 4)
    photo[..., 3] = 0 if alpha is None else alpha
    if alpha is None:
        photo[height // 4 : -height // 4, width // 4 : -width // 4, 3] = 255
    return photo


def test_a_photo_of_unknown_subject_keeps_its_background() -> None:
    photos = [matted(30, 40, 255), matted(50, 24, 255)]
    canvas, shapes = collate(photos)
    policy = Policy(background=1.0, p_unchanged=0.0)
    with_alpha = Augment(policy, 24, "crop", one_colour(24, (1, 2, 3)))(canvas, shapes, 7)
    assert torch.allclose(with_alpha, varied([photo[..., :3] for photo in photos], Policy(p_unchanged=0.0), 24, "crop"))


def test_a_photo_of_no_subject_becomes_its_background() -> None:
    canvas, shapes = collate([matted(30, 40, 0)] * 3)
    pixels = Augment(Policy(background=1.0, p_unchanged=0.0), 24, "squash", one_colour(24, (10, 90, 170)))(
        canvas, shapes, 7
    )
    assert torch.allclose(pixels, torch.tensor([10.0, 90.0, 170.0])[:, None, None].expand(3, 3, 24, 24), atol=1e-3)


def test_the_share_asked_gets_another_background() -> None:
    canvas, shapes = collate([matted(20, 20)] * 400)
    policy = Policy(background=0.75, p_unchanged=0.2, smallest=0.5, largest=0.5)
    pixels = Augment(policy, 16, "squash", one_colour(16, (255, 0, 255)))(canvas, shapes, 7)
    pink = (pixels - torch.tensor([255.0, 0, 255])[:, None, None]).abs().amax(dim=1) < 1
    replaced = pink.float().mean(dim=(1, 2)) > 0.3
    assert float(replaced.float().mean()) == pytest.approx(0.75 * 0.8, abs=0.06)
    assert not bool(pink[~replaced].any())


def test_backgrounds_vary_with_the_step_alone() -> None:
    """As a run resumes: the same pool made anew, the same seed of the step, the same pixels."""
    canvas, shapes = collate([matted(40, 30), matted(25, 50), matted(30, 30, 255)])

    def step(seed: int) -> torch.Tensor:
        source = Backgrounds(24, [procedural_bank(1, 24, pictures=32)])
        out: torch.Tensor = Augment(POLICIES["unseen"], 24, "squash", source)(canvas, shapes, seed)
        return out

    assert torch.equal(step(5), step(5))
    assert not torch.equal(step(5), step(6))
    assert not list(Augment(POLICIES["unseen"], 24, "squash", one_colour(24, (0, 0, 0))).state_dict())


def test_alpha_is_not_needed_nor_used_without_backgrounds() -> None:
    photo = matted(30, 40)
    canvas, shapes = collate([photo])
    pixels = Augment(POLICIES["unseen"], 24, "squash")(canvas, shapes, 3)
    assert torch.equal(pixels, varied([photo[..., :3]], POLICIES["unseen"], 24, seed=3))
