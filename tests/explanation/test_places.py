"""Every replay says where it puts the subject: the box that is carried along is about it."""

from dataclasses import replace

import numpy as np
import pytest

from unseen.explanation.known_training import Known, see
from unseen.explanation.places import moved_box, stay, turn
from unseen.explanation.replays import REPLAYS, Replay, Seen
from unseen.records import Float32Array, Uint8Array

BOX = 0.5, 0.3, 0.7, 0.6  # of a photo of 120 x 80 px: 24 x 24 px, left of the right edge, above the middle
KEYPOINTS = np.array([[0.52, 0.33], [0.68, 0.33], [0.52, 0.57], [0.68, 0.57]], np.float32)


def photos() -> tuple[Seen, Seen]:
    """Return a photo as replays need it, and the same with its subject upside down: as light, of the same colours."""
    photo = np.random.default_rng(0).integers(90, 110, (80, 120, 3)).astype(np.uint8)
    photo[26:36, 62:82], photo[36:46, 62:82] = (200, 140, 110), (120, 180, 30)
    other = photo.copy()
    other[26:46, 62:82] = photo[26:46, 62:82][::-1]
    seen = see(photo, Known(), BOX)
    return seen, replace(seen, photo=other)


SEEN, OTHER = photos()
TRIED = [one for one in REPLAYS if one.places and one.change(SEEN) is not None]


def where_it_lies(first: Uint8Array, second: Uint8Array) -> tuple[Float32Array, Float32Array]:
    """Return the corners, in pixels, of what differs most."""
    apart = np.abs(first.astype(np.float32) - second).sum(axis=2)
    rows, columns = np.nonzero(apart > apart.max() / 2)
    return np.array([columns.min(), rows.min()]), np.array([columns.max() + 1, rows.max() + 1])


def test_nearly_all_replays_are_tried_here() -> None:
    assert len(TRIED) >= 38


@pytest.mark.parametrize("replay", TRIED, ids=lambda one: one.name)
def test_the_box_is_about_the_subject_after_every_change(replay: Replay) -> None:
    after, another = replay.change(SEEN), replay.change(OTHER)
    assert after is not None
    assert another is not None
    assert replay.places is not None
    low, high = where_it_lies(after, another)
    box = np.array(moved_box(BOX, KEYPOINTS, replay.places, SEEN.photo.shape, after.shape)).reshape(2, 2)
    corners = box * [after.shape[1], after.shape[0]]
    assert np.abs(corners.mean(axis=0) - (low + high) / 2).max() < 4
    # as much larger than the subject as before: 24 of 20 px; smoothing and blocks of JPEG make what differs larger
    assert (corners[0] < low + 5).all()
    assert (corners[1] > high - 5).all()
    assert np.ptp(corners, axis=0).max() < 24 / 20 * (high - low).max() + 7


def test_a_box_that_does_not_fit_lies_in_the_middle_and_others_in_the_photo() -> None:
    tall, wide = (300, 100, 3), (100, 300, 3)
    long_hand = np.array([[0.5, 0.05], [0.5, 0.95]], np.float32)
    left, top, right, bottom = moved_box((-1.0, 0.0, 2.0, 1.0), long_hand, turn(90), tall, wide)
    assert (left, top, right, bottom) == pytest.approx((0, -1, 1, 2), abs=1e-6)
    edge = moved_box((0.8, 0.4, 1.0, 0.6), np.array([[0.85, 0.45], [0.98, 0.55]], np.float32), stay, wide, tall)
    assert min(edge) >= 0
    assert max(edge) <= 1 + 1e-6
