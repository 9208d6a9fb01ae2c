"""Decode image bytes to upright (H, W, 4) RGBA uint8 pixels; training and serving open photos nowhere else.

Nothing global is changed for other users of Pillow: no MAX_IMAGE_PIXELS, no LOAD_TRUNCATED_IMAGES.
"""

import io
import stat
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from unseen.errors import UnreadablePhoto
from unseen.photos.colour_modes import over_white, to_eight_bit, to_srgb
from unseen.photos.header import Exif, Header, quality_of, read_exif
from unseen.photos.sniff import HEAD_BYTES, identify, webp_is_cut, webp_size
from unseen.records import Uint8Array

DECODER_VERSION = 1  # raise it when pixels change for the same bytes: the cache keys on it

MAX_FILE_BYTES = 256 * 2**20
MAX_PIXELS = 64_000_000  # decoded: 256 MB as RGBA
# A JPEG is decoded at 1/8 scale at best, but a multi-scan one holds 6 bytes of coefficients a pixel first.
MAX_JPEG_PIXELS = 256_000_000  # above the 200-megapixel phones
LONG_OVER_SHORT = 4  # a strip keeps a long side of at most this many times side_px
# Decode at least this many times the side wanted, the better filter does the rest. 12 megapixels to 256 px:
# 1x 27 ms, 1.0 grey level off the full decode on average; 2x 32 ms, 0.3; 4x 46 ms, 0.2; no draft 64 ms.
_DRAFT_MARGIN = 2
_LARGE_PIXELS = 16_000_000

# Classes and not Image.open: that warns for a large header before its size can be judged here, and makes an
# MPO of a phone's JPEG.
_OPENERS: Mapping[str, type[ImageFile.ImageFile]] = MappingProxyType(
    {
        "JPEG": JpegImagePlugin.JpegImageFile,
        "PNG": PngImagePlugin.PngImageFile,
        "GIF": GifImagePlugin.GifImageFile,
        "BMP": BmpImagePlugin.BmpImageFile,
        "TIFF": TiffImagePlugin.TiffImageFile,
        "WEBP": WebPImagePlugin.WebPImageFile,
    }
)
_UPRIGHT: Mapping[int, Image.Transpose] = MappingProxyType(
    {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
)
# What Pillow's plugins raise on malformed bytes, found by fuzzing each format
_MALFORMED = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    EOFError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
_Box = tuple[float, float, float, float]
_QUIET = threading.Lock()
_LARGE = threading.BoundedSemaphore(1)


def read_photo(path: Path) -> bytes:
    """Return the bytes of a photo; raise `UnreadablePhoto` where it is absent, not a file or too large."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # opening a FIFO would wait for ever
            raise UnreadablePhoto("not a file")
        if status.st_size > MAX_FILE_BYTES:
            raise UnreadablePhoto(f"file too large ({status.st_size // 2**20} MiB)")
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadablePhoto(f"cannot be opened ({reason})") from None


def decode(source: Path | bytes, side_px: int) -> Uint8Array:
    """Return a photo as (H, W, 4) RGBA uint8, upright, in sRGB; the same for the same bytes and `side_px`.

    The short side is at most `side_px` pixels and the long side at most four times that; nothing is enlarged.
    Colour is composited over white where the photo is transparent, and its alpha kept; 255 elsewhere.
    Of an animation the first frame is returned. Safe to call from several threads.

    Raises `UnreadablePhoto` with a short reason, `ValueError` for a side below 1.
    """
    return decode_with_header(source, side_px)[0]


def decode_with_header(source: Path | bytes, side_px: int) -> tuple[Uint8Array, Header]:
    """Return the same as `decode`, and what the file says of itself."""
    if side_px < 1:
        raise ValueError(f"side_px is {side_px}, at least 1 is needed")
    content = source if isinstance(source, bytes) else read_photo(source)
    if len(content) > MAX_FILE_BYTES:
        raise UnreadablePhoto(f"file too large ({len(content) // 2**20} MiB)")
    kind = identify(content[:HEAD_BYTES])
    if kind == "WEBP":
        if webp_is_cut(content):
            raise UnreadablePhoto("truncated")
        canvas = webp_size(content[:HEAD_BYTES])
        if canvas is None:
            raise UnreadablePhoto("damaged")
        _refuse_above(MAX_PIXELS, *canvas)
    try:
        return _decode(content, kind, side_px)
    except _MALFORMED as error:
        raise UnreadablePhoto(_reason(error)) from None


def _decode(content: bytes, kind: str, side_px: int) -> tuple[Uint8Array, Header]:
    with _quiet():
        image = _OPENERS[kind](io.BytesIO(content))
    with image:
        stated = image.size
        box = None
        if kind == "JPEG":
            _refuse_above(MAX_JPEG_PIXELS, *stated)
            width, height = _reduced_size(*stated, side_px)
            drafted = image.draft(None, (width * _DRAFT_MARGIN, height * _DRAFT_MARGIN))
            box = drafted[1] if drafted else None
        _refuse_above(MAX_PIXELS, *image.size, stated=stated)
        # One large photo at a time: memory is bounded by the photo, not by the number of threads.
        with _LARGE if stated[0] * stated[1] > _LARGE_PIXELS else nullcontext():
            with _quiet() if kind == "TIFF" else nullcontext():
                image.load()
            exif = _exif(image)  # after load: a PNG may hold it after its pixels, a TIFF is turned by load
            size = image.size if kind == "TIFF" else stated
            pixels = _finish(image, _reduced_size(*size, side_px), box, exif.orientation)
            width, height = size[::-1] if exif.orientation >= 5 else size
            return pixels, Header(width, height, kind, len(content), quality_of(image), *exif)


def _finish(image: ImageFile.ImageFile, size: tuple[int, int], box: _Box | None, orientation: int) -> Uint8Array:
    """Reduce a loaded image, or the part of it in `box`, to `size`; then colour, orientation and alpha."""
    profile = image.info.get("icc_profile")
    plain = to_eight_bit(image)
    if size != plain.size:
        # Pillow's filters widen with the reduction and weigh by alpha. reducing_gap=3 puts a box filter first
        # where the reduction is large: almost indistinguishable from one pass, says Pillow's documentation.
        plain = plain.resize(size, Image.Resampling.BICUBIC, box, reducing_gap=3.0)
    plain = to_srgb(plain, profile if isinstance(profile, bytes) else None)
    if orientation in _UPRIGHT:
        plain = plain.transpose(_UPRIGHT[orientation])
    return over_white(plain)


def _reduced_size(width: int, height: int, side_px: int) -> tuple[int, int]:
    scale = min(1.0, side_px / min(width, height), LONG_OVER_SHORT * side_px / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _refuse_above(limit: int, width: int, height: int, stated: tuple[int, int] | None = None) -> None:
    if width * height > limit:
        width, height = stated or (width, height)
        raise UnreadablePhoto(f"too many pixels ({width} x {height})")


def _exif(image: ImageFile.ImageFile) -> Exif:
    """Return the EXIF of a loaded image; an empty one where it is absent or cannot be read."""
    with _quiet():
        try:
            return read_exif(image)
        except _MALFORMED:
            return Exif()  # broken EXIF is common and says nothing about the pixels


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Pillow's warnings about broken EXIF and TIFF tags.

    The filters are the process's, not the thread's (before Python 3.14): they are swapped under a lock, and
    only while headers are parsed, never while pixels are decoded, except those of a TIFF.
    """
    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _reason(error: BaseException) -> str:
    """Map Pillow's many messages to a few stable phrases that reports can count."""
    if isinstance(error, Image.DecompressionBombError):
        return "too many pixels"
    text = str(error).lower()
    is_cut = isinstance(error, EOFError) or any(word in text for word in ("truncated", "end of", "eof", "not enough"))
    return "truncated" if is_cut else "damaged"
