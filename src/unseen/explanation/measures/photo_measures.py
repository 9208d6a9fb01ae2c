"""Measure what a photo is like as a picture: light, colour, detail; for causes that need no replay to be seen."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from unseen.explanation.foreground import Foreground
from unseen.explanation.measures.enlarged import enlarged
from unseen.records import Float32Array, Uint8Array

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
BLOCK_PX = 8  # of JPEG
SHORTEST_PX, LONGEST_PX = 6, 24  # of its blocks in photos of another size
_LEAST = 1.0  # grey levels below which a ratio says nothing


class Measure(StrEnum):
    """One number of a photo; see `measure_photo`."""

    BRIGHTNESS = "brightness"
    CONTRAST = "contrast"
    TOP = "top"
    SATURATION = "saturation"
    WARMTH = "warmth"
    GREENNESS = "greenness"
    SHARPNESS = "sharpness"
    NOISE = "noise"
    BLOCKS = "blocks"
    STEPS = "steps"
    SHORT_SIDE = "short_side"
    BORDER_LIGHT = "border_light"
    BORDER_DETAIL = "border_detail"
    SUBJECT = "subject"
    ASPECT = "aspect"
    STREAKS = "streaks"
    SLOPES = "slopes"
    BOTTOM = "bottom"
    BLOWN = "blown"
    CRUSHED = "crushed"
    WHOLE_WARMTH = "whole_warmth"
    WHOLE_GREENNESS = "whole_greenness"
    TOP_WARMTH = "top_warmth"
    TOP_GREENNESS = "top_greenness"
    ENLARGED = "enlarged"


class Telling(StrEnum):
    """One more number, which needs no knowledge of what is usual for it: old bundles keep nothing of these."""

    NEGATIVE_WARMTH = "negative_warmth"
    NEGATIVE_GREENNESS = "negative_greenness"
    NEGATIVE_WHOLE_WARMTH = "negative_whole_warmth"
    NEGATIVE_WHOLE_GREENNESS = "negative_whole_greenness"
    GRID = "grid"


# What the colours of a photo's negative are compared with.
OF_NEGATIVE = {
    Telling.NEGATIVE_WARMTH: Measure.WARMTH,
    Telling.NEGATIVE_GREENNESS: Measure.GREENNESS,
    Telling.NEGATIVE_WHOLE_WARMTH: Measure.WHOLE_WARMTH,
    Telling.NEGATIVE_WHOLE_GREENNESS: Measure.WHOLE_GREENNESS,
}
NUMBERS: tuple[str, ...] = (*Measure, *Telling)


def measure_photo(photo: Uint8Array, foreground: Foreground) -> dict[str, float]:
    """Return every `Measure` and `Telling` of a photo (H, W, 3) uint8.

    Brightness and border light are mean grey levels as shares; contrast the deviation of the subject's light over its
    mean; top the 99.9th percentile; saturation the spread of channels over the largest; warmth and greenness logarithms
    of red over blue and of green over both, on the subject, of the whole photo, and of each channel's 99th percentile;
    bottom the 1st percentile; blown and crushed the shares of values at either end; sharpness fine gradients over
    coarse ones; noise the median of the finest detail; blocks what the grid of JPEG stands out; steps the share of
    columns that repeat; subject the share of the photo that it takes; short side and aspect (width over height)
    logarithms to base 2; streaks the share of the border that goes on as it is inwards, as where a photo was continued
    beyond its edge; slopes the share of strong gradients that are straight, and enlarged (`enlarged.py`), as where few
    pixels were made many. Of the photo's negative warmth and greenness again; grid how much edges stand out that come
    again at one distance, whatever it is, as those of JPEG's blocks do in a photo that was made larger or smaller.
    """
    values = photo.astype(np.float32)
    light = values @ LUMA
    alpha = foreground.alpha
    red, green, blue = (float((values[..., i] * alpha).sum() / (alpha.sum() + 1e-6)) for i in range(3))
    # of planes: over an axis of three NumPy takes twenty times as long
    first, second, third = (values[..., i] for i in range(3))
    most = np.maximum(np.maximum(first, second), third)
    least = np.minimum(np.minimum(first, second), third)
    some = values[::2, ::2].reshape(-1, 3)
    bottoms, tops = np.quantile(some, [0.01, 0.99], axis=0).tolist()
    border = np.concatenate([light[:4].ravel(), light[-4:].ravel(), light[:, :4].ravel(), light[:, -4:].ravel()])
    inner = light[alpha > 0.5] if (alpha > 0.5).any() else light
    ground = light[alpha < 0.3] if (alpha < 0.3).any() else border
    whole = some.mean(axis=0).tolist()
    found: dict[Measure | Telling, float] = {
        Measure.BRIGHTNESS: float(light.mean()) / 255,
        Measure.CONTRAST: float(inner.std()) / (float(inner.mean()) + 8),
        Measure.TOP: float(np.quantile(most, 0.999)) / 255,
        Measure.SATURATION: float(((most - least) / (most + 8)).mean()),
        Measure.BOTTOM: min(bottoms) / 255,
        Measure.BLOWN: float((some >= 254).mean()),
        Measure.CRUSHED: float((some <= 3).mean()),
        **_tint((red, green, blue), Measure.WARMTH, Measure.GREENNESS),
        **_tint(whole, Measure.WHOLE_WARMTH, Measure.WHOLE_GREENNESS),
        **_tint(_negative((red, green, blue)), Telling.NEGATIVE_WARMTH, Telling.NEGATIVE_GREENNESS),
        **_tint(_negative(whole), Telling.NEGATIVE_WHOLE_WARMTH, Telling.NEGATIVE_WHOLE_GREENNESS),
        **_tint(tops, Measure.TOP_WARMTH, Measure.TOP_GREENNESS),
        Measure.SHORT_SIDE: float(np.log2(min(photo.shape[:2]))),
        Measure.ASPECT: float(np.log2(photo.shape[1] / photo.shape[0])),
        Measure.STREAKS: _streaks(light),
        Measure.BORDER_LIGHT: float(ground.mean()) / 255,
        Measure.BORDER_DETAIL: float(ground.std()) / 255,
        Measure.SUBJECT: float(alpha.mean()),
        Measure.ENLARGED: enlarged(light),
        **_detail(light),
    }
    return {str(name): value for name, value in found.items()}


def _negative(colour: Sequence[float]) -> list[float]:
    return [255 - value for value in colour]


def _tint(colour: Sequence[float], warm: Measure | Telling, green: Measure | Telling) -> dict[Measure | Telling, float]:
    """Return how warm and how green a colour is."""
    red, middle, blue = (value + _LEAST for value in colour)
    return {warm: float(np.log(red / blue)), green: float(np.log(middle / np.sqrt(red * blue)))}


def _detail(light: Float32Array) -> dict[Measure | Telling, float]:
    """Measure the finest detail of a photo's light (H, W) in 0..255."""
    if min(light.shape) < 2 * BLOCK_PX:
        names = Measure.NOISE, Measure.BLOCKS, Measure.STEPS, Measure.SLOPES, Telling.GRID
        return {Measure.SHARPNESS: 0.5, **dict.fromkeys(names, 0.0)}
    across = np.abs(np.diff(light, axis=1))
    halves = light[: light.shape[0] // 2 * 2, : light.shape[1] // 2 * 2]
    halves = halves.reshape(halves.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3))
    coarse = np.abs(np.diff(halves, axis=1))
    finest = np.abs(light[1:-1, 1:-1] * 2 - light[1:-1, :-2] - light[1:-1, 2:])
    spread = float(np.quantile(coarse, 0.98)) + _LEAST
    # in the middle, where the subject is: a plain wall repeats, too
    by_column = across[:, across.shape[1] // 4 : -(across.shape[1] // 4)].mean(axis=0)
    strong = across[1:-1, 1:] > max(float(np.quantile(across, 0.8)), 3.0)
    return {
        Measure.SLOPES: float((finest <= 1)[strong].mean()) if strong.any() else 0.0,
        Measure.SHARPNESS: float(np.quantile(across, 0.98)) / spread,
        Measure.NOISE: float(np.median(finest)),
        Measure.BLOCKS: _blocks(across),
        Measure.STEPS: float((by_column < 0.1 * by_column.mean()).mean()),
        Telling.GRID: (_grid(across) + _grid(np.abs(np.diff(light, axis=0)).T)) / 2,
    }


def _streaks(light: Float32Array) -> float:
    """Return the share of border pixels whose next ones inwards, a twentieth of the side, have the same light."""
    depth = max(2, min(light.shape) // 20)
    if min(light.shape) <= 2 * depth:
        return 0.0
    sides = (light[:depth], light[-depth:], light[:, :depth].T, light[:, -depth:].T)
    return float(np.mean(np.concatenate([np.ptp(side, axis=0) < 1 for side in sides])))


def _blocks(across: Float32Array) -> float:
    """Return how much more neighbours differ across the grid of JPEG than elsewhere, as a logarithm."""
    columns = np.arange(across.shape[1])
    # second differences of the gradient tell a step from a slope
    steps = across - (np.roll(across, 1, axis=1) + np.roll(across, -1, axis=1)) / 2
    on = columns % BLOCK_PX == BLOCK_PX - 1
    inner = (columns > 0) & (columns < across.shape[1] - 1)
    level = float(across.mean()) + 0.5
    # the grid is everywhere, and nothing beside it stands out: stripes that lie on some of its lines are none
    by_column = steps.mean(axis=0)
    return float((np.quantile(by_column[on & inner], 0.3) - np.median(by_column[~on & inner])) / level)


def _grid(across: Float32Array) -> float:
    """Return how much the weakest of three harmonics of some distance stands out of the spectrum, as a logarithm."""
    steps = (across - (np.roll(across, 1, axis=1) + np.roll(across, -1, axis=1)) / 2)[:, 1:-1].mean(axis=0)
    spectrum = np.abs(np.fft.rfft((steps - steps.mean()) * np.hanning(len(steps))))
    first = np.arange(len(steps) // LONGEST_PX + 1, len(steps) // SHORTEST_PX)
    if not len(first):
        return 0.0
    # a harmonic of a distance that is no whole number of steps lies between two of them
    near = np.maximum.reduce([spectrum, np.roll(spectrum, 1), np.roll(spectrum, -1)])
    weakest = np.minimum.reduce([spectrum[first], near[2 * first], near[3 * first]])
    return float(np.log((weakest.max() + 1e-3) / (float(np.median(spectrum)) + 1e-2)))
