"""Measure facts of photos, one aligned array each, from their pixels and headers."""

from dataclasses import dataclass

import numpy as np

from unseen.auditing.quality_measures import HISTOGRAM_BINS, Measures, measure_pixels
from unseen.dataset.shape_batches import in_batches
from unseen.photos.header import Header, Headers, header_columns
from unseen.progress import Progress, Silent
from unseen.records import (
    Float32Array,
    Float64Array,
    Images,
    Int8Array,
    Int32Array,
    Int64Array,
    PhotoSet,
    Uint8Array,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of N photos, aligned with the photo set; about 230 bytes a photo.

    Of the pixels, (N,) float32 each, as told in `Measures`. colours: (N, 24) float32, share of each eighth of the
    scale for red, green and blue.
    Of the file: width, height: (N,) int32, pixels of the upright original. file_bytes: (N,) float64, NaN where
    unknown. jpeg_quality: (N,) float32, 1 to 100, NaN where it is no JPEG. orientation: (N,) int8, EXIF 1 to 8.
    taken: (N,) float64, seconds since 1970 by the camera's clock, NaN where unknown. formats, cameras: N texts,
    '' where unknown.
    """

    brightness: Float32Array
    dark_level: Float32Array
    bright_level: Float32Array
    contrast: Float32Array
    edge_width: Float32Array
    noise: Float32Array
    saturation: Float32Array
    colourfulness: Float32Array
    chroma: Float32Array
    bar_rows: Float32Array
    bar_columns: Float32Array
    flat: Float32Array
    top_colours: Float32Array
    colours: Float32Array
    width: Int32Array
    height: Int32Array
    file_bytes: Float64Array
    jpeg_quality: Float32Array
    orientation: Int8Array
    taken: Float64Array
    formats: tuple[str, ...]
    cameras: tuple[str, ...]

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
    table = np.zeros((n, len(Measures._fields)), np.float32)
    colours = np.zeros((n, 3 * HISTOGRAM_BINS), np.float32)
    width, height = headers.width.copy(), headers.height.copy()

    def measure(positions: Int64Array, photos: list[Uint8Array]) -> None:
        measures, colours[positions] = measure_pixels(photos)
        table[positions] = np.stack(measures, axis=1)
        unknown = positions[width[positions] == 0]
        height[unknown], width[unknown] = photos[0].shape[:2]

    with shown.task("Measuring photos", n, "photos") as task:
        in_batches(pixels, measure, task)
    columns = {name: np.ascontiguousarray(table[:, k]) for k, name in enumerate(Measures._fields)}
    return Facts(
        **columns,
        colours=colours,
        width=width,
        height=height,
        file_bytes=headers.file_bytes,
        jpeg_quality=headers.jpeg_quality,
        orientation=headers.orientation,
        taken=headers.taken,
        formats=headers.formats,
        cameras=headers.cameras,
    )
