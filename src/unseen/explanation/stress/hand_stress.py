"""What hands in front of cameras meet beside the published corruptions, in three severities each."""

from collections.abc import Callable, Mapping

import numpy as np

from unseen.explanation import pixel_ops as ops
from unseen.explanation.foreground import Foreground
from unseen.explanation.measures.photo_measures import LUMA
from unseen.records import Uint8Array

SEVERITIES = (1, 2, 3)
Change = Callable[[Uint8Array, Foreground, int, int], Uint8Array]
# The orbs of the Monk Skin Tone scale (Monk, 2019), sRGB, lightest first; hands are recoloured to three of them.
MONK_SCALE = (
    (0xF6, 0xED, 0xE4), (0xF3, 0xE7, 0xDB), (0xF7, 0xEA, 0xD0), (0xEA, 0xDA, 0xBA), (0xD7, 0xBD, 0x96),
    (0xA0, 0x7E, 0x56), (0x82, 0x5C, 0x43), (0x60, 0x41, 0x34), (0x3A, 0x31, 0x2A), (0x29, 0x24, 0x20),
)  # fmt: skip
MONK = MONK_SCALE[1], MONK_SCALE[5], MONK_SCALE[8]


def _room(photo: Uint8Array, foreground: Foreground, severity: int, seed: int) -> Uint8Array:
    """Return the subject before another room, of ever smaller things."""
    rough = np.random.default_rng(seed).integers(30, 226, (3 * severity, 4 * severity, 3)).astype(np.uint8)
    ground = ops.resized(rough, photo.shape[1], photo.shape[0])
    return ops.blended(photo, ground, foreground.alpha)


def _skin(photo: Uint8Array, foreground: Foreground, severity: int, _: int) -> Uint8Array:
    """Return the subject in a tone of the Monk scale: its light and its colour moved to the tone's, in logarithms."""
    alpha = foreground.alpha
    mean = (photo * alpha[..., None]).sum(axis=(0, 1)) / (alpha.sum() + 1e-6)
    tone = np.array(MONK[severity - 1], np.float64)
    # a light hand is as light as the photo lets it be
    gains = tone / (mean + 1)
    gains = np.clip(gains / max(1.0, float((tone @ LUMA) / 235)), 0.15, 2.5)
    return ops.blended(ops.gained(photo, gains.tolist()), photo, alpha)


def _moved(photo: Uint8Array, _: Foreground, severity: int, seed: int) -> Uint8Array:
    share = (0.1, 0.2, 0.3)[severity - 1]
    x, y = np.random.default_rng(seed).choice((-share, share), 2)
    return ops.window(photo, (x, y, 1 + x, 1 + y))


def _face(photo: Uint8Array, _: Foreground, severity: int, __: int) -> Uint8Array:
    """Return the photo widened by a head-like oval of skin colour beside the subject."""
    height, width = photo.shape[:2]
    wide = np.pad(photo, ((0, 0), (0, width // 2), (0, 0)), mode="edge")
    y, x = np.mgrid[:height, : wide.shape[1]]
    half = height * (0.2, 0.27, 0.34)[severity - 1]
    away = ((x - width * 1.2) / (0.75 * half)) ** 2 + ((y - height * 0.4) / half) ** 2
    shade = (1 - 0.25 * away.clip(0, 1))[..., None] * np.array([205, 160, 135])
    features = (((x - width * 1.2) / (0.3 * half)) ** 2 - 1) ** 2 * 4 + ((y - height * 0.36) / (0.12 * half)) ** 2 < 0.6
    return np.where(away[..., None] < 1, np.where(features[..., None], 60, shade), wide).astype(np.uint8)


def _plain(change: Callable[[Uint8Array, int], Uint8Array]) -> Change:
    return lambda photo, _, severity, __: change(photo, severity)


HAND_STRESS: Mapping[str, Change] = {
    "other rooms": _room,
    "seen from farther": _plain(lambda p, s: ops.window(p, (-0.2 * s, -0.2 * s, 1 + 0.2 * s, 1 + 0.2 * s))),
    "elsewhere in the photo": _moved,
    "rotated": _plain(lambda p, s: ops.rotated(p, (10, 20, 30)[s - 1])),
    "the other hand": _plain(lambda p, _: np.ascontiguousarray(p[:, ::-1])),
    "under-exposed": _plain(lambda p, s: ops.gained(p, [(0.6, 0.4, 0.2)[s - 1]] * 3)),
    "over-exposed": _plain(lambda p, s: ops.gained(p, [(1.4, 1.8, 2.5)[s - 1]] * 3)),
    "warm light": _plain(lambda p, s: ops.gained(p, (1, 1 - 0.12 * s, 1 - 0.25 * s))),
    "cold light": _plain(lambda p, s: ops.gained(p, (1 - 0.2 * s, 1 - 0.1 * s, 1))),
    "few pixels": _plain(lambda p, s: ops.coarse(p, (56, 40, 28)[s - 1])),
    "a face beside the hand": _face,
    "another skin tone": _skin,
}
