"""A photo, its mask and how strange each pixel is in; alpha that is soft where the edge is, out."""

import cv2
import numpy as np

from unseen.masks.backdrop import DOT
from unseen.records import BoolArray, Float32Array, Uint8Array

BAND = 0.013  # of the short side: how far from the mask's edge alpha may be soft
RINGING = 0.1  # alpha below it is 0, above 1 - RINGING is 1: what JPEG leaves beside an edge
VALLEY = 0.25  # how deep `keen` falls in a gap between fingers
LIKE_SUBJECT = (0.3, 0.85)  # `keen` from which a pixel may be, and is, all subject
SAME_COLOUR = 25.0  # grey levels between the two sides below which their mixture says little


def soft_edge(rgb: Uint8Array, mask: BoolArray, behind: BoolArray, keen: Float32Array) -> Float32Array:
    """Return alpha (H, W) float32: each pixel near the edge as a mixture of the colours on its two sides.

    behind: (H, W) bool, surely backdrop by its colour. keen: (H, W) float32, how much the pixel differs from the
    backdrop in the same light, 1 for a typical pixel of the subject. The two colours are those of the nearest
    pixels surely inside and surely outside, so that shadows and shading go with them.
    """
    reach = max(2, round(BAND * min(mask.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    solid = mask.astype(np.uint8)
    wide = cv2.copyMakeBorder(solid, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    crop = (slice(reach, -reach), slice(reach, -reach))
    # Gaps between fingers that are narrower than the mask can follow: valleys of `keen`.
    gaps = cv2.morphologyEx(keen, cv2.MORPH_BLACKHAT, np.ones((5, 5), np.uint8)) > VALLEY
    inside = (cv2.erode(wide, disc)[crop] > 0) & ~(gaps & (keen < LIKE_SUBJECT[0]))
    outside = (cv2.dilate(wide, disc)[crop] == 0) | (~mask & behind)
    if not inside.any() or not outside.any():
        return mask.astype(np.float32)
    colours = rgb.astype(np.float32)
    within, beyond = nearest_colour(colours, inside), nearest_colour(colours, outside)
    apart = within - beyond
    contrast = np.einsum(DOT, apart, apart)
    share = np.einsum(DOT, colours - beyond, apart) / np.maximum(contrast, 1)
    share = np.clip((share - RINGING) / (1 - 2 * RINGING), 0, 1)
    # A finger's dark side is no mixture with felt: in its own light it differs as much as the rest of the hand.
    share = np.maximum(share, np.clip((keen - LIKE_SUBJECT[0]) / (LIKE_SUBJECT[1] - LIKE_SUBJECT[0]), 0, 1))
    blurred = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 0.8)
    # Where the two sides are nearly of one colour, the mixture says nothing: the mask's own edge, smoothed.
    trust = contrast / (contrast + SAME_COLOUR**2)
    alpha = trust * share + (1 - trust) * blurred
    alpha[inside] = 1
    alpha[outside] = 0
    return np.asarray(alpha, np.float32)


def nearest_colour(colours: Float32Array, sure: BoolArray) -> Float32Array:
    """Return for each pixel the smoothed colour of the nearest pixel of `sure`, (H, W, 3) float32."""
    share = sure.astype(np.float32)
    weight = cv2.blur(share, (5, 5))
    smooth = cv2.blur(colours * share[..., None], (5, 5)) / np.maximum(weight, 1e-6)[..., None]
    _, labels = cv2.distanceTransformWithLabels(
        (~sure).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3, labelType=cv2.DIST_LABEL_PIXEL
    )
    places = np.flatnonzero(sure)
    lookup = np.zeros(int(labels.max()) + 1, np.int64)
    lookup[labels.ravel()[places]] = places
    return np.asarray(smooth.reshape(-1, 3)[lookup[labels]], np.float32)
