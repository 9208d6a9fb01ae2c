"""What training reads of a photo whose hand is looked at: the square the network will see, with some room."""

import numpy as np
import pytest
import torch

from tests.locate.test_hand_focus import SIDE, BrightFinder
from unseen.locate.close_ups import ROOM, CloseUps, find_hands
from unseen.locate.hand_focus import HandFocus
from unseen.models.preprocess import IMAGENET
from unseen.progress import Silent
from unseen.records import Int64Array, Uint8Array


def photo(top: int, left: int, side: int, height: int, width: int) -> Uint8Array:
    picture = np.zeros((height, width, 4), np.uint8)
    picture[..., 3] = 255
    picture[top : top + side, left : left + side, :3] = 255
    return picture


@pytest.fixture(scope="module")
def focus() -> HandFocus:
    return HandFocus(SIDE, "crop", IMAGENET, BrightFinder())


def close_ups(focus: HandFocus, photos: list[Uint8Array], positions: Int64Array) -> CloseUps:
    return CloseUps(photos, find_hands(focus, photos, positions, Silent()).boxes)


def test_the_hand_fills_what_the_network_will_see_less_the_room(focus: HandFocus) -> None:
    photos = [photo(90, 100, 60, 240, 320), photo(60, 150, 60, 320, 240)]
    close = close_ups(focus, photos, np.arange(2))
    for i in range(2):
        cut = close[i]
        with torch.no_grad():
            seen = focus.resize(torch.from_numpy(photos[i][None, ..., :3]))[0, 0] > 127
        share_seen, share_cut = float(seen.float().mean()) ** 0.5, float((cut[..., 0] > 127).mean()) ** 0.5
        assert share_cut * ROOM == pytest.approx(share_seen, abs=0.06)
        assert (cut[..., 0] > 127).sum() == 3600  # all of the hand


def test_photos_without_a_hand_and_those_not_asked_for_stay_whole(focus: HandFocus) -> None:
    photos = [photo(0, 0, 0, 100, 160), photo(90, 100, 60, 240, 320)]
    close = close_ups(focus, photos, np.array([0]))
    assert close[0].shape == (100, 160, 4)
    assert close[1].shape == (240, 320, 4)


def test_what_lies_at_the_edge_is_cut_there(focus: HandFocus) -> None:
    close = close_ups(focus, [photo(0, 260, 60, 240, 320)], np.array([0]))
    cut = close[0]
    assert (cut[..., 0] > 127).sum() == 3600
    assert cut.shape[0] < 240
    assert cut.shape[1] < 320


def test_training_leaves_the_finder_as_it_is(focus: HandFocus) -> None:
    focus.train()
    assert not focus.finder.training
    assert not any(parameter.requires_grad for parameter in focus.finder.parameters())


def test_joints_are_told_in_shares_of_the_photo_and_only_where_a_hand_is(focus: HandFocus) -> None:
    photos = [photo(60, 160, 60, 240, 320), photo(0, 0, 0, 100, 160), photo(60, 160, 60, 240, 320)]
    joints = find_hands(focus, photos, np.array([0, 1]), Silent()).joints
    assert joints[0, 0] == pytest.approx([0.5, 0.25], abs=0.02)
    assert joints[0, -1] == pytest.approx([220 / 320, 0.5], abs=0.02)
    assert np.isnan(joints[1:]).all()


def test_a_hand_longer_than_the_photo_is_wide_gets_bands_that_are_no_subject(focus: HandFocus) -> None:
    tall = np.full((320, 200, 4), 60, np.uint8)
    tall[10:310, 60:140] = 255
    for alpha in (255, 0):
        tall[:10, :, 3] = alpha
        tall[10:, :, 3] = 255
        cut = close_ups(focus, [tall], np.array([0]))[0]
        assert cut.shape == (320, 320, 4)
        assert (cut[:, 0, :3] == 128).all()
        assert (cut[:, 0, 3] == alpha).all()
        assert (cut[..., 0] == 255).sum() == 300 * 80
