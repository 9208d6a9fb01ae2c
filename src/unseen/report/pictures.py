"""Put pictures into pages and contact sheets."""

import base64
import io
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL import Image

from unseen.errors import UnseenError
from unseen.records import Uint8Array

JPEG_QUALITY = 85
# Up to this side a photo is so coarse that JPEG ringing would show, and PNG costs next to nothing.
_PNG_UP_TO_PX = 64


def data_uri(pixels: Uint8Array, kind: Literal["png", "jpeg"] | None = None) -> str:
    """Return a `data:image/...;base64,` URI of `pixels`, (H, W, 3) uint8 RGB.

    PNG is exact; JPEG (quality 85, full colour resolution) is about ten times smaller. Without `kind`, small
    pictures become PNG and the others JPEG. Raises `UnseenError` where the pixels are anything else.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise UnseenError(f"pixels are {pixels.dtype} {pixels.shape}: give (height, width, 3) uint8 RGB")
    kind = kind or ("png" if max(pixels.shape[:2]) <= _PNG_UP_TO_PX else "jpeg")
    stream = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if kind == "png":
        image.save(stream, "PNG", optimize=True)
    else:
        # 4:4:4, since halved colour resolution would show something the model did not see at edges of skin.
        # Not `optimize`: Pillow then gives libjpeg one byte a pixel, and a picture of noise needs more and fails.
        image.save(stream, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"


def contact_sheet(pictures: Sequence[Uint8Array], columns: int, gap_px: int = 4, ground: int = 255) -> Uint8Array:
    """Lay pictures out in rows, left to right, on a grey `ground` in [0, 255].

    pictures: at least one (h, w, 3) uint8, of any sizes; each is centred in a cell of the largest height and
    width. Returns (H, W, 3) uint8. Raises `UnseenError` without pictures or columns.
    """
    if not pictures or columns < 1:
        raise UnseenError(f"{len(pictures)} pictures in {columns} columns: a contact sheet needs one of each")
    columns = min(columns, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    height = max(picture.shape[0] for picture in pictures)
    width = max(picture.shape[1] for picture in pictures)
    sheet = np.full((rows * (height + gap_px) - gap_px, columns * (width + gap_px) - gap_px, 3), ground, dtype=np.uint8)
    for i, picture in enumerate(pictures):
        row, column = divmod(i, columns)
        top = row * (height + gap_px) + (height - picture.shape[0]) // 2
        left = column * (width + gap_px) + (width - picture.shape[1]) // 2
        sheet[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return sheet
