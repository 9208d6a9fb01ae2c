import cv2
import numpy as np
import pytest

from tests.masks.planted import GREEN, SKIN, hand, paste, wall
from unseen.masks.edge_colours import MARGIN_PX, without_spill


def test_no_green_is_left_at_the_edge_and_far_pixels_stay() -> None:
    truth = hand()
    photo = np.ascontiguousarray(paste(truth, wall(GREEN))[..., :3])
    alpha = (truth * 255 + 0.5).astype(np.uint8)
    clean = without_spill(photo, alpha)
    edge = (alpha > 0) & (alpha < 255)
    assert clean[edge].mean(axis=0) == pytest.approx(SKIN, abs=6)
    assert photo[edge].mean(axis=0) != pytest.approx(SKIN, abs=30)
    reach = 2 * MARGIN_PX + 1
    far = cv2.dilate((alpha > 0).astype(np.uint8), np.ones((reach, reach), np.uint8)) == 0
    assert far.mean() > 0.5
    assert (clean[far] == photo[far]).all()


def test_green_light_on_a_finger_is_taken_out_and_skin_keeps_its_colour() -> None:
    truth = hand()
    photo = paste(truth, wall(GREEN))[..., :3].astype(np.float32)
    lit = (truth > 0.9) & (np.arange(176) < 60)
    photo[lit] += (-35, 30, -20)
    alpha = (truth * 255 + 0.5).astype(np.uint8)
    tinted = photo.astype(np.uint8)
    clean = without_spill(tinted, alpha).astype(int)
    palm = (slice(62, 82), slice(85, 105))
    assert np.abs(clean[palm] - tinted[palm]).mean() < 2
    greenness = clean[lit][:, 1] - clean[lit][:, [0, 2]].mean(axis=1)
    assert greenness.mean() < 8
    assert (tinted[lit][:, 1].astype(int) - tinted[lit][:, [0, 2]].mean(axis=1)).mean() > 35


@pytest.mark.parametrize("value", [0, 255])
def test_a_mask_without_an_edge_changes_nothing(value: int) -> None:
    photo = np.ascontiguousarray(paste(hand(), wall(GREEN))[..., :3])
    assert (without_spill(photo, np.full(photo.shape[:2], value, np.uint8)) == photo).all()
