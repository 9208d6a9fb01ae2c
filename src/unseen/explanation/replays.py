"""The one list of counterfactual replays: a photo with one thing changed, to see whether the answer moves.

Each undoes one cause, or as much of it as can be undone. Where it can, a replay changes the photo towards what photos
of training are like (`Usual`): one that is like them already hardly changes. NumPy and Pillow alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import ImageFilter

from unseen.explanation import pixel_ops as ops
from unseen.explanation.causes import Cause
from unseen.explanation.foreground import Foreground
from unseen.explanation.measures.photo_measures import LUMA, Measure
from unseen.explanation.measures.usual_values import Usual
from unseen.explanation.places import Box, Places, mirror, stay, turn
from unseen.records import Float32Array, Uint8Array


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo as replays need it.

    photo: (H, W, 3) uint8, upright. stored: as its file holds it, where EXIF turns it. box: where the subject is.
    measures: of this photo, by `Measure`. usual: what training's photos are like. gains: of `PhotoLayouts`, `None`
    where training's are not known; similar: what they come from; own_gains: of photos of the class that it should be.
    jpeg_quality: as its file states it, 1 to 100.
    """

    photo: Uint8Array
    foreground: Foreground
    measures: dict[str, float]
    usual: Usual
    box: Box | None = None
    stored: Uint8Array | None = None
    gains: Mapping[str, float] | None = None
    jpeg_quality: float | None = None
    similar: tuple[Float32Array, ...] | None = None
    own_gains: Mapping[str, float] | None = None


Change = Callable[[Seen], Uint8Array | None]


@dataclass(frozen=True, slots=True)
class Replay:
    """One change. name: a stable key. cause: what it undoes. text: the photo after it, as in "before a plain wall".

    size: how much it changes what a person sees, 0 to 1. change: returns `None` where it does not apply to a photo.
    tells: undoes a cause; else it only shows what the answer hangs on. places: where it moves things; `None` where the
    subject has to be looked for again.
    """

    name: str
    cause: Cause
    text: str
    size: float
    change: Change
    tells: bool = True
    places: Places | None = stay


def _exposed(seen: Seen) -> Uint8Array:
    gain = seen.usual.middle(Measure.BRIGHTNESS) / max(seen.measures[Measure.BRIGHTNESS], 1e-3)
    return ops.gained(seen.photo, [float(np.clip(gain, 0.1, 12))] * 3)


def _curved(seen: Seen) -> Uint8Array:
    have, want = seen.measures[Measure.BRIGHTNESS], seen.usual.middle(Measure.BRIGHTNESS)
    logs = np.log(np.clip([have, want], 0.02, 0.98))
    return ops.gamma(seen.photo, float(np.clip(logs[1] / logs[0], 0.2, 5)))


def _only(darker: bool, change: Callable[[Seen], Uint8Array]) -> Change:
    """Apply `change` to photos that it makes darker, or to those it makes lighter."""
    return lambda seen: (
        change(seen) if (seen.measures[Measure.BRIGHTNESS] > seen.usual.middle(Measure.BRIGHTNESS)) is darker else None
    )


def _usual_contrast(higher: bool) -> Change:
    def change(seen: Seen) -> Uint8Array | None:
        factor = seen.usual.middle(Measure.CONTRAST) / max(seen.measures[Measure.CONTRAST], 1e-2)
        return ops.contrast(seen.photo, float(np.clip(factor, 0.25, 8))) if (factor > 1) is higher else None

    return change


def _stretched(seen: Seen) -> Uint8Array:
    low, high = np.quantile(seen.photo, [0.005, 0.995])
    return ops.stretched(seen.photo, float(low), float(high))


def _full_range(seen: Seen) -> Uint8Array | None:
    """Return a photo whose values were scaled to 0..1, or -1..1 and cut off, at 0..255 again."""
    top = int(seen.photo.max())
    return ops.stretched(seen.photo, 0, max(top, 1)) if top <= 8 else None


def _balanced(seen: Seen) -> Uint8Array:
    """Return the photo with its subject as warm and as green as training's subjects."""
    warm = seen.usual.middle(Measure.WARMTH) - seen.measures[Measure.WARMTH]
    green = seen.usual.middle(Measure.GREENNESS) - seen.measures[Measure.GREENNESS]
    logs = np.array([warm / 2 - green / 3, 2 * green / 3, -warm / 2 - green / 3])
    gains = np.exp(logs.clip(-1.5, 1.5))
    gains /= float((gains * LUMA).sum())
    return ops.gained(seen.photo, gains.tolist())


def _grey_world(seen: Seen) -> Uint8Array:
    means = seen.photo.reshape(-1, 3).mean(axis=0) + 1
    return ops.gained(seen.photo, (means.mean() / means).clip(0.3, 3).tolist())


def _white_patch(seen: Seen) -> Uint8Array:
    """Return the photo with its lightest places white, as light as before."""
    tops = np.quantile(seen.photo[::2, ::2].reshape(-1, 3), 0.99, axis=0) + 1
    return ops.gained(seen.photo, (tops.max() / tops).clip(1, 4).tolist())


def _tinted(seen: Seen) -> Uint8Array | None:
    """Return a grey photo with the usual tint on its subject."""
    if seen.measures[Measure.SATURATION] > seen.usual.low(Measure.SATURATION):
        return None
    return ops.blended(_balanced(seen), seen.photo, seen.foreground.alpha)


def _ground(*colour: int) -> Change:
    return lambda seen: ops.blended(seen.photo, colour, seen.foreground.alpha)


def _usual_ground(seen: Seen) -> Uint8Array:
    level = round(255 * seen.usual.middle(Measure.BORDER_LIGHT))
    return ops.blended(seen.photo, (level, level, level), seen.foreground.alpha)


def _soft_ground(seen: Seen) -> Uint8Array:
    soft = ops.blurred(seen.photo, max(4.0, min(seen.photo.shape[:2]) / 12))
    return ops.blended(seen.photo, soft, seen.foreground.alpha)


def _room(seed: int) -> Change:
    """Return the subject before a soft pattern of light and dark, as rooms have."""

    def change(seen: Seen) -> Uint8Array:
        height, width = seen.photo.shape[:2]
        rough = np.random.default_rng(seed).integers(40, 216, (5, 7, 3)).astype(np.uint8)
        return ops.blended(seen.photo, ops.resized(rough, width, height), seen.foreground.alpha)

    return change


def _without(seen: Seen) -> Uint8Array:
    """Return the background alone: the subject filled with what surrounds it."""
    ground = seen.photo[seen.foreground.alpha < 0.1]
    colour = ground.mean(axis=0) if len(ground) else np.full(3, 128.0)
    return ops.blended(seen.photo, colour.round().astype(int).tolist(), 1 - seen.foreground.alpha)


def _turned(degrees: int) -> Change:
    return lambda seen: ops.rotated(seen.photo, degrees)


def _closer(margin: float) -> Change:
    """Return a square around the subject's box, `margin` times its side."""

    def change(seen: Seen) -> Uint8Array:
        box = seen.box or (0.2, 0.2, 0.8, 0.8)
        height, width = seen.photo.shape[:2]
        half = margin * max((box[2] - box[0]) * width, (box[3] - box[1]) * height) / 2
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return ops.window(seen.photo, (x - half / width, y - half / height, x + half / width, y + half / height))

    return change


def _window(low: float, high: float) -> Change:
    return lambda seen: ops.window(seen.photo, (low, low, high, high))


def _wider(factor: float) -> Change:
    return lambda seen: ops.resized(seen.photo, round(seen.photo.shape[1] * factor), seen.photo.shape[0])


def _sharpened(percent: int, radius: float) -> Change:
    return lambda seen: ops.filtered(seen.photo, ImageFilter.UnsharpMask(radius, percent, 0))


C = Cause
REPLAYS: tuple[Replay, ...] = (
    Replay("exif-ignored", C.EXIF_IGNORED, "as its file stores it, not turned by EXIF", 0.2, lambda s: s.stored,
           places=None),
    Replay("flipped", C.MIRRORED, "mirrored", 0.3, lambda s: np.ascontiguousarray(s.photo[:, ::-1]), places=mirror),
    Replay("turned-15", C.ROTATED, "turned left by 15 degrees", 0.3, _turned(15), places=turn(15)),
    Replay("turned--15", C.ROTATED, "turned right by 15 degrees", 0.3, _turned(-15), places=turn(-15)),
    Replay("turned-30", C.ROTATED, "turned left by 30 degrees", 0.35, _turned(30), places=turn(30)),
    Replay("turned--30", C.ROTATED, "turned right by 30 degrees", 0.35, _turned(-30), places=turn(-30)),
    Replay("turned-90", C.ROTATED, "turned left by 90 degrees", 0.4, _turned(90), places=turn(90)),
    Replay("turned--90", C.ROTATED, "turned right by 90 degrees", 0.4, _turned(-90), places=turn(-90)),
    Replay("turned-180", C.ROTATED, "upside down", 0.4, _turned(180), places=turn(180)),
    Replay("cropped-to-subject", C.TOO_FAR, "cropped to the subject", 0.4, _closer(1.3), places=None),
    Replay("closer", C.TOO_FAR, "seen from closer", 0.3, _window(0.15, 0.85), places=None),
    Replay("much-closer", C.TOO_FAR, "seen from much closer", 0.4, _window(0.27, 0.73), places=None),
    Replay("farther", C.TOO_CLOSE, "seen from a little farther", 0.3, _window(-0.15, 1.15), places=None),
    Replay("much-farther", C.TOO_CLOSE, "seen from farther", 0.4, _window(-0.5, 1.5), places=None),
    Replay("wider", C.SQUASHED, "stretched to 4/3 of its width", 0.3, _wider(4 / 3)),
    Replay("much-wider", C.SQUASHED, "stretched to twice its width", 0.4, _wider(2)),
    Replay("narrower", C.SQUASHED, "squeezed to 3/4 of its width", 0.3, _wider(3 / 4)),
    Replay("much-narrower", C.SQUASHED, "squeezed to half its width", 0.4, _wider(1 / 2)),
    Replay("letterbox", C.SQUASHED, "in a square with bands", 0.4, lambda s: ops.squared(s.photo), places=None),
    Replay("centre-square", C.SQUASHED, "cut to its middle square", 0.4, lambda s: ops.centre_square(s.photo),
           places=None),
    Replay("bgr", C.CHANNELS_SWAPPED, "with red and blue swapped", 0.3,
           lambda s: np.ascontiguousarray(s.photo[..., ::-1])),
    Replay("full-range", C.VALUE_RANGE, "with values from 0 to 255", 0.1, _full_range),
    Replay("negative", C.NEGATIVE, "with its negative turned back", 0.5, lambda s: 255 - s.photo),
    Replay("lighter", C.TOO_DARK, "exposed as training's photos are", 0.2, _only(False, _exposed)),
    Replay("lighter-shadows", C.TOO_DARK, "with its shadows lightened", 0.2, _only(False, _curved)),
    Replay("darker", C.TOO_BRIGHT, "exposed as training's photos are", 0.2, _only(True, _exposed)),
    Replay("darker-shadows", C.TOO_BRIGHT, "with its shadows darkened", 0.2, _only(True, _curved)),
    Replay("more-contrast", C.LOW_CONTRAST, "with the usual contrast", 0.2, _usual_contrast(True)),
    Replay("stretched", C.LOW_CONTRAST, "stretched from black to white", 0.25, _stretched),
    Replay("less-contrast", C.HIGH_CONTRAST, "with the usual, lower contrast", 0.2, _usual_contrast(False)),
    Replay("balanced", C.COLOUR_CAST, "with the usual colours of light", 0.2, _balanced),
    Replay("grey-world", C.COLOUR_CAST, "with its colour cast taken out", 0.25, _grey_world),
    Replay("white-patch", C.COLOUR_CAST, "with its lightest places white", 0.2, _white_patch),
    Replay("tinted", C.NO_COLOUR, "tinted as training's subjects are", 0.3, _tinted),
    Replay("grey", C.COLOUR_CAST, "without colour", 0.4, lambda s: ops.grey(s.photo), tells=False),
    Replay("sharpened", C.BLURRED, "sharpened", 0.25, _sharpened(200, 2)),
    Replay("much-sharpened", C.BLURRED, "sharpened strongly", 0.35, _sharpened(400, 4)),
    Replay("denoised", C.NOISY, "with its noise filtered out", 0.25,
           lambda s: ops.filtered(s.photo, ImageFilter.MedianFilter(3))),
    Replay("much-denoised", C.NOISY, "with its noise filtered out strongly", 0.35,
           lambda s: ops.blurred(ops.filtered(s.photo, ImageFilter.MedianFilter(5)), 1)),
    Replay("smoothed", C.JPEG, "with its blocks smoothed", 0.25, lambda s: ops.blurred(s.photo, 1.5)),
    Replay("smoothed-steps", C.LOW_RESOLUTION, "with its steps smoothed", 0.3, lambda s: ops.blurred(s.photo, 2.5)),
    Replay("jpeg", C.JPEG, "compressed to JPEG quality 10", 0.3, lambda s: ops.as_jpeg(s.photo, 10), tells=False),
    Replay("small", C.LOW_RESOLUTION, "28 pixels wide", 0.4, lambda s: ops.coarse(s.photo, 28), tells=False),
    Replay("plain-light", C.BACKGROUND, "before a plain light wall", 0.3, _ground(214, 210, 204)),
    Replay("plain-dark", C.BACKGROUND, "before a plain dark wall", 0.35, _ground(40, 42, 46)),
    Replay("blurred-background", C.BACKGROUND, "before its own background, blurred", 0.25, _soft_ground),
    Replay("usual-background", C.BACKGROUND, "before a wall as light as training's", 0.3, _usual_ground),
    Replay("another-room", C.BACKGROUND, "before another background", 0.35, _room(1)),
    Replay("third-room", C.BACKGROUND, "before a third background", 0.35, _room(2)),
    Replay("subject-alone", C.BACKGROUND, "with the subject alone, on grey", 0.35, _ground(128, 128, 128)),
    Replay("background-alone", C.BACKGROUND, "with the background alone", 0.9, _without, tells=False, places=None),
)  # fmt: skip
BY_NAME = {replay.name: replay for replay in REPLAYS}
