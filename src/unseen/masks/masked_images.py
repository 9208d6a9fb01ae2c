"""Give photos their masks as alpha, with the foreground's own colours at the edge."""

import numpy as np

from unseen.errors import UnseenError
from unseen.images import LazyImages
from unseen.masks.edge_colours import without_spill
from unseen.masks.photo_masks import PhotoMasks
from unseen.records import Images, Uint8Array


def with_masks(images: Images, masks: PhotoMasks) -> LazyImages:
    """Return N photos (H, W, 4) uint8: alpha is the mask, 255 everywhere where the foreground is not known.

    Under and 3 px beyond the soft edge the colours are the foreground's, so that another backdrop shows no fringe of
    the old one. Raises `UnseenError` where there is not one mask per photo.
    """
    if len(images) != len(masks):
        raise UnseenError(f"{len(images)} photos and {len(masks)} masks: find the masks of these photos")

    def read(position: int) -> Uint8Array:
        photo, alpha = images[position], masks[position]
        masked = np.empty((*alpha.shape, 4), np.uint8)
        masked[..., :3] = without_spill(photo[..., :3], alpha)
        masked[..., 3] = alpha
        return masked

    return LazyImages(len(images), read)
