"""Make the edge of a mask soft: alpha by how each pixel mixes the colours of its two sides."""

import cv2
import numpy as np

from unseen.masks.backdrop import DOT
from unseen.records import BoolArray, Float32Array, Uint8Array

BAND = 0.013  # of the short side: how far from the mask's edge alpha may be soft
RINGING = 0.1  # alpha below it is 0, above 1 - RINGING is 1: what JPEG leaves beside an edge
VALLEY = 0.25  # how deep the normalised distance falls in a gap between fingers
FOREGROUND = (0.3, 0.85)  # normalised distances from which a pixel may be, and is, all foreground
SAME_COLOUR = 25.0  # grey levels between the two sides below which their mixture says little


def soft_edge(rgb: Uint8Array, mask: BoolArray, behind: BoolArray, distance: Float32Array) -> Float32Array:
    """Return alpha (H, W) float32: each pixel near the edge as a mixture of the colours on its two sides.

    behind: (H, W) bool, certainly backdrop by its colour. distance: (H, W) float32, normalised: how much the pixel
    differs from the backdrop in the same light, 1 for a typical pixel of the foreground. The two colours are those of
    the nearest pixels certainly inside and certainly outside, so that shadows and shading go with them.
    """
    reach = max(2, round(BAND * min(mask.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    solid = mask.astype(np.uint8)
    wide = cv2.copyMakeBorder(solid, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    crop = (slice(reach, -reach), slice(reach, -reach))
    # Gaps between fingers that are narrower than the mask can follow: valleys of the distance.
    gaps = cv2.morphologyEx(distance, cv2.MORPH_BLACKHAT, np.ones((5, 5), np.uint8)) > VALLEY
    inside = (cv2.erode(wide, disc)[crop] > 0) & ~(gaps & (distance < FOREGROUND[0]))
    outside = (cv2.dilate(wide, disc)[crop] == 0) | (~mask & behind)
    if not inside.any() or not outside.any():
        return mask.astype(np.float32)
    band = ~(inside | outside)
    here, colours = distance[band], rgb.astype(np.float32)
    within, beyond = nearest_colour(colours, inside, band), nearest_colour(colours, outside, band)
    apart = within - beyond
    contrast = np.einsum(DOT, apart, apart)
    share = np.einsum(DOT, colours[band] - beyond, apart) / np.maximum(contrast, 1)
    share = np.clip((share - RINGING) / (1 - 2 * RINGING), 0, 1)
    # A finger's dark side is no mixture with felt: in its own light it differs as much as the rest of the hand.
    share = np.maximum(share, np.clip((here - FOREGROUND[0]) / (FOREGROUND[1] - FOREGROUND[0]), 0, 1))
    blurred = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 0.8)[band]
    # Where the two sides are nearly of one colour, the mixture says nothing: the mask's own edge, smoothed.
    trust = contrast / (contrast + SAME_COLOUR**2)
    alpha = inside.astype(np.float32)
    alpha[band] = trust * share + (1 - trust) * blurred
    return alpha


def nearest_colour(colours: Float32Array, known: BoolArray, where: BoolArray) -> Float32Array:
    """Return for the n pixels of `where` the smoothed colour of the nearest pixel of `known`, (n, 3) float32."""
    share = known.astype(np.float32)
    weight = cv2.blur(share, (5, 5))
    total = cv2.blur(colours * share[..., None], (5, 5))
    _, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3, labelType=cv2.DIST_LABEL_PIXEL
    )
    places = np.flatnonzero(known)
    lookup = np.zeros(int(labels.max()) + 1, np.int64)
    lookup[labels.ravel()[places]] = places
    nearest = lookup[labels[where]]
    return np.asarray(total.reshape(-1, 3)[nearest] / np.maximum(weight.ravel()[nearest], 1e-6)[:, None], np.float32)
