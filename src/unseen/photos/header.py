"""Photo files in; their stated size, format, JPEG quality and EXIF out, as columns. Only headers are read."""

import io
import os
import struct
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from unseen.errors import UnreadablePhoto
from unseen.photos.exif import read_exif
from unseen.photos.sniff import HEAD_BYTES, identify
from unseen.progress import Progress
from unseen.records import Columns, Float32Array, Float64Array, Int8Array, Int32Array
from unseen.threads import work_ahead

# Annex K.1 of the JPEG standard (ITU-T T.81): the luminance table that libjpeg scales by its quality.
_LUMINANCE = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)
_START_OF_FRAME = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
_START_OF_SCAN = 0xDA
_TABLES = 0xDB
_APP1 = 0xE1
_ALONE = frozenset((0x01, *range(0xD0, 0xD8)))  # markers without a length
_EXIF = b"Exif\x00\x00"
_START_BYTES = 16_384  # what is read at once: the header of most JPEGs, and of a phone's without its preview
_CHUNK = 256  # files between two moves of the bar, and what one thread takes at once
_MAX_SEGMENTS = 2000  # of a JPEG; a profile or a Photoshop block takes a few dozen at most
# What Pillow raises on broken EXIF and headers (see photos.decode, which fuzzed them)
_MALFORMED = (OSError, SyntaxError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, struct.error)


class Header(NamedTuple):
    """What a file says of itself; `None` and 0 where it says nothing.

    width, height: pixels as a person sees the photo, after `orientation` (EXIF, 1 to 8; 1 is upright).
    jpeg_quality: 1 to 100, libjpeg's scale, by the sum of the luminance table. taken: EXIF time in seconds since
    1970, the camera's own clock. camera: maker and model.
    """

    width: int = 0
    height: int = 0
    kind: str = ""
    file_bytes: int = 0
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


def read_headers(files: Sequence[Path], progress: Progress) -> Headers:
    """Return the headers of photo files, read on a few threads; unknown throughout where a file cannot be read."""
    n = len(files)
    width, height, orientation = np.zeros(n, np.int32), np.zeros(n, np.int32), np.ones(n, np.int8)
    file_bytes, taken, quality = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan, np.float32)
    formats, cameras = [""] * n, [""] * n
    shared: dict[str, str] = {}  # one object for each camera's name, not one a photo

    def work(start: int) -> int:
        chunk = range(start, min(start + _CHUNK, n))
        for i in chunk:
            found = read_header(files[i])
            if not found.width:
                continue
            width[i], height[i], orientation[i] = found.width, found.height, found.orientation
            file_bytes[i] = found.file_bytes
            quality[i] = np.nan if found.jpeg_quality is None else found.jpeg_quality
            taken[i] = np.nan if found.taken is None else found.taken
            formats[i], cameras[i] = found.kind, shared.setdefault(found.camera, found.camera)
        return len(chunk)

    with progress.task("read headers", n, "photos") as task:
        for done in work_ahead(work, range(0, n, _CHUNK), "header"):
            task.advance(done)
    return Headers(width, height, file_bytes, quality, orientation, taken, tuple(formats), tuple(cameras))


def read_header(file: Path) -> Header:
    """Return the header of a photo file; an empty one where it cannot be read any more."""
    try:
        with file.open("rb") as stream:
            start = stream.read(_START_BYTES)
            file_bytes = os.fstat(stream.fileno()).st_size
            kind = identify(start[:HEAD_BYTES])
            found = _jpeg_header(stream, start) if kind == "JPEG" else _other_header(stream, kind)
    except (UnreadablePhoto, *_MALFORMED, Image.DecompressionBombError):
        return Header()
    return found._replace(file_bytes=file_bytes)


def jpeg_quality(table: npt.ArrayLike) -> float:
    """Return the libjpeg quality, 1 to 100, whose luminance table has the sum nearest to that of `table`.

    A sum needs no order of the 64 entries and serves cameras that draw their own tables.
    """
    return float(np.argmin(np.abs(_table_sums() - np.sum(table))) + 1)


@lru_cache(maxsize=1)
def _table_sums() -> npt.NDArray[np.float64]:
    """Sums of libjpeg's luminance table at quality 1 to 100, (100,) (jcparam.c, jpeg_quality_scaling)."""
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    tables = np.clip((np.array(_LUMINANCE) * percent[:, None] + 50) // 100, 1, 255)  # (100, 64)
    sums: npt.NDArray[np.float64] = tables.sum(axis=1).astype(np.float64)
    return sums


def _jpeg_header(stream: BinaryIO, start: bytes) -> Header:
    """Return the header of a JPEG from its first bytes, or from the file where a profile or preview reaches beyond."""
    try:
        return _walk(io.BytesIO(start))
    except _MALFORMED:
        if len(start) < _START_BYTES:
            raise
        return _walk(stream)


def _walk(stream: BinaryIO) -> Header:
    """Walk a JPEG's segments up to its pixels; Pillow's own opening takes five times as long."""
    stream.seek(2)
    size, table, exif = (0, 0), b"", b""
    for _ in range(_MAX_SEGMENTS):
        marker = _next_marker(stream)
        if marker == _START_OF_SCAN:
            break
        (length,) = struct.unpack(">H", stream.read(2))
        if marker in _START_OF_FRAME:
            payload = stream.read(length - 2)
            size = struct.unpack(">HH", payload[3:5] + payload[1:3])
        elif marker == _TABLES and not table:
            table = stream.read(length - 2)
        elif marker == _APP1 and not exif:
            payload = stream.read(length - 2)
            exif = payload if payload.startswith(_EXIF) else b""
        else:
            stream.seek(length - 2, 1)
    quality = _quality(table[: 129 if table[0] >> 4 else 65]) if table else None
    return _with_exif(Header(*size, kind="JPEG", jpeg_quality=quality), exif)


def _next_marker(stream: BinaryIO) -> int:
    """Return the next marker that has a length, passing over fill bytes; raise `ValueError` at the end."""
    byte = stream.read(1)
    while byte:
        if byte == b"\xff":
            while byte == b"\xff":
                byte = stream.read(1)
            if byte and byte[0] and byte[0] not in _ALONE:
                return byte[0]
        byte = stream.read(1)
    raise ValueError("no pixels")


@lru_cache(maxsize=256)  # the photos of one camera share a table
def _quality(payload: bytes) -> float:
    """Return the quality of the first table of a DQT segment; 16-bit where its first four bits say so."""
    kind = ">u2" if payload[0] >> 4 else "u1"
    return jpeg_quality(np.frombuffer(payload, kind, 64, 1).astype(np.int64))


def _other_header(stream: BinaryIO, kind: str) -> Header:
    with warnings.catch_warnings():  # of large headers and broken tags: the photo was judged when it was decoded
        warnings.simplefilter("ignore")
        with Image.open(stream, formats=[kind]) as image:
            exif = image.info.get("exif")
            header = Header(*image.size, kind=kind)
            return _with_exif(header, exif if isinstance(exif, bytes) else b"")


def _with_exif(header: Header, content: bytes) -> Header:
    exif = read_exif(content)
    size = (header.height, header.width) if exif.orientation >= 5 else (header.width, header.height)
    width, height = size
    return header._replace(
        width=width, height=height, orientation=exif.orientation, taken=exif.taken, camera=exif.camera
    )
