"""What was done to a photo is told by the photo; what it cannot have been is left out."""

import numpy as np
import pytest

from pretrain.spoiling import SPOILED, other_room
from tests.explanation.brightness_model import subject_photo
from unseen.explanation import pixel_ops as ops
from unseen.explanation.causes import Cause
from unseen.explanation.known_training import know, see
from unseen.explanation.measures.signatures import KINDS
from unseen.explanation.try_replays import FIRST, in_order, replayed, suspect
from unseen.records import Uint8Array

KNOWN = know([subject_photo(side, 105 + 3 * i, i) for i in range(16) for side in ("left", "right")])
PHOTO = subject_photo("left", 125, 50)
NEGATIVE = 255 - PHOTO
UNLIKELY = -3.0
DONE: list[tuple[Cause, Uint8Array]] = [
    (Cause.TOO_DARK, ops.gained(PHOTO, [0.25] * 3)),
    (Cause.NO_COLOUR, ops.grey(PHOTO)),
    (Cause.VALUE_RANGE, np.rint(PHOTO / 255).astype(np.uint8)),
    (Cause.NEGATIVE, NEGATIVE),
    (Cause.CHANNELS_SWAPPED, np.ascontiguousarray(PHOTO[..., ::-1])),
    (Cause.LOW_RESOLUTION, ops.resized(PHOTO, 22, 16)),
    (Cause.NOISY, ops.to_bytes(PHOTO + np.random.default_rng(0).normal(0, 60, PHOTO.shape))),
]


@pytest.mark.parametrize(("cause", "photo"), DONE)
def test_what_was_done_is_among_the_likeliest(cause: Cause, photo: Uint8Array) -> None:
    told = suspect(see(photo, KNOWN))
    assert cause in sorted(told, key=lambda kind: -told[kind])[:2]


def test_a_photo_like_training_is_suspected_of_nothing_that_it_cannot_have() -> None:
    told = suspect(see(PHOTO, KNOWN))
    impossible = {Cause.NEGATIVE, Cause.CHANNELS_SWAPPED, Cause.VALUE_RANGE, Cause.NO_COLOUR}
    assert not impossible & set(told)
    assert told[Cause.JPEG] < UNLIKELY


def test_the_likeliest_cause_is_replayed_first_and_few_are() -> None:
    dark = see(DONE[0][1], KNOWN)
    first = replayed(dark, in_order(dark, suspect(dark)), FIRST)
    assert len(first) == FIRST
    assert Cause.TOO_DARK in [replay.cause for replay, _ in first[:3]]
    assert {Cause.MIRRORED, Cause.BACKGROUND} <= {replay.cause for replay, _ in first}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_way_to_spoil_photos(kind: str) -> None:
    spoiled = SPOILED[kind](PHOTO, subject_photo("right"), np.random.default_rng(1))
    assert spoiled.dtype == np.uint8
    assert spoiled.ndim == 3
    assert kind == "nothing" or spoiled.shape != PHOTO.shape or (spoiled != PHOTO).any()


def test_a_room_is_the_same_for_every_photo_of_it() -> None:
    here = other_room(np.random.default_rng(0))
    np.testing.assert_array_equal(here(PHOTO), here(PHOTO))
    assert (here(PHOTO) != other_room(np.random.default_rng(1))(PHOTO)).any()


def test_a_file_that_states_strong_compression_is_suspected_of_it() -> None:
    assert suspect(see(PHOTO, KNOWN, jpeg_quality=90))[Cause.JPEG] < UNLIKELY
    assert suspect(see(PHOTO, KNOWN, jpeg_quality=5))[Cause.JPEG] > -1


def test_a_photo_that_is_far_smaller_than_trainings_has_too_few_pixels_whatever_its_colours() -> None:
    small = ops.gained(ops.resized(PHOTO, 20, 15), (0.4, 1, 0.4))
    assert suspect(see(small, KNOWN))[Cause.LOW_RESOLUTION] > -1
