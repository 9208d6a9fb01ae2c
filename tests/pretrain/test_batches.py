"""What is true of a view must be where the view shows it: a disc with its joints on the rim."""

import numpy as np
import pytest
import torch

from pretrain import choose
from pretrain.batches import Batches, _nearest_rotation
from pretrain.hands import Hands
from pretrain.stream import stream
from pretrain.targets import PoseTargets

SIDE_PX = 64
RADIUS = 20


def discs(count: int) -> Hands:
    """Grey photos of 192 px with one orange disc each and 21 joints evenly on its rim."""
    rng = np.random.default_rng(0)
    angles = np.linspace(0, 2 * np.pi, 21, endpoint=False)
    photos, places = [], []
    across, down = np.meshgrid(np.arange(192), np.arange(192))
    for x, y in rng.uniform(50, 142, (count, 2)):
        disc = np.hypot(across - x, down - y) < RADIUS
        photo = np.full((192, 192, 4), 128, np.uint8)
        photo[disc, :3] = (230, 120, 40)
        photo[..., 3] = disc * 255
        photos.append(photo)
        places.append(np.stack([x + RADIUS * np.cos(angles), y + RADIUS * np.sin(angles)], axis=1))
    eye = np.tile(np.eye(3, dtype=np.float32), (count, 1, 1))
    ones = np.ones(count, np.float32)
    pose = PoseTargets(np.zeros((count, 21, 3), np.float32), eye, ones * 0.5, ones)
    return Hands(photos, np.array(places, np.float32), pose, in_rooms=False)


@pytest.fixture(scope="module")
def made() -> Batches:
    return Batches([discs(8)], [1.0], SIDE_PX, seed=0)


@pytest.mark.parametrize(("far", "close"), [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)])
def test_joints_are_where_the_mask_is(monkeypatch: pytest.MonkeyPatch, made: Batches, far: float, close: float) -> None:
    monkeypatch.setattr(choose, "FAR_SHARE", far)
    monkeypatch.setattr(choose, "CLOSE_SHARE", close)
    drawn = made.draw(0, 96)
    inside = (drawn.places.abs() < 1).flatten(1).all(dim=1) & (drawn.score > 0)
    assert int(inside.sum()) >= 8
    cells = drawn.mask.shape[1]
    axis = (torch.arange(cells) + 0.5) * 2 / cells - 1
    mask = drawn.mask[inside]
    weight = mask.sum(dim=(1, 2))
    centre = torch.stack([(mask.sum(dim=1) * axis).sum(dim=1), (mask.sum(dim=2) * axis).sum(dim=1)], dim=1)
    apart = (centre / weight[:, None] - drawn.places[inside].mean(dim=1)).norm(dim=1)
    assert float(apart.median()) < 0.06
    # views without a hand have an empty mask and say so
    empty = drawn.present == 0
    assert int(empty.sum()) == round(96 * choose.EMPTY_SHARE)
    assert float(drawn.mask[empty].max()) == 0


def test_close_views_show_the_hand_as_the_square_about_it_does(monkeypatch: pytest.MonkeyPatch, made: Batches) -> None:
    monkeypatch.setattr(choose, "FAR_SHARE", 0.0)
    monkeypatch.setattr(choose, "CLOSE_SHARE", 1.0)
    drawn = made.draw(0, 48)
    places = drawn.places[drawn.score > 0]
    shares = (places.amax(dim=1) - places.amin(dim=1)).amax(dim=1) / 2
    assert 0.6 < float(shares.median()) < 1.0


def test_processes_choose_what_this_one_would(made: Batches) -> None:
    here = list(stream(made.chooser, range(2), 16, workers=0))
    ahead = list(stream(made.chooser, range(2), 16, workers=2))
    for mine, theirs in zip(here, ahead, strict=True):
        assert torch.equal(made.vary(mine).pixels, made.vary(theirs).pixels)
    assert not torch.equal(made.vary(here[0]).pixels, made.vary(here[1]).pixels)


def test_the_nearest_rotation_is_that_of_the_singular_vectors() -> None:
    maps = torch.randn(200, 2, 2, generator=torch.Generator().manual_seed(0))
    u, _, vh = torch.linalg.svd(maps)
    turns, mirrored = _nearest_rotation(maps)
    torch.testing.assert_close(turns, u @ vh, atol=1e-4, rtol=0)
    assert torch.equal(mirrored, torch.linalg.det(maps) < 0)
    assert 0 < int(mirrored.sum()) < 200
