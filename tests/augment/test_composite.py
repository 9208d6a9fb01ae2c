from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.augment.planted import CPU, Told, one_colour
from unseen.augment.batch_rng import BatchRng
from unseen.augment.composite import Composite, LightWrap, Shadow, despill, soften
from unseen.augment.pipeline import Augment, collate
from unseen.augment.policy import Policy

STILL = Policy(p_unchanged=0.0)
SIDE_PX = 64
BLUE = torch.tensor([20.0, 60.0, 230.0])


def disc(subject: tuple[int, int, int], ground: tuple[int, int, int], soft_px: float = 3.0) -> np.ndarray:
    """A disc before a ground, its edge mixed as a camera mixes it, with the true alpha, (64, 64, 4) uint8."""
    rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX] + 0.5
    alpha = np.clip((20 - np.hypot(rows - 32, columns - 32)) / soft_px + 0.5, 0, 1)[:, :, None]
    colour = alpha * np.array(subject) + (1 - alpha) * np.array(ground)
    return np.dstack([colour, 255 * alpha]).round().astype(np.uint8)


def cut(photo: np.ndarray, count: int = 1) -> torch.Tensor:
    return torch.from_numpy(photo).permute(2, 0, 1).float().repeat(count, 1, 1, 1)


def composite(cutouts: torch.Tensor, scenes: torch.Tensor, policy: Policy, seed: int = 0) -> torch.Tensor:
    return Composite.draw(BatchRng(seed, CPU), (len(cutouts), SIDE_PX, SIDE_PX), policy).apply(cutouts, scenes)


def plain(colour: torch.Tensor, count: int = 1) -> torch.Tensor:
    return colour[None, :, None, None].repeat(count, 1, SIDE_PX, SIDE_PX)


def test_where_alpha_is_0_the_background_shows_and_where_it_is_255_the_photo() -> None:
    photo = disc((200, 120, 90), (10, 200, 30))
    scene = torch.rand(1, 3, SIDE_PX, SIDE_PX, generator=torch.Generator().manual_seed(0)) * 255
    found = composite(cut(photo), scene.clone(), STILL)[0]
    alpha = torch.from_numpy(photo[:, :, 3])
    assert torch.allclose(found[:, alpha == 0], scene[0][:, alpha == 0], atol=1e-3)
    inner = torch.from_numpy(photo[:, :, :3]).permute(2, 0, 1).float()
    assert torch.allclose(found[:, alpha == 255], inner[:, alpha == 255], atol=1.0)


@pytest.mark.parametrize("soft_px", [1.0, 4.0, 8.0])
def test_no_colour_of_the_old_background_is_left_at_a_soft_edge(soft_px: float) -> None:
    """A red disc from green onto blue: the exact mixture of red and blue, nowhere a trace of green."""
    photo = disc((220, 10, 10), (10, 220, 10), soft_px)
    found = composite(cut(photo), plain(BLUE), STILL)[0]
    alpha = torch.from_numpy(photo[:, :, 3]).float() / 255
    expected = alpha * torch.tensor([220.0, 10.0, 10.0])[:, None, None] + (1 - alpha) * BLUE[:, None, None]
    assert float((found - expected).abs().max()) < 8
    left = alpha * torch.from_numpy(photo[:, :, 1]).float() + (1 - alpha) * BLUE[1]  # what pasting alone would show
    assert float((left - expected[1]).max()) > 40


def test_a_tint_thrown_on_opaque_pixels_near_the_edge_is_taken_off() -> None:
    photo = disc((200, 140, 110), (10, 200, 30), 1.0)
    rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX] + 0.5
    rim = np.abs(np.hypot(rows - 32, columns - 32) - 18.5) < 0.8
    photo[rim, :3] = (150, 160, 90)  # tinted green, alpha 255
    given = cut(photo)
    despill(given, given[:, 3:] / 255)
    clean = given[0, :3][:, torch.from_numpy(rim)]
    assert float((clean[1] - clean[0]).max()) < 0  # red above green again, as in the middle
    assert given[0, :3, 32, 32].tolist() == [200, 140, 110]


def test_light_of_subject_and_background_vary_apart() -> None:
    photo = disc((120, 100, 80), (120, 100, 80))
    policy = replace(STILL, subject_brightness=0.6, scene_brightness=0.6)
    count = 200
    found = composite(cut(photo, count), plain(torch.full((3,), 100.0), count), policy, seed=1)
    subject, ground = found[:, 0, 32, 32] / 120, found[:, 0, 2, 2] / 100
    for gain in (subject, ground):
        assert float(gain.max()) == pytest.approx(1.6, abs=0.05)
        assert float(gain.min()) == pytest.approx(1 / 1.6, abs=0.05)
    assert float(torch.corrcoef(torch.stack([subject, ground]))[0, 1].abs()) < 0.2


def test_softening_moves_the_edge_but_neither_end() -> None:
    ramp = torch.linspace(0, 1, 11).reshape(1, 1, 1, 11)
    grown, shrunk = (soften(ramp, torch.tensor([edge]))[0, 0, 0] for edge in (0.8, -0.8))
    assert bool((grown[1:-1] > ramp[0, 0, 0, 1:-1]).all())
    assert bool((shrunk[1:-1] < ramp[0, 0, 0, 1:-1]).all())
    for ends in (grown, shrunk):
        assert (float(ends[0]), float(ends[-1])) == (0, 1)
        assert bool((ends.diff() > 0).all())


def test_a_shadow_darkens_beside_the_subject_and_not_afar() -> None:
    scenes = torch.full((1, 3, SIDE_PX, SIDE_PX), 200.0)
    matte = torch.zeros(1, 1, SIDE_PX, SIDE_PX)
    matte[:, :, 20:44, 20:44] = 1
    Shadow.draw(Told(0.9, chosen=True), (1, SIDE_PX, SIDE_PX), replace(STILL, shadow=1.0)).apply(scenes, matte)
    assert float(scenes.min()) < 170
    down, across = divmod(int(scenes[0, 0].argmin()), SIDE_PX)
    assert (down, across) != (32, 32)
    assert abs(down - 32) < 12
    assert abs(across - 32) < 12
    assert float(scenes[0, 0, 2, 2]) > 195


def test_light_wraps_round_the_edge_only() -> None:
    matte = torch.from_numpy(disc((0, 0, 0), (0, 0, 0)))[None, None, :, :, 3].float() / 255
    drawn = LightWrap.draw(Told(1.0, chosen=True), (1, SIDE_PX, SIDE_PX), replace(STILL, wrap=1.0))
    spill = drawn.apply(torch.zeros(1, 3, SIDE_PX, SIDE_PX), plain(BLUE), matte)
    assert float(spill[0, 2, 32, 32]) < 2  # the middle of the subject
    assert float(spill[0, 2, 2, 2]) == 0  # the background has no subject to fall on
    assert 5 < float(spill[0, 2, 32, 32 - 18]) < 100
    assert not len(LightWrap.draw(BatchRng(0, CPU), (9, SIDE_PX, SIDE_PX), STILL).positions)


def test_a_whole_photo_warped_shows_no_old_background() -> None:
    photo = disc((220, 10, 10), (10, 220, 10))
    policy = Policy(rotation_degrees=30, zoom=1.3, shear_degrees=10, perspective=0.2, background=1.0, p_unchanged=0.0)
    canvas, shapes = collate([photo] * 16)
    pixels = Augment(policy, 48, "squash", one_colour(48, (20, 60, 230)))(canvas, shapes, 3)
    assert float(pixels[:, 1].max()) < 75  # green is 10 in the subject and 60 in the new background
    assert bool((pixels[:, 0].amax(dim=(1, 2)) > 180).all())  # and the subject is in view
