"""What training reads of a photo whose hand is looked at: the square the network will see, with some room."""

import numpy as np
import pytest
import torch

from tests.locate.bright import bright_locator, cropped
from unseen.images import LazyImages
from unseen.locate.box_crop import MARGIN, BoxPreprocess, boxes_of, crop, squares_of
from unseen.locate.hands import HandLocator
from unseen.locate.regions import find_regions
from unseen.models.preprocess import CENTRE
from unseen.progress import Silent
from unseen.records import Fit, Int64Array, Uint8Array


def photo(top: int, left: int, side: int, height: int, width: int) -> Uint8Array:
    picture = np.zeros((height, width, 4), np.uint8)
    picture[..., 3] = 255
    picture[top : top + side, left : left + side, :3] = 255
    return picture


@pytest.fixture(scope="module")
def locator() -> HandLocator:
    return bright_locator()


def close_ups(locator: HandLocator, photos: list[Uint8Array], positions: Int64Array) -> LazyImages:
    return crop(photos, find_regions(locator, photos, Silent(), positions=positions).boxes)


def test_the_hand_fills_what_the_network_will_see_less_the_room(locator: HandLocator) -> None:
    photos = [photo(90, 100, 60, 240, 320), photo(60, 150, 60, 320, 240)]
    close = close_ups(locator, photos, np.arange(2))
    for i in range(2):
        cut = close[i]
        with torch.no_grad():
            seen = cropped(locator, torch.from_numpy(photos[i][None, ..., :3]))[0, 0] > 127
        share_seen, share_cut = float(seen.float().mean()) ** 0.5, float((cut[..., 0] > 127).mean()) ** 0.5
        assert share_cut * MARGIN == pytest.approx(share_seen, abs=0.06)
        assert (cut[..., 0] > 127).sum() == 3600  # all of the hand


def test_photos_without_a_hand_and_those_not_asked_for_stay_whole(locator: HandLocator) -> None:
    photos = [photo(0, 0, 0, 100, 160), photo(90, 100, 60, 240, 320)]
    close = close_ups(locator, photos, np.array([0]))
    assert close[0].shape == (100, 160, 4)
    assert close[1].shape == (240, 320, 4)


def test_what_lies_at_the_edge_is_cut_there(locator: HandLocator) -> None:
    close = close_ups(locator, [photo(0, 260, 60, 240, 320)], np.array([0]))
    cut = close[0]
    assert (cut[..., 0] > 127).sum() == 3600
    assert cut.shape[0] < 240
    assert cut.shape[1] < 320


def test_boxes_and_squares_are_each_others_inverse_to_the_last_bit() -> None:
    rng = torch.Generator().manual_seed(0)
    extent = torch.tensor([[1.0, 0.63]]).expand(1000, 2)
    squares = torch.randint(-256, 256, (1000, 4), generator=rng) / 256
    assert torch.equal(squares_of(boxes_of(squares, extent), extent), squares)


def test_a_hand_longer_than_the_photo_is_wide_gets_bands_that_are_no_subject(locator: HandLocator) -> None:
    tall = np.full((320, 200, 4), 60, np.uint8)
    tall[10:310, 60:140] = 255
    for alpha in (255, 0):
        tall[:10, :, 3] = alpha
        tall[10:, :, 3] = 255
        cut = close_ups(locator, [tall], np.array([0]))[0]
        assert cut.shape == (320, 320, 4)
        assert (cut[:, 0, :3] == 128).all()
        assert (cut[:, 0, 3] == alpha).all()
        assert (cut[..., 0] == 255).sum() == 300 * 80


@pytest.mark.parametrize("fit", ["crop", "squash", "letterbox"])
@pytest.mark.parametrize("shape", [(1, 600), (600, 1), (40, 20_000), (2, 2), (1, 5000)])
def test_a_strip_becomes_pixels_and_never_nan(fit: Fit, shape: tuple[int, int]) -> None:
    preprocess = BoxPreprocess(32, fit, CENTRE, "bright")
    photos = torch.full((1, *shape, 3), 90, dtype=torch.uint8)
    for boxes in (None, torch.tensor([[0.4, 0.4, 0.41, 0.41]])):
        pixels = preprocess.resize(photos, boxes)
        assert torch.isfinite(pixels).all()
        assert 90 <= float(pixels.min()) <= float(pixels.max()) <= 128  # the strip, and the grey beside it
