import os
import threading

import numpy as np
import pytest

from planted.faults import blurred, shifted
from tests.auditing.planted_facts import photo_set, sharp
from unseen.auditing.background import describe_backgrounds
from unseen.auditing.photo_facts import measure_facts
from unseen.dataset import shape_batches as batches
from unseen.dataset.shape_batches import in_batches
from unseen.progress import Silent
from unseen.records import Int64Array, Uint8Array


def mixed() -> list[Uint8Array]:
    """150 photos of three shapes in no order, one of them small, some of three channels, blurred or dark."""
    shapes = ((160, 120), (120, 160), (60, 80))
    photos = [sharp(i, *shapes[(i * i) % 3]) for i in range(150)]
    photos[7], photos[90] = blurred(photos[7], 3), shifted(photos[90], 0.2, 0)
    return [photo[..., :3] if i % 11 == 0 else photo for i, photo in enumerate(photos)]


def test_every_photo_comes_once_with_others_of_its_shape() -> None:
    pixels = mixed()
    seen: list[int] = []
    lock = threading.Lock()

    def job(positions: Int64Array, photos: list[Uint8Array]) -> None:
        assert len({photo.shape for photo in photos}) == 1
        for i, photo in zip(positions.tolist(), photos, strict=True):
            assert np.array_equal(photo[..., :3], pixels[i][..., :3])
            assert photo[..., 3].min() == 255
        with lock:
            seen.extend(positions.tolist())

    with Silent().task("", 150, "photos") as task:
        in_batches(pixels, job, task)
    assert sorted(seen) == list(range(150))


def test_numbers_depend_neither_on_threads_nor_on_the_photos_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = mixed()
    photos = photo_set(["a"] * len(pixels))
    said = []
    for threads, batch_pixels in ((1, 1), (1, 400_000), (7, 400_000), (3, 50_000)):
        monkeypatch.setattr(os, "cpu_count", lambda n=threads: n)
        monkeypatch.setattr(batches, "BATCH_PIXELS", batch_pixels)
        facts, grounds = measure_facts(photos, pixels), describe_backgrounds(pixels)
        light = (facts.brightness, facts.contrast, facts.bright_level, facts.edge_width, facts.noise, facts.flat)
        colour = (facts.saturation, facts.chroma, facts.colourfulness, facts.colours)
        said.append((*light, *colour, grounds.descriptors, grounds.colours))
    for other in said[1:]:
        for first, second in zip(said[0], other, strict=True):
            np.testing.assert_array_equal(first, second)


def test_an_error_in_a_job_is_raised() -> None:
    def job(positions: Int64Array, photos: list[Uint8Array]) -> None:
        if 100 in positions:
            raise ValueError("photo 100")

    with pytest.raises(ValueError, match="photo 100"), Silent().task("", 150, "photos") as task:
        in_batches(mixed(), job, task)
