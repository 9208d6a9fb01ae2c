"""Change the pixels of photos in NumPy and Pillow: the arithmetic of replays, without torch.

Photos are (H, W, 3) uint8 RGB, and so is what comes back.
"""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from unseen.photos.fit import PADDING_GREY
from unseen.records import Float32Array, Uint8Array

_GREY = (round(PADDING_GREY),) * 3


def to_bytes(values: npt.NDArray[np.floating[Any]]) -> Uint8Array:
    """Return values in 0..255 as whole numbers; what lies beyond is clipped."""
    whole: Uint8Array = np.rint(values).clip(0, 255).astype(np.uint8)
    return whole


def mapped(photo: Uint8Array, curve: npt.NDArray[np.floating[Any]]) -> Uint8Array:
    """Return each value at its place in `curve`, 256 values in 0..255."""
    return to_bytes(curve)[photo]


def gained(photo: Uint8Array, gains: Sequence[float]) -> Uint8Array:
    """Return the channels times `gains`."""
    return np.dstack([mapped(photo[..., i], np.arange(256, dtype=np.float32) * gain) for i, gain in enumerate(gains)])


def gamma(photo: Uint8Array, exponent: float) -> Uint8Array:
    """Return the photo on another curve of light: an exponent below 1 brightens the shadows."""
    return mapped(photo, 255 * (np.arange(256, dtype=np.float32) / 255) ** exponent)


def stretched(photo: Uint8Array, low: float, high: float) -> Uint8Array:
    """Return the photo with `low` at 0 and `high` at 255."""
    return mapped(photo, (np.arange(256, dtype=np.float32) - low) * (255 / max(high - low, 1.0)))


def contrast(photo: Uint8Array, factor: float) -> Uint8Array:
    """Return the photo with every distance from its mean times `factor`."""
    mean = float(photo.mean())
    return mapped(photo, mean + (np.arange(256, dtype=np.float32) - mean) * factor)


def grey(photo: Uint8Array) -> Uint8Array:
    """Return the photo without colour (ITU-R BT.601), in three channels."""
    return np.asarray(Image.fromarray(photo).convert("L").convert("RGB"))


def rotated(photo: Uint8Array, degrees: int) -> Uint8Array:
    """Return the photo turned counter-clockwise; beyond its corners its edge goes on."""
    if degrees % 90 == 0:
        return np.ascontiguousarray(np.rot90(photo, degrees // 90))
    height, width = photo.shape[:2]
    # wide enough that no corner of the padded photo is seen
    beyond = int(np.hypot(height, width) - min(height, width)) // 2 + 2
    padded = Image.fromarray(np.pad(photo, ((beyond, beyond), (beyond, beyond), (0, 0)), mode="edge"))
    turned = padded.rotate(degrees, Image.Resampling.BILINEAR)
    return np.asarray(turned)[beyond : beyond + height, beyond : beyond + width]


def resized(photo: Uint8Array, width: int, height: int) -> Uint8Array:
    """Return the photo at another size, antialiased."""
    size = max(1, width), max(1, height)
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.BILINEAR))


def window(photo: Uint8Array, box: Sequence[float]) -> Uint8Array:
    """Return what `box` (left, top, right, bottom in shares) shows; beyond the photo its edge goes on."""
    height, width = photo.shape[:2]
    left, right = round(box[0] * width), max(round(box[2] * width), round(box[0] * width) + 1)
    top, bottom = round(box[1] * height), max(round(box[3] * height), round(box[1] * height) + 1)
    rows = np.arange(top, bottom).clip(0, height - 1)
    columns = np.arange(left, right).clip(0, width - 1)
    shown: Uint8Array = photo[rows[:, None], columns]
    return shown


def squared(photo: Uint8Array) -> Uint8Array:
    """Return the photo in a square between grey bands."""
    height, width = photo.shape[:2]
    side = max(height, width)
    square = Image.new("RGB", (side, side), _GREY)
    square.paste(Image.fromarray(photo), ((side - width) // 2, (side - height) // 2))
    return np.asarray(square)


def centre_square(photo: Uint8Array) -> Uint8Array:
    """Return the middle square of the photo."""
    height, width = photo.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return photo[top : top + side, left : left + side]


def filtered(photo: Uint8Array, how: ImageFilter.Filter | type[ImageFilter.Filter]) -> Uint8Array:
    """Return the photo through a filter of Pillow."""
    return np.asarray(Image.fromarray(photo).filter(how))


def blurred(photo: Uint8Array, radius_px: float) -> Uint8Array:
    """Return the photo behind a Gaussian of that deviation."""
    return filtered(photo, ImageFilter.GaussianBlur(radius_px))


def as_jpeg(photo: Uint8Array, quality: int) -> Uint8Array:
    """Return the photo after JPEG compression."""
    stream = io.BytesIO()
    Image.fromarray(photo).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream).convert("RGB"))


def coarse(photo: Uint8Array, side_px: int) -> Uint8Array:
    """Return the photo through a size at which its short side is `side_px`, at its own size again."""
    height, width = photo.shape[:2]
    scale = side_px / min(height, width)
    return photo if scale >= 1 else resized(resized(photo, round(width * scale), round(height * scale)), width, height)


def blended(photo: Uint8Array, ground: Uint8Array | Sequence[int], alpha: Float32Array) -> Uint8Array:
    """Lay the photo over `ground` (a photo or a colour); alpha: (H, W) float32, 1 where the photo stays."""
    share = alpha[..., None]
    return to_bytes(photo * share + np.asarray(ground, np.float32) * (1 - share))
