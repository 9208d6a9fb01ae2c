"""Reduce photos to 16 x 16 thumbnails: features that need no network."""

import numpy as np

from unseen.records import Float32Array, Images

THUMBNAIL_PX = 16


def thumbnails(photos: Images) -> Float32Array:
    """Return the block means of each photo, (N, 768) float32 in 0..1."""
    out = np.empty((len(photos), THUMBNAIL_PX * THUMBNAIL_PX * 3), np.float32)
    for position in range(len(photos)):
        photo = photos[position][:, :, :3]
        rows = np.linspace(0, photo.shape[0], THUMBNAIL_PX + 1).astype(int)[:-1]
        columns = np.linspace(0, photo.shape[1], THUMBNAIL_PX + 1).astype(int)[:-1]
        sums = np.add.reduceat(np.add.reduceat(photo, rows, axis=0, dtype=np.float32), columns, axis=1)
        # A photo of fewer than 16 pixels has empty blocks, for which `reduceat` gives the one pixel they begin at.
        heights = np.maximum(np.diff(np.append(rows, photo.shape[0])), 1)
        widths = np.maximum(np.diff(np.append(columns, photo.shape[1])), 1)
        out[position] = (sums / (heights[:, None] * widths)[:, :, None] / 255).ravel()
    return out
