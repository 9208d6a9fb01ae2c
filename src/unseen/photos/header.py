"""State what photo files say of themselves: size, format, JPEG quality, orientation, time and camera, as columns."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, JpegImagePlugin, TiffImagePlugin

from unseen.records import Columns, Float32Array, Float64Array, Int8Array, Int32Array

# Annex K.1 of the JPEG standard (ITU-T T.81): the luminance table that libjpeg scales by its quality.
LUMINANCE_TABLE = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)
_STAMP = re.compile(r"(\d{4}):(\d\d?):(\d\d?) (\d\d?):(\d\d?):(\d\d?)", re.ASCII)


class Header(NamedTuple):
    """What a file says of itself; `None`, 0 and '' where it says nothing.

    width, height: pixels as a person sees the photo, after `orientation` (EXIF, 1 to 8; 1 is upright).
    jpeg_quality: 1 to 100, libjpeg's scale, by the sum of the luminance table. taken: EXIF time in seconds since
    1970, the camera's own clock. camera: maker and model.
    """

    width: int = 0
    height: int = 0
    kind: str = ""
    file_bytes: int | None = None
    jpeg_quality: float | None = None
    orientation: int = 1
    taken: float | None = None
    camera: str = ""


@dataclass(frozen=True, slots=True)
class Headers(Columns):
    """Headers of N files as columns, 42 bytes a file: a million `Header` objects would take a gigabyte.

    width, height: (N,) int32, pixels of the upright photo, 0 where unknown. file_bytes: (N,) float64, NaN where
    unknown. jpeg_quality: (N,) float32, 1 to 100, NaN where it is no JPEG. orientation: (N,) int8, EXIF 1 to 8.
    taken: (N,) float64, seconds since 1970 by the camera's clock, NaN where unknown. formats, cameras: N texts, ''
    where unknown.
    """

    width: Int32Array
    height: Int32Array
    file_bytes: Float64Array
    jpeg_quality: Float32Array
    orientation: Int8Array
    taken: Float64Array
    formats: tuple[str, ...]
    cameras: tuple[str, ...]


def header_columns(headers: Sequence[Header]) -> Headers:
    """Return headers as columns."""
    shared: dict[str, str] = {}  # one object for each camera's name, not one a photo
    return Headers(
        width=np.array([header.width for header in headers], np.int32),
        height=np.array([header.height for header in headers], np.int32),
        file_bytes=np.array([header.file_bytes for header in headers], np.float64),
        jpeg_quality=np.array([header.jpeg_quality for header in headers], np.float32),  # None becomes NaN
        orientation=np.array([header.orientation for header in headers], np.int8),
        taken=np.array([header.taken for header in headers], np.float64),
        formats=tuple(header.kind for header in headers),
        cameras=tuple(shared.setdefault(header.camera, header.camera) for header in headers),
    )


class Exif(NamedTuple):
    """orientation: 1 (upright) to 8. taken: seconds since 1970 by the camera's clock. camera: maker and model."""

    orientation: int = 1
    taken: float | None = None
    camera: str = ""


def read_exif(image: Image.Image) -> Exif:
    """Return the EXIF of an opened image, as far as it is well-formed; where it is not, Pillow may raise anything."""
    exif = image.getexif()
    orientation = exif.get(ExifTags.Base.Orientation)
    names = (exif.get(ExifTags.Base.Make), exif.get(ExifTags.Base.Model))
    texts = [name.split("\0")[0].strip() for name in names if isinstance(name, str)]
    return Exif(
        orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        # not DateTime: a program that saves a thousand photos in one go writes the time of that
        _seconds(_sub_directory(image, exif).get(ExifTags.Base.DateTimeOriginal)),
        " ".join(dict.fromkeys(text for text in texts if text)),
    )


def _sub_directory(image: Image.Image, exif: Image.Exif) -> Mapping[int, object]:
    """Return the directory with the camera's own entries; Pillow's `get_ifd` parses them all, for 0.1 ms a photo."""
    block, start = image.info.get("exif"), exif.get(ExifTags.IFD.Exif)
    if not isinstance(block, bytes) or not isinstance(start, int):
        return exif.get_ifd(ExifTags.IFD.Exif) if ExifTags.IFD.Exif in exif else {}
    stream = io.BytesIO(block.removeprefix(b"Exif\0\0"))
    directory = TiffImagePlugin.ImageFileDirectory_v2(stream.read(8))
    stream.seek(start)
    directory.load(stream)
    return directory


def _seconds(stamp: object) -> float | None:
    numbers = _STAMP.match(stamp) if isinstance(stamp, str) else None  # datetime.strptime takes ten times as long
    if numbers is None:
        return None
    year, month, day, hour, minute, second = map(int, numbers.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None  # '0000:00:00 00:00:00' is what a camera whose clock was never set writes


def quality_of(image: Image.Image) -> float | None:
    """Return the quality of an opened JPEG, 1 to 100 on libjpeg's scale; `None` for other formats."""
    tables = image.quantization if isinstance(image, JpegImagePlugin.JpegImageFile) else {}
    return jpeg_quality(sum(next(iter(tables.values())))) if tables else None


@lru_cache(maxsize=256)  # the photos of one camera share a table
def jpeg_quality(table_sum: int) -> float:
    """Return the libjpeg quality, 1 to 100, whose luminance table has the sum nearest to `table_sum`.

    A sum needs no order of the 64 entries and serves cameras that draw their own tables.
    """
    return float(np.argmin(np.abs(_table_sums() - table_sum)) + 1)


@lru_cache(maxsize=1)
def _table_sums() -> npt.NDArray[np.float64]:
    """Sums of libjpeg's luminance table at quality 1 to 100, (100,) (jcparam.c, jpeg_quality_scaling)."""
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    tables = np.clip((np.array(LUMINANCE_TABLE) * percent[:, None] + 50) // 100, 1, 255)  # (100, 64)
    sums: npt.NDArray[np.float64] = tables.sum(axis=1).astype(np.float64)
    return sums
