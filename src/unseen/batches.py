"""Put photos of one shape together, so that they can be stacked into one array."""

from collections.abc import Iterator, Sequence

from unseen.records import Uint8Array


def same_shape_batches(
    photos: Sequence[Uint8Array], most_photos: int, most_pixels: int | None = None
) -> Iterator[list[int]]:
    """Yield the positions of photos of one shape (H, W, C), in order, until each position was in one batch.

    A batch holds at most `most_photos`, and at most `most_pixels` pixels in all where that is given, but never fewer
    than one photo.
    """
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for position, photo in enumerate(photos):
        by_shape.setdefault(photo.shape, []).append(position)
    for (height, width, *_), positions in by_shape.items():
        fitting = most_photos if most_pixels is None else min(most_photos, max(1, most_pixels // (height * width)))
        for start in range(0, len(positions), fitting):
            yield positions[start : start + fitting]
