"""The square about the hand: found where a finder says, whole where it says nothing."""

import numpy as np
import pytest
import torch
from torch import Tensor

from unseen.locate.hand_focus import SMALLEST, HandFocus, hand_focus
from unseen.locate.handnet import HandNet, HandReading
from unseen.locate.network_input import squares_seen
from unseen.models.preprocess import IMAGENET, Preprocess

SIDE = 64


def at_its_corners(seen: Tensor) -> Tensor:
    """Joints (21, 2), in a view that spans -1 to 1, at the top left and the bottom right of `seen` (S, S)."""
    steps = (torch.arange(len(seen)) + 0.5) * (2 / len(seen)) - 1
    rows, columns = seen.any(1).nonzero()[:, 0], seen.any(0).nonzero()[:, 0]
    first, last = (torch.stack([steps[columns[end]], steps[rows[end]]]) for end in (0, -1))
    return torch.stack([first] * 10 + [last] * 11)


class BrightFinder(HandNet):
    """Takes the brightest pixels for the hand, and black photos for hand-free."""

    def read(self, x: Tensor) -> HandReading:
        found = super().read(x)
        bright = x[:, 0] > 0.5
        places = torch.zeros(len(x), 21, 2)
        for i, seen in enumerate(bright):
            if seen.any():
                places[i] = at_its_corners(seen)
        present = torch.where(bright.flatten(1).any(1), 9.0, -9.0)
        return HandReading(found.embedding, found.joints, found.palm, places, present, found.left, found.mask)


@pytest.fixture(scope="module")
def focus() -> HandFocus:
    return HandFocus(SIDE, "crop", IMAGENET, BrightFinder())


def photo(top: int, left: int, side: int, shape: tuple[int, int] = (240, 320)) -> Tensor:
    picture = torch.zeros(1, *shape, 3, dtype=torch.uint8)
    picture[:, top : top + side, left : left + side] = 255
    return picture


@pytest.mark.parametrize(("top", "left"), [(60, 60), (100, 200), (150, 20)])
def test_the_hand_fills_the_same_share_wherever_it_is(focus: HandFocus, top: int, left: int) -> None:
    with torch.no_grad():
        seen = focus.resize(photo(top, left, 60))[0, 0] > 127
    share = float(seen.float().mean()) ** 0.5
    assert share == pytest.approx(1 / 1.5, abs=0.08)
    middle = seen.nonzero().float().mean(0) + 0.5
    assert torch.allclose(middle, torch.full((2,), SIDE / 2), atol=3.0)


def test_a_hand_in_the_corner_is_not_padded(focus: HandFocus) -> None:
    picture = photo(0, 0, 60)
    picture[picture == 0] = 90
    with torch.no_grad():
        seen = focus.resize(picture)
    values = set(seen.flatten().tolist())
    assert values >= {90.0, 255.0}
    assert 128.0 not in values


def test_without_a_hand_the_photo_is_fitted_as_always(focus: HandFocus) -> None:
    gradient = torch.linspace(0, 100, 320).round().to(torch.uint8).expand(1, 240, 320)[..., None].repeat(1, 1, 1, 3)
    with torch.no_grad():
        seen, plain = focus.resize(gradient), Preprocess(SIDE, "crop", IMAGENET).resize(gradient)
    assert (seen - plain).abs().max() <= 1.5


def test_a_tiny_hand_is_not_blown_up_without_end(focus: HandFocus) -> None:
    with torch.no_grad():
        wide = focus.whole.resize(photo(100, 100, 8))
        extent = torch.tensor([[1.0, 0.75]])
        square = focus.find(wide, extent, extent).squares[0]
    assert float(square[2]) == pytest.approx(SMALLEST, abs=1 / 64)


def test_photos_of_one_batch_are_looked_at_apart(focus: HandFocus) -> None:
    both = torch.cat([photo(60, 60, 60), torch.zeros_like(photo(0, 0, 1))])
    with torch.no_grad():
        together = focus.resize(both)
        assert torch.equal(together[:1], focus.resize(both[:1]))
        assert float(together[1].max()) == 0


def test_a_hand_as_long_as_an_upright_photo_is_seen_whole(focus: HandFocus) -> None:
    upright = torch.full((1, 320, 200, 3), 60, dtype=torch.uint8)
    upright[:, 10:310, 60:140] = 255
    with torch.no_grad():
        seen = focus.resize(upright)[0, 0]
    rows = (seen > 200).any(1).nonzero()[:, 0]
    assert len(rows) / SIDE == pytest.approx(300 / 320, abs=0.04)
    assert float(seen[SIDE // 2, 0]) == float(seen[SIDE // 2, -1]) == 128


def test_squares_that_were_cut_before_need_no_second_look(focus: HandFocus) -> None:
    photos = [photo(60, 60, 60)[0].numpy(), photo(20, 10, 30)[0].numpy()]
    squares = squares_seen(focus, photos, np.array([1, 0]), torch.device("cpu"))
    assert [one.shape for one in squares] == [(SIDE, SIDE, 3)] * 2
    again = focus.of_squares()(torch.from_numpy(np.stack(squares)))
    with torch.no_grad():
        at_once = torch.cat([focus(torch.from_numpy(photos[i])[None]) for i in (1, 0)])
    torch.testing.assert_close(again, at_once)


class TwoThings(HandNet):
    """Takes whatever is bright for a hand, surely where it is white; sees the largest bright thing of a view."""

    def read(self, x: Tensor) -> HandReading:
        found = super().read(x)
        places, present = torch.zeros(len(x), 21, 2), torch.full((len(x),), -9.0)
        for i, view in enumerate(x[:, 0]):
            grey, white = (view > 0.2) & (view < 0.7), view >= 0.7
            seen, sure = (grey, 3.0) if grey.sum() > white.sum() else (white, 9.0)
            if seen.any():
                places[i], present[i] = at_its_corners(seen), sure
        return HandReading(found.embedding, found.joints, found.palm, places, present, found.left, found.mask)


def test_where_the_first_place_is_not_sure_the_parts_are_looked_at() -> None:
    """Planted: a large grey thing, which is seen first and not quite believed, and a small white one, which is sure."""
    both = HandFocus(SIDE, "crop", IMAGENET, TwoThings())
    picture = torch.zeros(3, 240, 320, 3, dtype=torch.uint8)
    picture[:2, 20:110, 20:110] = 180
    picture[1:, 170:210, 250:290] = 255
    with torch.no_grad():
        seen = both.resize(picture)[:, 0]
    assert [bool((one > 250).float().mean() > 0.3) for one in seen] == [False, True, True]
    assert float((seen[0] == 180).float().mean()) > 0.3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_photos_on_the_processor_are_looked_at_by_a_finder_on_the_gpu() -> None:
    focus = hand_focus()
    photos = torch.randint(0, 255, (2, 60, 80, 3), dtype=torch.uint8)
    with torch.inference_mode():
        here = focus.resize(photos)
        there = focus.to("cuda").resize(photos)
    assert there.device.type == "cpu"
    # convolutions sum in another order there: a square may lie a fraction of a pixel further
    assert float((here - there).abs().mean()) < 2
