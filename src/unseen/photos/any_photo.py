"""Take a photo in whatever form a caller has it: path, bytes, open file, Pillow image or array.

All end in the pixels that `decode` gives of the file: one way of colour and size.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt
from PIL import Image

from unseen.errors import UnreadablePhoto, UnseenError
from unseen.photos.colour_modes import scale_to_eight_bit
from unseen.photos.decode import MAX_PIXELS, decode, decode_image
from unseen.records import Uint8Array

_ADVICE = "give (H, W, 3) RGB, (H, W, 4) RGBA or (H, W) grey, of 0 to 255 or of floats 0 to 1"


def open_any(photo: object, side_px: int) -> Uint8Array:
    """Return a photo in any form as `decode` returns its file; raise `UnseenError` for what is none."""
    if isinstance(photo, str | Path):
        return decode(Path(photo), side_px)
    if isinstance(photo, bytes | bytearray | memoryview):
        return decode(bytes(photo), side_px)
    if isinstance(photo, Image.Image):
        return decode_image(photo, side_px)
    if hasattr(photo, "read"):
        content = photo.read()
        if not isinstance(content, bytes):
            raise UnseenError('a file open for text was given: open it with "rb"')
        return decode(content, side_px)
    if hasattr(photo, "__array__"):
        return decode_image(as_image(np.asarray(photo)), side_px)
    raise UnseenError(
        f"{type(photo).__name__} given: give a path, bytes, an open file, an array, a Pillow image, or a list of them"
    )


def is_batch(photos: object) -> TypeGuard[Sequence[object]]:
    """Say whether this is several photos: a list, or an array (N, H, W, C) or of objects."""
    if isinstance(photos, np.ndarray):
        return photos.ndim == 4 or photos.dtype == object
    return isinstance(photos, list | tuple)


def as_image(pixels: npt.NDArray[Any]) -> Image.Image:
    """Return an array of one photo as a Pillow image, L, RGB or RGBA in 8 bits."""
    shape = f"array of {pixels.dtype} {pixels.shape} given"
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim not in (2, 3) or 0 in pixels.shape or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)):
        planes = pixels.ndim == 3 and pixels.shape[0] in (1, 3, 4)
        raise UnseenError(f"{shape}: {'colours come last, ' if planes else ''}{_ADVICE}")
    if pixels.shape[0] * pixels.shape[1] > MAX_PIXELS:
        raise UnreadablePhoto(f"too many pixels ({pixels.shape[1]} x {pixels.shape[0]})")
    if pixels.dtype != np.uint8:
        if pixels.dtype.kind not in "bufi":
            raise UnseenError(f"{shape}: {_ADVICE}")
        if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
            raise UnseenError(f"{shape}, with NaN or infinity in it: {_ADVICE}")
        if pixels.min() < 0 or pixels.max() > 65535:
            raise UnseenError(f"{shape}, from {pixels.min():g} to {pixels.max():g}: undo its normalisation, {_ADVICE}")
        pixels = pixels * np.uint8(255) if pixels.dtype.kind == "b" else scale_to_eight_bit(pixels)
    return Image.fromarray(np.ascontiguousarray(pixels))
