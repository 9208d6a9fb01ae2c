"""Decode image bytes to upright (H, W, 4) RGBA uint8 pixels; training and serving open photos nowhere else.

Nothing global is changed for other users of Pillow: no MAX_IMAGE_PIXELS, no LOAD_TRUNCATED_IMAGES.
"""

import io
import stat
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageFile

from unseen.errors import UnreadablePhoto
from unseen.photos.colour_modes import opaque, over_white, to_eight_bit, to_srgb
from unseen.photos.formats import MALFORMED, opener
from unseen.photos.header import Exif, Header, quality_of, read_exif
from unseen.photos.silent_libtiff import silent_libtiff
from unseen.photos.sniff import HEAD_BYTES, identify, webp_is_cut, webp_size
from unseen.photos.working_size import reduce_photo, refuse_narrow, working_size
from unseen.records import Uint8Array

DECODER_VERSION = 2  # raise it when pixels change for the same bytes: the cache keys on it

MAX_FILE_BYTES = 256 * 2**20
MAX_PIXELS = 64_000_000  # decoded: 256 MB as RGBA
# A JPEG is decoded at 1/8 scale at best, but a multi-scan one holds 6 bytes of coefficients a pixel first.
MAX_JPEG_PIXELS = 256_000_000  # above the 200-megapixel phones
_LARGE_PIXELS = 16_000_000
# A JPEG is decoded whole up to here, so that it is the same photo as the array of its pixels; see docs/log.md for
# what decoding it at a smaller scale changes.
MAX_EXACT_PIXELS = 16_000_000
# Beyond, at this many times the side wanted or more, the better filter does the rest.
_DRAFT_MARGIN = 2

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
_CUT = ("truncated", "end of", "eof", "not enough")
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

    It is reduced to working size (`working_size`); nothing is enlarged. Colour is composited over white where the
    photo is transparent, and its alpha kept; 255 elsewhere. Of an animation the first frame is returned. Safe to call
    from several threads.

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
    with _said_in_words():
        with _quiet():
            image = opener(kind)(io.BytesIO(content))
        # One large photo at a time: memory is bounded by the photo, not by the number of threads.
        with image, _room_for(image):
            stated, exif = _load(image, kind, side_px)
            pixels = _finish(image, exif.orientation, side_px)
            width, height = stated[::-1] if exif.orientation >= 5 else stated
            return pixels, Header(width, height, kind, len(content), quality_of(image), *exif)


def decode_image(image: Image.Image, side_px: int) -> Uint8Array:
    """Return a Pillow image of any mode as `decode` returns the file that holds it."""
    with _said_in_words(), _room_for(image):
        _refuse_above(MAX_PIXELS, *image.size)
        refuse_narrow(*image.size)
        image.load()
        return _finish(image, _exif(image).orientation, side_px)


def _load(image: ImageFile.ImageFile, kind: str, side_px: int) -> tuple[tuple[int, int], Exif]:
    """Load the pixels of an opened file; return its stated (width, height) and its EXIF."""
    stated = image.size
    refuse_narrow(*stated)
    if kind == "JPEG":
        _refuse_above(MAX_JPEG_PIXELS, *stated)
        if stated[0] * stated[1] > MAX_EXACT_PIXELS:
            width, height = working_size(*stated, side_px)
            image.draft(None, (width * _DRAFT_MARGIN, height * _DRAFT_MARGIN))
    _refuse_above(MAX_PIXELS, *image.size, stated=stated)
    with ExitStack() as quiet:
        if kind == "TIFF":
            quiet.enter_context(_quiet())
            quiet.enter_context(silent_libtiff())
        image.load()
    # after load: a PNG may hold its EXIF after its pixels, and a TIFF is turned by load
    return image.size if kind in ("TIFF", "HEIC") else stated, _exif(image)


def _finish(image: Image.Image, orientation: int, side_px: int) -> Uint8Array:
    """Return a loaded image's pixels: colour and alpha in 8 bits, turned upright, at working size, then in sRGB.

    An RGB profile is applied to the reduced photo: of 12 megapixels it would take longer than all the rest.
    """
    profile = image.info.get("icc_profile")
    profile = profile if isinstance(profile, bytes) else None
    plain = to_eight_bit(image)
    if plain.mode == "CMYK":
        plain, profile = to_srgb(plain, profile), None
    colour, alpha = over_white(plain)
    pixels = reduce_photo(_upright(colour, orientation), side_px)
    if profile and colour.mode == "RGB":
        pixels = np.asarray(to_srgb(Image.fromarray(pixels), profile))
    if alpha is None:
        return opaque(pixels)
    return np.dstack([pixels, reduce_photo(_upright(alpha, orientation), side_px)])


def _upright(image: Image.Image, orientation: int) -> Uint8Array:
    upright = image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image
    pixels = np.asarray(upright)
    return pixels if pixels.ndim == 3 else pixels[..., None]


def _room_for(image: Image.Image) -> AbstractContextManager[object]:
    return _LARGE if image.width * image.height > _LARGE_PIXELS else nullcontext()


def _refuse_above(limit: int, width: int, height: int, stated: tuple[int, int] | None = None) -> None:
    if width * height > limit:
        width, height = stated or (width, height)
        raise UnreadablePhoto(f"too many pixels ({width} x {height})")


def _exif(image: Image.Image) -> Exif:
    """Return the EXIF of a loaded image; an empty one where it is absent or cannot be read."""
    with _quiet():
        try:
            return read_exif(image)
        except MALFORMED:
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


@contextmanager
def _said_in_words() -> Iterator[None]:
    """Map what the decoders raise to a few stable phrases that reports can count."""
    try:
        yield
    except UnreadablePhoto:
        raise
    except Image.DecompressionBombError:
        raise UnreadablePhoto("too many pixels") from None
    except MALFORMED as error:
        text = str(error).lower()
        is_cut = isinstance(error, EOFError) or any(word in text for word in _CUT)
        raise UnreadablePhoto("truncated" if is_cut else "damaged") from None
