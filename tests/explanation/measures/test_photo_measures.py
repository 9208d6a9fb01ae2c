"""What JPEG leaves in a photo is seen at any size, and the colours of a negative are those of the photo."""

import numpy as np
import pytest

from unseen.explanation import pixel_ops as ops
from unseen.explanation.foreground import find_foreground
from unseen.explanation.measures.photo_measures import OF_NEGATIVE, Measure, Telling, measure_photo
from unseen.records import Uint8Array


def scene(seed: int) -> Uint8Array:
    """Return a photo with detail of every size."""
    rng = np.random.default_rng(seed)
    layers = [ops.resized(rng.integers(0, 256, (n, n, 3)).astype(np.uint8), 200, 160) for n in (3, 9, 40)]
    return ops.to_bytes(np.average(np.stack(layers).astype(np.float32), axis=0, weights=(5, 3, 1)))


def measured(photo: Uint8Array) -> dict[str, float]:
    return measure_photo(photo, find_foreground(photo, None))


@pytest.mark.parametrize("times", [0.8, 1, 1.25])
def test_blocks_are_seen_in_a_photo_of_another_size(times: float) -> None:
    def grid(photo: Uint8Array) -> float:
        return measured(ops.resized(photo, round(200 * times), round(160 * times)))[Telling.GRID]

    plain = [grid(scene(seed)) for seed in range(6)]
    assert min(grid(ops.as_jpeg(scene(seed), 5)) for seed in range(6)) > max(plain)


def test_the_negative_of_a_negative_has_the_photos_colours() -> None:
    photo, told = scene(0), measured(scene(0))
    inverted = measure_photo(255 - photo, find_foreground(photo, None))
    for name, of in OF_NEGATIVE.items():
        assert inverted[name] == pytest.approx(told[of], abs=0.02)
    assert inverted[Measure.BRIGHTNESS] == pytest.approx(1 - told[Measure.BRIGHTNESS], abs=0.01)
