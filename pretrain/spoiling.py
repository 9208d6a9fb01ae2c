"""Spoil photos by chance in every way that is a cause, to teach what each looks like."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from unseen.explanation import pixel_ops as ops
from unseen.explanation.causes import Cause
from unseen.explanation.foreground import find_foreground
from unseen.records import Uint8Array

Change = Callable[[Uint8Array, Uint8Array, np.random.Generator], Uint8Array]
_SMOOTH = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS
FILLS = ("edge", "reflect", "constant")


def _filled(photo: Uint8Array, rng: np.random.Generator, share: float) -> Uint8Array:
    """Return the photo with `share` of its sides added around it."""
    by = [round(side * share) for side in photo.shape[:2]]
    mode = str(rng.choice(FILLS, p=(0.4, 0.2, 0.4)))
    around = [(by[0], by[0]), (by[1], by[1]), (0, 0)]
    if mode != "constant":
        return np.asarray(np.pad(photo, around, mode=mode))  # type: ignore[call-overload]
    whole = np.empty((photo.shape[0] + 2 * by[0], photo.shape[1] + 2 * by[1], 3), np.uint8)
    whole[:] = rng.choice([0, 114, 128, 255, int(photo.mean())])
    whole[by[0] : by[0] + photo.shape[0], by[1] : by[1] + photo.shape[1]] = photo
    return whole


def _within(photo: Uint8Array, other: Uint8Array, rng: np.random.Generator, times: float) -> Uint8Array:
    """Return the photo somewhere in a picture of another set, or of a wall, that is so many times as wide."""
    high, wide = round(photo.shape[0] * times), round(photo.shape[1] * times)
    ground = ops.resized(other, wide, high)
    if rng.random() < 0.3:
        ground = ops.to_bytes(rng.uniform(0, 255, 3) + rng.normal(0, rng.uniform(0, 20), ground.shape))
    elif rng.random() < 0.5:
        ground = ops.blurred(ground, float(rng.uniform(0.02, 0.15)) * wide)
    top, left = (rng.uniform(0.2, 0.8, 2) * (high - photo.shape[0], wide - photo.shape[1])).astype(int).tolist()
    whole = ground.copy()
    whole[top : top + photo.shape[0], left : left + photo.shape[1]] = photo
    return whole


def _rotated(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    if rng.random() < 0.45:
        return np.ascontiguousarray(np.rot90(photo, int(rng.integers(1, 4))))
    degrees = float(rng.uniform(10, 50) * rng.choice([-1, 1]))
    kind = rng.random()
    if kind < 0.4:
        return ops.rotated(photo, round(degrees) or 10)
    fill = (int(rng.choice([0, 114, 255])),) * 3
    turned = Image.fromarray(photo).rotate(degrees, Image.Resampling.BILINEAR, expand=kind > 0.8, fillcolor=fill)
    return np.asarray(turned)


def _far(photo: Uint8Array, other: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    share = float(rng.uniform(0.2, 0.8))
    wide = _within(photo, other, rng, 1 + 2 * share) if rng.random() < 0.3 else _filled(photo, rng, share)
    return ops.resized(wide, photo.shape[1], photo.shape[0]) if rng.random() < 0.6 else wide


def _close(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    sides = np.full(2, rng.uniform(0.35, 0.8)) if rng.random() < 0.7 else rng.uniform(0.4, 0.9, 2)
    least = 0.25 if rng.random() < 0.5 else 0.0  # or cut off at any side
    left, top = ((1 - sides) * rng.uniform(least, 1 - least, 2)).tolist()
    near = ops.window(photo, (left, top, left + sides[0], top + sides[1]))
    return ops.resized(near, photo.shape[1], photo.shape[0]) if rng.random() < 0.5 else near


def _squashed(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    factor = float(rng.uniform(0.4, 0.8))
    high, wide = photo.shape[:2]
    size = (round(wide * factor), high) if rng.random() < 0.7 else (wide, round(high * factor))
    return ops.resized(photo, *size)


def _value_range(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    values = photo.astype(np.float32)
    kind = rng.integers(3)
    if kind == 0:
        return ops.to_bytes(values / 255)
    return ops.to_bytes(values / 127.5 - 1 if kind == 1 else (values / 255 - 0.45) / 0.225)


def _tint(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    gains = np.ones(3)
    while np.ptp(gains) < 0.25:
        gains = rng.uniform(0.1, 1, 3)
        if rng.random() < 0.7:
            gains[int(rng.integers(3))] = 1
    cast = ops.gained(photo, gains.tolist())
    if rng.random() < 0.25:
        return ops.to_bytes(0.6 * photo + 0.4 * 255 * gains / gains.max())
    return cast


def _blur(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    side = min(photo.shape[:2])
    if rng.random() < 0.6:
        return ops.blurred(photo, side * float(rng.uniform(0.012, 0.08)))
    if rng.random() < 0.3:
        return ops.filtered(photo, ImageFilter.BoxBlur(side * float(rng.uniform(0.015, 0.06))))
    length = max(4, round(side * float(rng.uniform(0.05, 0.2))))
    axis = int(rng.integers(2))
    moved = [np.roll(photo, i - length // 2, axis).astype(np.float32) for i in range(length)]
    return ops.to_bytes(np.mean(moved, axis=0))


def _noise(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    kind, values = rng.random(), photo.astype(np.float32)
    if kind < 0.6:
        shape = photo.shape if rng.random() < 0.7 else (*photo.shape[:2], 1)
        return ops.to_bytes(values + rng.normal(0, rng.uniform(15, 110), shape).astype(np.float32))
    if kind < 0.8:
        return ops.to_bytes(values * (1 + rng.normal(0, rng.uniform(0.15, 0.7), photo.shape).astype(np.float32)))
    chance = rng.random(photo.shape[:2])
    share = rng.uniform(0.03, 0.25)
    noisy = photo.copy()
    noisy[chance < share / 2], noisy[chance > 1 - share / 2] = 0, 255
    return noisy


def _few(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    high, wide = photo.shape[:2]
    scale = float(rng.uniform(12, 52)) / min(high, wide)
    small = ops.resized(photo, round(wide * scale), round(high * scale))
    kind = rng.random()
    if kind < 0.4:
        return small
    how = Image.Resampling.NEAREST if kind < 0.65 else _SMOOTH[int(rng.integers(3))]
    return np.asarray(Image.fromarray(small).resize((wide, high), how))


def _ground(photo: Uint8Array, other: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    high, wide = photo.shape[:2]
    kind = rng.integers(7)
    if kind == 0:
        most = 16 if rng.random() < 0.8 else 120
        cells = rng.integers(0, 256, (*rng.integers(3, most, 2), 3)).astype(np.uint8)
        how = Image.Resampling.NEAREST if rng.random() < 0.5 else Image.Resampling.BILINEAR
        ground = np.asarray(Image.fromarray(cells).resize((wide, high), how))
    elif kind == 1:
        ground = np.broadcast_to(rng.integers(0, 256, 3).astype(np.uint8), photo.shape)
    elif kind == 2:
        stripes = (np.arange(max(high, wide)) // int(rng.choice([*range(3, 30), 8, 16, 24, 32]))) % 2
        colours = rng.integers(0, 256, (2, 3)).astype(np.uint8)
        lines = colours[stripes]
        ground = np.broadcast_to(lines[:wide] if rng.random() < 0.5 else lines[:high, None], photo.shape)
    elif kind < 5:
        ground = ops.resized(other[: other.shape[0] * 2 // 3], wide, high)
    else:
        ground = _heaped(other, high, wide, rng)
    return ops.blended(photo, ground, find_foreground(photo, None).alpha)


def _heaped(other: Uint8Array, high: int, wide: int, rng: np.random.Generator) -> Uint8Array:
    """Return things in a heap: patches of a photo and of colours, as large as they come."""
    ground = ops.resized(other[: other.shape[0] // 3], wide, high).copy()
    for _ in range(int(rng.integers(4, 60))):
        height, width = (rng.uniform(0.03, 0.35, 2) * (high, wide)).astype(int) + 1
        top, left = int(rng.integers(high)), int(rng.integers(wide))
        y, x = int(rng.integers(other.shape[0])), int(rng.integers(other.shape[1]))
        patch = ops.resized(np.ascontiguousarray(other[y : y + height, x : x + width]), int(width), int(height))
        shade = rng.uniform(0.2, 1.6, 3).astype(np.float32) if rng.random() < 0.5 else np.float32(1)
        spot = ground[top : top + height, left : left + width]
        spot[:] = ops.to_bytes(patch[: spot.shape[0], : spot.shape[1]] * shade)
    return ground


def _nothing(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    if rng.random() < 0.6:
        return photo
    varied = ops.gained(photo, (rng.uniform(0.88, 1.12) * rng.uniform(0.97, 1.03, 3)).tolist())
    return ops.as_jpeg(varied, int(rng.integers(50, 95))) if rng.random() < 0.5 else varied


def _dark(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    if rng.random() < 0.4:
        return ops.gamma(photo, float(rng.uniform(1.8, 6)))
    return ops.gained(photo, [float(np.exp(rng.uniform(-2.8, -0.6)))] * 3)


def _bright(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    kind = rng.random()
    if kind < 0.4:
        return ops.gamma(photo, float(rng.uniform(0.12, 0.6)))
    if kind < 0.6:
        return ops.to_bytes(photo + np.float32(rng.uniform(50, 150)))
    return ops.gained(photo, [float(rng.uniform(1.5, 4.5))] * 3)


def _flat(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    factor = float(rng.uniform(0.06, 0.45))
    if rng.random() < 0.3:  # haze
        return ops.to_bytes(photo * np.float32(factor) + np.float32((1 - factor) * rng.uniform(150, 230)))
    return ops.contrast(photo, factor)


def _compressed(photo: Uint8Array, _: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    blocks = ops.as_jpeg(photo, int(rng.integers(1, 18)))
    if rng.random() < 0.7:
        return blocks
    times = float(rng.uniform(0.75, 1.5))
    return ops.resized(blocks, round(blocks.shape[1] * times), round(blocks.shape[0] * times))


SPOILED: dict[str, Change] = {
    "nothing": _nothing,
    Cause.BACKGROUND: _ground,
    Cause.ROTATED: _rotated,
    Cause.MIRRORED: lambda p, *_: np.ascontiguousarray(p[:, ::-1]),
    Cause.TOO_FAR: _far,
    Cause.TOO_CLOSE: _close,
    Cause.SQUASHED: _squashed,
    Cause.CHANNELS_SWAPPED: lambda p, *_: np.ascontiguousarray(p[..., ::-1]),
    Cause.VALUE_RANGE: _value_range,
    Cause.NEGATIVE: lambda p, *_: 255 - p,
    Cause.TOO_DARK: _dark,
    Cause.TOO_BRIGHT: _bright,
    Cause.LOW_CONTRAST: _flat,
    Cause.HIGH_CONTRAST: lambda p, _, r: ops.contrast(p, float(r.uniform(1.7, 4))),
    Cause.COLOUR_CAST: _tint,
    Cause.NO_COLOUR: lambda p, *_: ops.grey(p),
    Cause.BLURRED: _blur,
    Cause.NOISY: _noise,
    Cause.JPEG: _compressed,
    Cause.LOW_RESOLUTION: _few,
}


def saved(photo: Uint8Array, rng: np.random.Generator) -> Uint8Array:
    """Return a photo as it comes out of a file: some are compressed once more, as is usual."""
    return ops.as_jpeg(photo, int(rng.integers(70, 97))) if rng.random() < 0.35 else photo


def other_room(rng: np.random.Generator) -> Callable[[Uint8Array], Uint8Array]:
    """Draw a room: return what photos of a whole set look like there, before a cloth of one colour, in its light."""
    colour = rng.integers(20, 236, 3).astype(np.float32)
    cloth, texture = rng.random() < 0.7, float(rng.uniform(0.2, 0.8))
    gains, exponent = rng.uniform(0.75, 1.15, 3).tolist(), float(np.exp(rng.uniform(-0.4, 0.4)))

    def taken(photo: Uint8Array) -> Uint8Array:
        if cloth:
            light = ops.grey(photo).astype(np.float32)
            ground = ops.to_bytes(colour * (1 + texture * (light / max(float(light.mean()), 1.0) - 1)))
            photo = ops.blended(photo, ground, find_foreground(photo, None).alpha)
        return ops.gained(ops.gamma(photo, exponent), gains)

    return taken


def other_shape(rng: np.random.Generator) -> Callable[[Uint8Array], Uint8Array]:
    """Draw the shape of a camera's photos: return the middle of a photo, as wide and as high as that."""
    aspect = float(rng.choice([9 / 16, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 16 / 9]))

    def taken(photo: Uint8Array) -> Uint8Array:
        high, wide = photo.shape[:2]
        down, across = (1.0, aspect * high / wide) if aspect * high < wide else (wide / aspect / high, 1.0)
        return ops.window(photo, ((1 - across) / 2, (1 - down) / 2, (1 + across) / 2, (1 + down) / 2))

    return taken
