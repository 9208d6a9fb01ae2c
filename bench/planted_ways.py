"""Spoil photos in ways that are a cause each: those of the replays, and others made by other arithmetic.

The others are made by other arithmetic than what `pretrain/spoiling.py` teaches and replays undo, but for salt: other
kernels, curves, hues, fills and grounds, in strengths of their own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from unseen.explanation import pixel_ops as ops
from unseen.explanation.causes import Cause
from unseen.explanation.foreground import find_foreground
from unseen.records import Float32Array, Uint8Array

STRENGTHS = (1, 2, 3)
NEAREST, BICUBIC = Image.Resampling.NEAREST, Image.Resampling.BICUBIC
# photo, another photo of another set, strength
Change = Callable[[Uint8Array, Uint8Array, int], Uint8Array]


@dataclass(frozen=True, slots=True)
class Way:
    """cause: what it plants. orientation: the EXIF tag that the file gets, where it gets one. other: see above."""

    cause: Cause
    change: Change
    orientation: int | None = None
    other: bool = False


def _noisy(photo: Uint8Array, deviation: float) -> Uint8Array:
    noise = np.random.default_rng(0).normal(0, deviation, photo.shape).astype(np.float32)
    return ops.to_bytes(photo.astype(np.float32) + noise)


def _salted(photo: Uint8Array, share: float) -> Uint8Array:
    chance, salted = np.random.default_rng(1).random(photo.shape[:2]), photo.copy()
    salted[chance < share / 2], salted[chance > 1 - share / 2] = 0, 255
    return salted


def _shot(photo: Uint8Array, photons: float) -> Uint8Array:
    counted = np.random.default_rng(2).poisson(photo / 255 * photons)
    return ops.to_bytes(counted * (255 / photons))


def _disc(photo: Uint8Array, share: float) -> Uint8Array:
    """Return the photo out of focus: each point becomes a disc."""
    radius = max(2, round(min(photo.shape[:2]) * share))
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return _convolved(photo, (x**2 + y**2 <= radius**2).astype(np.float32))


def _slanted(photo: Uint8Array, share: float) -> Uint8Array:
    """Return the photo moved along a diagonal."""
    return _convolved(photo, np.eye(max(3, round(min(photo.shape[:2]) * share)), dtype=np.float32))


def _convolved(photo: Uint8Array, kernel: Float32Array) -> Uint8Array:
    reach = max(kernel.shape) // 2 + 1
    wide = np.pad(photo.astype(np.float32), ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    around = [np.fft.rfft2(one, axes=(0, 1)) for one in (wide, np.pad(kernel, _up_to(kernel, wide))[..., None])]
    moved = np.fft.irfft2(around[0] * around[1], wide.shape[:2], axes=(0, 1)) / kernel.sum()
    top, left = (reach + side // 2 for side in kernel.shape)
    return ops.to_bytes(moved[top : top + photo.shape[0], left : left + photo.shape[1]])


def _up_to(kernel: Float32Array, wide: Float32Array) -> Sequence[tuple[int, int]]:
    return [(0, there - here) for here, there in zip(kernel.shape, wide.shape, strict=False)]


def _cells(seed: int) -> Change:
    def change(photo: Uint8Array, _: Uint8Array, strength: int) -> Uint8Array:
        height, width = photo.shape[:2]
        rng = np.random.default_rng(seed + strength)
        cells = rng.integers(0, 256, (4 * strength + seed, 5 * strength, 3)).astype(np.uint8)
        how = Image.Resampling.NEAREST if seed % 2 else Image.Resampling.BILINEAR
        return _before(photo, np.asarray(Image.fromarray(cells).resize((width, height), how)))

    return change


def _before(photo: Uint8Array, ground: Uint8Array) -> Uint8Array:
    return ops.blended(photo, ground, find_foreground(photo, None).alpha)


def _clutter(photo: Uint8Array, _: Uint8Array, strength: int) -> Uint8Array:
    """Return the subject before discs and beams of every colour."""
    height, width = photo.shape[:2]
    rng = np.random.default_rng(strength)
    ground = Image.fromarray(ops.blurred(photo, 12))
    pen = ImageDraw.Draw(ground)
    for _each in range(12 * strength):
        x, y, reach = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.04, 0.16) * width
        colour = tuple(rng.integers(0, 256, 3).tolist())
        if rng.random() < 0.5:
            pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)
        else:
            pen.line((x, y, *(rng.uniform(0, 1, 2) * (width, height)).tolist()), fill=colour, width=int(reach / 2) + 1)
    return _before(photo, np.asarray(ground))


def _elsewhere(photo: Uint8Array, other: Uint8Array, strength: int) -> Uint8Array:
    """Return the subject before a strip of another set's photo, where no hand is."""
    high = max(8, other.shape[0] // (4 + strength))
    return _before(photo, ops.resized(other[:high], photo.shape[1], photo.shape[0]))


def _shrunk(photo: Uint8Array, side: int, back: Image.Resampling | None = None) -> Uint8Array:
    height, width = photo.shape[:2]
    small = ops.resized(photo, round(width * side / min(height, width)), round(height * side / min(height, width)))
    return small if back is None else np.asarray(Image.fromarray(small).resize((width, height), back))


def _enlarged(photo: Uint8Array) -> Uint8Array:
    return ops.resized(photo, photo.shape[1] * 5 // 4, photo.shape[0] * 5 // 4)


def _flat(photo: Uint8Array, share: float) -> Uint8Array:
    return ops.resized(photo, photo.shape[1], round(photo.shape[0] * share))


def _mirror_filled(photo: Uint8Array, share: float) -> Uint8Array:
    by = [round(side * share) for side in photo.shape[:2]]
    wide = np.pad(photo, ((by[0],) * 2, (by[1],) * 2, (0, 0)), mode="symmetric")
    return ops.resized(wide, photo.shape[1], photo.shape[0])


def _in_room(photo: Uint8Array, other: Uint8Array, share: float) -> Uint8Array:
    """Return the whole photo small in a larger one, filled softly with the colours of another."""
    height, width = photo.shape[:2]
    ground = Image.fromarray(ops.blurred(ops.resized(other, width, height), 20))
    small = Image.fromarray(ops.resized(photo, round(width * share), round(height * share)))
    ground.paste(small, (round(width * (1 - share) / 2), round(height * (1 - share) / 2)))
    return np.asarray(ground)


def _turned(photo: Uint8Array, degrees: float, fill: int) -> Uint8Array:
    return np.asarray(Image.fromarray(photo).rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(fill,) * 3))


def _hazy(photo: Uint8Array, share: float) -> Uint8Array:
    return ops.to_bytes(photo * np.float32(1 - share) + np.float32(share * 205))


def _on(change: Callable[[Uint8Array, int], Uint8Array]) -> Change:
    return lambda photo, _, strength: change(photo, strength)


def _values(photo: Uint8Array, mean: float, spread: float) -> Uint8Array:
    return ops.to_bytes((photo.astype(np.float32) / 255 - mean) / spread)


C = Cause
_WAYS: dict[str, tuple[Cause, Change]] = {
    "rotated 15": (C.ROTATED, _on(lambda p, s: ops.rotated(p, (15, 20, 30)[s - 1]))),
    "rotated -30": (C.ROTATED, _on(lambda p, s: ops.rotated(p, -(25, 30, 35)[s - 1]))),
    "rotated 90": (C.ROTATED, _on(lambda p, _: ops.rotated(p, 90))),
    "rotated -90": (C.ROTATED, _on(lambda p, _: ops.rotated(p, -90))),
    "rotated 180": (C.ROTATED, _on(lambda p, _: ops.rotated(p, 180))),
    "mirrored": (C.MIRRORED, _on(lambda p, _: np.ascontiguousarray(p[:, ::-1]))),
    "BGR": (C.CHANNELS_SWAPPED, _on(lambda p, _: np.ascontiguousarray(p[..., ::-1]))),
    "values 0 to 1": (C.VALUE_RANGE, _on(lambda p, _: np.rint(p / 255).astype(np.uint8))),
    "negative": (C.NEGATIVE, _on(lambda p, _: 255 - p)),
    "dark": (C.TOO_DARK, _on(lambda p, s: ops.gained(p, [(0.35, 0.2, 0.1)[s - 1]] * 3))),
    "dark shadows": (C.TOO_DARK, _on(lambda p, s: ops.gamma(p, (2.2, 3.5, 5)[s - 1]))),
    "bright": (C.TOO_BRIGHT, _on(lambda p, s: ops.gained(p, [(1.8, 2.5, 3.5)[s - 1]] * 3))),
    "bright shadows": (C.TOO_BRIGHT, _on(lambda p, s: ops.gamma(p, (0.5, 0.35, 0.2)[s - 1]))),
    "low contrast": (C.LOW_CONTRAST, _on(lambda p, s: ops.contrast(p, (0.35, 0.2, 0.1)[s - 1]))),
    "warm": (C.COLOUR_CAST, _on(lambda p, s: ops.gained(p, (1, 1 - 0.2 * s, 1 - 0.3 * s)))),
    "cold": (C.COLOUR_CAST, _on(lambda p, s: ops.gained(p, (1 - 0.25 * s, 1 - 0.12 * s, 1)))),
    "green": (C.COLOUR_CAST, _on(lambda p, s: ops.gained(p, (1 - 0.2 * s, 1, 1 - 0.2 * s)))),
    "grey": (C.NO_COLOUR, _on(lambda p, _: ops.grey(p))),
    "blurred": (C.BLURRED, _on(lambda p, s: ops.blurred(p, min(p.shape[:2]) * (0.02, 0.04, 0.07)[s - 1]))),
    "noisy": (C.NOISY, _on(lambda p, s: _noisy(p, (30, 60, 100)[s - 1]))),
    "JPEG": (C.JPEG, _on(lambda p, s: ops.as_jpeg(p, (8, 4, 1)[s - 1]))),
    "few pixels": (C.LOW_RESOLUTION, _on(lambda p, s: _shrunk(p, (28, 20, 14)[s - 1]))),
    "far": (C.TOO_FAR, _on(lambda p, s: ops.window(p, (-0.2 * s, -0.2 * s, 1 + 0.2 * s, 1 + 0.2 * s)))),
    "close": (C.TOO_CLOSE, _on(lambda p, s: ops.window(p, (0.1 * s, 0.1 * s, 1 - 0.1 * s, 1 - 0.1 * s)))),
    "squashed": (
        C.SQUASHED, _on(lambda p, s: ops.resized(p, round(p.shape[1] * (0.75, 0.6, 0.5)[s - 1]), p.shape[0])),
    ),
    "room": (C.BACKGROUND, _cells(2)),
    "wall of tiles": (C.BACKGROUND, _cells(3)),
}  # fmt: skip
_OTHERS: dict[str, tuple[Cause, Change]] = {
    "turned 40, black corners": (C.ROTATED, _on(lambda p, s: _turned(p, 18 + 11 * s, 0))),
    "turned -20, white corners": (C.ROTATED, _on(lambda p, s: _turned(p, -8 - 12 * s, 255))),
    "values -1 to 1": (C.VALUE_RANGE, _on(lambda p, _: _values(p, 0.5, 0.5))),
    "ImageNet's mean": (C.VALUE_RANGE, _on(lambda p, _: _values(p, 0.45, 0.226))),
    "dark, flat": (C.TOO_DARK, _on(lambda p, s: ops.gained(ops.gamma(p, 1.4), [(0.5, 0.3, 0.16)[s - 1]] * 3))),
    "washed out": (C.TOO_BRIGHT, _on(lambda p, s: ops.to_bytes(p * np.float32(1.1) + np.float32(40 + 35 * s)))),
    "haze": (C.LOW_CONTRAST, _on(lambda p, s: _hazy(p, (0.65, 0.8, 0.9)[s - 1]))),
    "hard light": (C.HIGH_CONTRAST, _on(lambda p, s: ops.contrast(p, (1.9, 2.6, 3.8)[s - 1]))),
    "violet": (C.COLOUR_CAST, _on(lambda p, s: ops.gained(p, (1, 1 - 0.22 * s, 1)))),
    "sodium lamp": (C.COLOUR_CAST, _on(lambda p, s: ops.gained(p, (1.15, 1 - 0.1 * s, (0.55, 0.35, 0.15)[s - 1])))),
    "cyan": (C.COLOUR_CAST, _on(lambda p, s: ops.gained(p, ((0.6, 0.4, 0.2)[s - 1], 1, 1)))),
    "out of focus": (C.BLURRED, _on(lambda p, s: _disc(p, (0.025, 0.05, 0.08)[s - 1]))),
    "shaken": (C.BLURRED, _on(lambda p, s: _slanted(p, (0.08, 0.14, 0.2)[s - 1]))),
    "salt": (C.NOISY, _on(lambda p, s: _salted(p, (0.06, 0.14, 0.28)[s - 1]))),
    "shot noise": (C.NOISY, _on(lambda p, s: _shot(p, (24, 10, 4)[s - 1]))),
    "JPEG, enlarged": (
        C.JPEG, _on(lambda p, s: _enlarged(ops.as_jpeg(p, (10, 6, 3)[s - 1]))),
    ),
    "few pixels, in squares": (C.LOW_RESOLUTION, _on(lambda p, s: _shrunk(p, (32, 24, 16)[s - 1], NEAREST))),
    "few pixels, smooth": (C.LOW_RESOLUTION, _on(lambda p, s: _shrunk(p, (26, 18, 12)[s - 1], BICUBIC))),
    "far, mirrored edge": (C.TOO_FAR, _on(lambda p, s: _mirror_filled(p, 0.22 * s))),
    "far, in a room": (C.TOO_FAR, lambda p, o, s: _in_room(p, o, (0.65, 0.5, 0.4)[s - 1])),
    "hand cut off": (C.TOO_CLOSE, _on(lambda p, s: ops.window(p, (0, 0.12 * s, 1 - 0.12 * s, 1)))),
    "squashed flat": (C.SQUASHED, _on(lambda p, s: _flat(p, (0.7, 0.55, 0.45)[s - 1]))),
    "clutter": (C.BACKGROUND, _clutter),
    "another set's wall": (C.BACKGROUND, _elsewhere),
}  # fmt: skip
WAYS: dict[str, Way] = {
    **{name: Way(cause, change) for name, (cause, change) in _WAYS.items()},
    "wrong EXIF tag": Way(C.EXIF_IGNORED, _on(lambda p, _: p), 6),
    **{name: Way(cause, change, None, True) for name, (cause, change) in _OTHERS.items()},
}
