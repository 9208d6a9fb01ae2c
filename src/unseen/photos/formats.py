"""Name the opener of each image format that this installation reads, and what to install for the others."""

import functools
import struct
import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import version
from types import MappingProxyType

import PIL
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
    features,
)

from unseen.errors import UnreadablePhoto

Opener = type[ImageFile.ImageFile]

# Classes and not Image.open: that warns for a large header before its size can be judged, and makes an MPO of a
# phone's JPEG.
_ALWAYS: Mapping[str, Opener] = MappingProxyType(
    {
        "JPEG": JpegImagePlugin.JpegImageFile,
        "PNG": PngImagePlugin.PngImageFile,
        "GIF": GifImagePlugin.GifImageFile,
        "BMP": BmpImagePlugin.BmpImageFile,
        "TIFF": TiffImagePlugin.TiffImageFile,
        "WEBP": WebPImagePlugin.WebPImageFile,
        "PNM": PpmImagePlugin.PpmImageFile,
    }
)
# What Pillow's plugins and pi-heif's raise on malformed bytes, found by fuzzing each format.
MALFORMED = (
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


def opener(kind: str) -> Opener:
    """Return the class that opens photos of `kind` (see `identify`); raise `UnreadablePhoto` where there is none."""
    found = _ALWAYS.get(kind) or _SOMETIMES[kind]()
    if found is None:
        raise UnreadablePhoto(_ADVICE[kind])
    return found


def decoders() -> str:
    """Return the names and versions of what decodes here: photos kept by others may look different."""
    heif = version("pi-heif") if _heif() else "none"
    return f"pillow-{PIL.__version__}/avif-{_avif() is not None}/jpeg2000-{_jpeg_2000() is not None}/heif-{heif}"


@functools.cache
def _avif() -> Opener | None:
    # since Pillow 11.3, where it was built with libavif
    if not features.check("avif"):
        return None
    found: Opener = import_module("PIL.AvifImagePlugin").AvifImageFile
    return found


def _jpeg_2000() -> Opener | None:
    return Jpeg2KImagePlugin.Jpeg2KImageFile if features.check("jpg_2000") else None


@functools.cache
def _heif() -> Opener | None:
    try:
        found: Opener = import_module("pi_heif").HeifImageFile
    except ImportError:
        return None
    return found


_SOMETIMES: Mapping[str, Callable[[], Opener | None]] = MappingProxyType(
    {"AVIF": _avif, "JPEG 2000": _jpeg_2000, "HEIC": _heif}
)
_ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "AVIF": "AVIF is read by Pillow 11.3 and later: pip install -U pillow",
        "JPEG 2000": "JPEG 2000 is not read by this Pillow: pip install -U pillow, or convert it to JPEG or PNG",
        "HEIC": "HEIC needs pi-heif: pip install 'unseen[heif]'",
    }
)
