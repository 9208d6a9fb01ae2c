"""The square about the hand: found where a finder says, whole where it says nothing."""

import pytest
import torch
from torch import Tensor

from tests.locate.bright import SIDE, TwoThings, bright_locator, cropped
from unseen.locate.box_crop import View
from unseen.locate.hands import SMALLEST, HandLocator
from unseen.models.preprocess import IMAGENET, Preprocess


@pytest.fixture(scope="module")
def locator() -> HandLocator:
    return bright_locator()


def photo(top: int, left: int, side: int, shape: tuple[int, int] = (240, 320)) -> Tensor:
    picture = torch.zeros(1, *shape, 3, dtype=torch.uint8)
    picture[:, top : top + side, left : left + side] = 255
    return picture


@pytest.mark.parametrize(("top", "left"), [(60, 60), (100, 200), (150, 20)])
def test_the_hand_fills_the_same_share_wherever_it_is(locator: HandLocator, top: int, left: int) -> None:
    with torch.no_grad():
        seen = cropped(locator, photo(top, left, 60))[0, 0] > 127
    share = float(seen.float().mean()) ** 0.5
    assert share == pytest.approx(1 / 1.5, abs=0.08)
    middle = seen.nonzero().float().mean(0) + 0.5
    assert torch.allclose(middle, torch.full((2,), SIDE / 2), atol=3.0)


def test_a_hand_in_the_corner_is_not_padded(locator: HandLocator) -> None:
    picture = photo(0, 0, 60)
    picture[picture == 0] = 90
    with torch.no_grad():
        seen = cropped(locator, picture)
    values = set(seen.flatten().tolist())
    assert values >= {90.0, 255.0}
    assert 128.0 not in values


def test_without_a_hand_the_photo_is_fitted_as_always(locator: HandLocator) -> None:
    gradient = torch.linspace(0, 100, 320).round().to(torch.uint8).expand(1, 240, 320)[..., None].repeat(1, 1, 1, 3)
    with torch.no_grad():
        seen, plain = cropped(locator, gradient), Preprocess(SIDE, "crop", IMAGENET).resize(gradient)
    assert (seen - plain).abs().max() <= 1.5


def test_a_tiny_hand_is_not_blown_up_without_end(locator: HandLocator) -> None:
    with torch.no_grad():
        box = locator.find(*View(locator.view_px)(photo(100, 100, 8)))[0][0]
    assert float(box[2] - box[0]) == pytest.approx(SMALLEST, abs=1 / 64)


def test_photos_of_one_batch_are_looked_at_apart(locator: HandLocator) -> None:
    both = torch.cat([photo(60, 60, 60), torch.zeros_like(photo(0, 0, 1))])
    with torch.no_grad():
        together = cropped(locator, both)
        assert torch.equal(together[:1], cropped(locator, both[:1]))
        assert float(together[1].max()) == 0


def test_a_hand_as_long_as_an_upright_photo_is_seen_whole(locator: HandLocator) -> None:
    upright = torch.full((1, 320, 200, 3), 60, dtype=torch.uint8)
    upright[:, 10:310, 60:140] = 255
    with torch.no_grad():
        seen = cropped(locator, upright)[0, 0]
    rows = (seen > 200).any(1).nonzero()[:, 0]
    assert len(rows) / SIDE == pytest.approx(300 / 320, abs=0.04)
    assert float(seen[SIDE // 2, 0]) == float(seen[SIDE // 2, -1]) == 128


def test_where_the_first_place_is_not_sure_the_parts_are_looked_at() -> None:
    """Planted: a large grey thing, which is seen first and not quite believed, and a small white one, which is sure."""
    both = bright_locator(TwoThings())
    picture = torch.zeros(3, 240, 320, 3, dtype=torch.uint8)
    picture[:2, 20:110, 20:110] = 180
    picture[1:, 170:210, 250:290] = 255
    with torch.no_grad():
        seen = cropped(both, picture)[:, 0]
    assert [bool((one > 250).float().mean() > 0.3) for one in seen] == [False, True, True]
    assert float((seen[0] == 180).float().mean()) > 0.3


def test_joints_are_in_shares_of_the_photo_and_only_where_a_hand_is(locator: HandLocator) -> None:
    both = torch.cat([photo(60, 160, 60), torch.zeros_like(photo(0, 0, 1))])
    with torch.no_grad():
        boxes, joints, scores = locator.find(*View(locator.view_px)(both))
    assert joints[0, 0].tolist() == pytest.approx([0.5, 0.25], abs=0.02)
    assert joints[0, -1].tolist() == pytest.approx([220 / 320, 0.5], abs=0.02)
    assert joints[1].isnan().all()
    assert boxes[1].isnan().all()
    assert scores[0] > 0.99
    assert scores[1] < 0.1
