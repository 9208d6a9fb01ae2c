import cv2
import numpy as np

from tests.masks.planted import SKIN, hand, paste, wall
from unseen.masks.backdrop import to_lab
from unseen.masks.grabcut import run_grabcut, segment_by_colour
from unseen.masks.segmentation import overlap


def test_the_second_cut_finds_the_hand_and_leaves_a_blue_lamp() -> None:
    truth = hand()
    behind = wall((150, 150, 150))
    behind[:40, 20:60] = (30, 60, 190)
    rgb = np.ascontiguousarray(paste(truth, behind)[..., :3])
    expected = truth > 0.5
    expected[:40, 20:60] = True
    second = segment_by_colour(rgb, to_lab(rgb), expected)
    assert second is not None
    assert overlap(second.mask, truth > 0.5) > 0.88
    assert not second.similar[10:30, 30:50].any()


def test_nothing_skin_like_gives_no_second_cut() -> None:
    rgb = np.ascontiguousarray(paste(hand(), wall((200, 200, 200)), (40, 60, 150))[..., :3])
    assert segment_by_colour(rgb, to_lab(rgb), hand() > 0.5) is None


def test_marks_of_one_side_alone_are_refused() -> None:
    rgb = np.full((20, 20, 3), SKIN, np.uint8)
    assert run_grabcut(rgb, np.full((20, 20), cv2.GC_BGD, np.uint8), 1) is None
    assert run_grabcut(rgb, np.full((20, 20), cv2.GC_PR_FGD, np.uint8), 1) is None
