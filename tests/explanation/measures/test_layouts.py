"""Turning a turned photo back brings its edges nearer to training's than any other change."""

import numpy as np
import pytest

from tests.explanation.brightness_model import subject_photo
from unseen.explanation import pixel_ops as ops
from unseen.explanation.foreground import find_foreground
from unseen.explanation.measures.layouts import AS_IT_IS, FLIPPED, TURNS, PhotoLayouts, layouts_of
from unseen.records import Uint8Array


def lopsided(seed: int) -> Uint8Array:
    """Return a photo with a bar on its left and a block at the bottom, each a little elsewhere."""
    rng = np.random.default_rng(seed)
    photo = rng.normal(90, 3, (90, 90, 3))
    x, y = rng.integers(8, 13, 2)
    photo[y : y + 60, x : x + 12] += 90
    photo[62:80, 40 + x : 70 + x] += 60
    return photo.clip(0, 255).astype(np.uint8)


LAYOUTS = layouts_of([lopsided(seed) for seed in range(24)])


def gains(photo: Uint8Array) -> dict[str, float]:
    assert LAYOUTS is not None
    return LAYOUTS.gains(LAYOUTS.similar(photo, find_foreground(photo, None)))


@pytest.mark.parametrize(("name", "degrees"), TURNS.items())
def test_the_turn_back_gains_most(name: str, degrees: int) -> None:
    found = gains(ops.rotated(lopsided(100), -degrees))
    assert found[name] > 0
    others = [value for other, value in found.items() if other not in (name, AS_IT_IS)]
    # 15 degrees more or less are nearly the same
    assert found[name] >= max(others) - (0.3 if abs(degrees) < 90 else 0)


def test_mirroring_back_gains_most() -> None:
    found = gains(np.ascontiguousarray(lopsided(100)[:, ::-1]))
    assert found[FLIPPED] == max(value for name, value in found.items() if name != AS_IT_IS) > 0


def test_a_photo_like_training_gains_nothing() -> None:
    found = gains(lopsided(101))
    assert max(value for name, value in found.items() if name != AS_IT_IS) < 0
    assert found[AS_IT_IS] < 0.5 < gains(subject_photo())[AS_IT_IS]


def test_a_photo_of_another_class_is_near_to_training_but_not_to_its_own() -> None:
    """Two signs that are each other's mirror image: only photos of the right one tell that a photo is mirrored."""
    photos = [lopsided(seed) for seed in range(24)]
    both = [*photos, *(np.ascontiguousarray(photo[:, ::-1]) for photo in photos)]
    known = layouts_of(both, [0] * 24 + [1] * 24)
    assert known is not None
    photo = np.ascontiguousarray(lopsided(100)[:, ::-1])
    similar = known.similar(photo, find_foreground(photo, None))
    own = known.own_gains(similar, 0)
    assert own is not None
    assert own[FLIPPED] > known.gains(similar)[FLIPPED] + 0.5
    assert known.gains(similar)[AS_IT_IS] < own[AS_IT_IS]
    assert known.own_gains(similar, 2) is None


def test_too_few_photos_tell_nothing() -> None:
    assert layouts_of([lopsided(0)] * 3) is None
    assert isinstance(LAYOUTS, PhotoLayouts)
