"""Pixels and mattes in; RGBA photos whose alpha is the subject, with its own colours at the edge, out."""

import numpy as np

from unseen.errors import UnseenError
from unseen.masks.edge_colours import without_spill
from unseen.masks.photo_masks import Mattes
from unseen.records import Images, Uint8Array


class MattedPixels:
    """N photos as (H, W, 4) uint8: alpha is the matte, 255 everywhere where the subject is not sure.

    Under and 3 px beyond the soft edge the colours are the subject's, so that another backdrop shows no fringe of
    the old one. To show a photo as it was taken, take the pixels this was made of.
    """

    def __init__(self, pixels: Images, mattes: Mattes) -> None:
        if len(pixels) != len(mattes):
            raise UnseenError(f"{len(pixels)} photos and {len(mattes)} mattes: find the mattes of these photos")
        self._pixels = pixels
        self._mattes = mattes

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, position: int, /) -> Uint8Array:
        """Return photo `position` as a new (H, W, 4) uint8."""
        photo, alpha = self._pixels[position], self._mattes[position]
        matted = np.empty((*alpha.shape, 4), np.uint8)
        matted[..., :3] = without_spill(photo[..., :3], alpha)
        matted[..., 3] = alpha
        return matted
