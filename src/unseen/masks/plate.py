"""Find the backdrop that a static camera saw behind a moving foreground, called a plate.

The median of each pixel over a burst is the backdrop if the foreground covers it in less than half of the photos.
"""

from collections import defaultdict
from collections.abc import Sequence

import cv2
import numpy as np

from unseen.masks.backdrop import MIN_NOISE, Backdrop, layer_distance, to_lab
from unseen.masks.border import strip_of
from unseen.records import Float32Array, Images

MIN_PHOTOS = 6  # a median over fewer still shows the foreground
MAX_PHOTOS = 24  # spread over the burst; more change nothing
EXPLAINED = 6.0  # Lab units: a pixel as near is explained by the plate
STILL = 0.6  # share of a photo, and of its edge, that the plate explains if the camera did not move
MIN_STILL = 0.8  # of the photos
LIGHT = (0.8, 1.25)  # how far a photo's exposure may be from the plate's


def find_plates(pixels: Images, groups: Sequence[str]) -> list[Float32Array | None]:
    """Return the plate of each photo's group, (H, W, 3) float32 (L + 16, a, b), `None` where there is none.

    groups: a name a photo. Only photos of one shape share a plate; photos of one group share one array.
    """
    members: dict[tuple[str, int, int], list[int]] = defaultdict(list)
    for i, group in enumerate(groups):
        members[(group, *pixels[i].shape[:2])].append(i)
    plates: list[Float32Array | None] = [None] * len(groups)
    for positions in members.values():
        if len(positions) >= MIN_PHOTOS:
            plate = _plate(pixels, positions)
            for i in positions:
                plates[i] = plate
    return plates


def _plate(pixels: Images, positions: Sequence[int]) -> Float32Array | None:
    chosen = [positions[int(i)] for i in np.linspace(0, len(positions) - 1, min(len(positions), MAX_PHOTOS))]
    stack = np.stack([pixels[i][..., :3] for i in chosen])  # (n, H, W, 3) uint8
    plate = to_lab(np.median(stack, axis=0).astype(np.uint8))
    strip = strip_of(*plate.shape[:2])
    still = 0
    for photo in stack:
        same = layer_distance(to_lab(photo), plate)[0] < EXPLAINED
        still += same.mean() >= STILL and same[strip].mean() >= STILL
    return plate if still >= MIN_STILL * len(stack) else None


def plate_backdrop(plate: Float32Array, lab: Float32Array) -> Backdrop:
    """Return the backdrop of a photo (H, W, 3) `lab` by its plate, in the light of this photo."""
    strip = strip_of(*lab.shape[:2])
    shown, expected = lab[strip], plate[strip]
    light = (shown * expected).sum(axis=-1) / np.maximum((expected * expected).sum(axis=-1), 1)
    relit = plate * np.float32(np.clip(np.median(light), *LIGHT))
    distance = layer_distance(np.asarray(cv2.GaussianBlur(lab, (0, 0), 0.7), np.float32)[strip], relit[strip])[0]
    near = distance[distance < EXPLAINED]
    noise = max(MIN_NOISE, float(np.percentile(near, 68))) if len(near) else MIN_NOISE
    return Backdrop((relit,), (noise,), float((distance < EXPLAINED).mean()))
