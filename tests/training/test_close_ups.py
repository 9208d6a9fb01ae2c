"""What training reads of a photo whose hand is looked at: the square the network will see, with some room."""

import numpy as np
import pytest
import torch

from tests.model.test_focus import SIDE, BrightFinder
from unseen.model.focus import HandFocus
from unseen.model.preprocess import IMAGENET
from unseen.progress import Silent
from unseen.records import Uint8Array
from unseen.training.close_ups import ROOM, close_ups


def photo(top: int, left: int, side: int, height: int, width: int) -> Uint8Array:
    picture = np.zeros((height, width, 4), np.uint8)
    picture[..., 3] = 255
    picture[top : top + side, left : left + side, :3] = 255
    return picture


@pytest.fixture(scope="module")
def focus() -> HandFocus:
    return HandFocus(SIDE, "crop", IMAGENET, BrightFinder())


def test_the_hand_fills_what_the_network_will_see_less_the_room(focus: HandFocus) -> None:
    photos = [photo(90, 100, 60, 240, 320), photo(60, 150, 60, 320, 240)]
    close = close_ups(focus, photos, np.arange(2), Silent())
    for i in range(2):
        cut = close[i]
        with torch.no_grad():
            seen = focus.resize(torch.from_numpy(photos[i][None, ..., :3]))[0, 0] > 127
        share_seen, share_cut = float(seen.float().mean()) ** 0.5, float((cut[..., 0] > 127).mean()) ** 0.5
        assert share_cut * ROOM == pytest.approx(share_seen, abs=0.06)
        assert (cut[..., 0] > 127).sum() == 3600  # all of the hand


def test_photos_without_a_hand_and_those_not_asked_for_stay_whole(focus: HandFocus) -> None:
    photos = [photo(0, 0, 0, 100, 160), photo(90, 100, 60, 240, 320)]
    close = close_ups(focus, photos, np.array([0]), Silent())
    assert close[0].shape == (100, 160, 4)
    assert close[1].shape == (240, 320, 4)


def test_what_lies_at_the_edge_is_cut_there(focus: HandFocus) -> None:
    close = close_ups(focus, [photo(0, 260, 60, 240, 320)], np.array([0]), Silent())
    cut = close[0]
    assert (cut[..., 0] > 127).sum() == 3600
    assert cut.shape[0] < 240
    assert cut.shape[1] < 320


def test_training_leaves_the_finder_as_it_is(focus: HandFocus) -> None:
    focus.train()
    assert not focus.finder.training
    assert not any(parameter.requires_grad for parameter in focus.finder.parameters())
