"""Measure facts of photos, one aligned array each, from their pixels and headers."""

from dataclasses import dataclass, fields

import numpy as np

from unseen.auditing.quality_measures import HISTOGRAM_BINS, Measures, measure_pixels
from unseen.dataset.shape_batches import in_batches
from unseen.photos.header import Header, Headers, header_columns
from unseen.progress import Progress, Silent
from unseen.records import (
    Float32Array,
    Float64Array,
    Images,
    Int32Array,
    Int64Array,
    PhotoSet,
    Uint8Array,
)

MEASURES = tuple(field.name for field in fields(Measures))


@dataclass(frozen=True)
class Facts(Measures, Headers):
    """Facts of N photos, aligned with the photo set: of their pixels and of their files; about 230 bytes a photo.

    colours: (N, 24) float32, share of each eighth of the scale for red, green and blue. width, height: of the pixels
    where the file does not say.
    """

    colours: Float32Array

    def __len__(self) -> int:
        """Return the number of photos."""
        return len(self.brightness)

    @property
    def short_side(self) -> Int32Array:
        """Short side of the original in pixels, (N,) int32."""
        return np.minimum(self.width, self.height)

    @property
    def aspect(self) -> Float64Array:
        """Width over height of the upright photo, (N,) float64."""
        ratio: Float64Array = self.width / np.maximum(self.height, 1)
        return ratio


def measure_facts(
    photo_set: PhotoSet, pixels: Images, progress: Progress | None = None, *, headers: Headers | None = None
) -> Facts:
    """Return the facts of every photo; each is looked at once, on a few threads.

    pixels: N photos (H, W, 3 or 4) uint8, aligned with `photo_set`. headers: of its files. A photo without one has the
    size of its pixels and is otherwise unknown.
    """
    n = len(photo_set.photos)
    shown = progress or Silent()
    headers = header_columns([Header()] * n) if headers is None else headers
    table = np.zeros((n, len(MEASURES)), np.float32)
    colours = np.zeros((n, 3 * HISTOGRAM_BINS), np.float32)
    width, height = headers.width.copy(), headers.height.copy()

    def measure(positions: Int64Array, photos: list[Uint8Array]) -> None:
        measures, colours[positions] = measure_pixels(photos)
        table[positions] = np.stack([getattr(measures, name) for name in MEASURES], axis=1)
        unknown = positions[width[positions] == 0]
        height[unknown], width[unknown] = photos[0].shape[:2]

    with shown.task("Measuring photos", n, "photos") as task:
        in_batches(pixels, measure, task)
    stated = {field.name: getattr(headers, field.name) for field in fields(headers)}
    columns = {name: np.ascontiguousarray(table[:, k]) for k, name in enumerate(MEASURES)}
    return Facts(**stated | columns | {"colours": colours, "width": width, "height": height})
