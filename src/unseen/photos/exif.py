"""An EXIF block in; orientation, time and camera out, as far as they can be read.

Only these entries are looked up: Pillow parses the maker's notes as well, which takes as long as decoding a
small photo. Layout: TIFF 6.0, section 2; tags: CIPA DC-008 (EXIF 2.32).
"""

import re
import struct
from datetime import UTC, datetime
from typing import NamedTuple

_HEAD = b"Exif\x00\x00"
_ASCII, _SHORT, _LONG = 2, 3, 4
_MAX_ENTRIES = 512  # of one directory; cameras write about thirty
_STAMP = re.compile(r"(\d{4}):(\d\d?):(\d\d?) (\d\d?):(\d\d?):(\d\d?)", re.ASCII)
# DateTimeOriginal, not DateTime (0x0132): a program that saves a thousand photos in one go writes the time of that.
_MAKER, _MODEL, _ORIENTATION, _SUB_DIRECTORY, _TAKEN = 0x010F, 0x0110, 0x0112, 0x8769, 0x9003
_WANTED = frozenset((_MAKER, _MODEL, _ORIENTATION, _SUB_DIRECTORY, _TAKEN))


class Exif(NamedTuple):
    """orientation: 1 (upright) to 8. taken: seconds since 1970 by the camera's clock. camera: maker and model."""

    orientation: int = 1
    taken: float | None = None
    camera: str = ""


def read_exif(content: bytes) -> Exif:
    """Return what an EXIF block says; broken EXIF is common and says nothing, so no error is raised."""
    block = content.removeprefix(_HEAD)
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return Exif()
    found = _directory(block, order, struct.unpack_from(order + "I", block, 4)[0])
    below = found.get(_SUB_DIRECTORY)
    if isinstance(below, int):
        found = _directory(block, order, below) | found
    orientation = found.get(_ORIENTATION)
    camera = dict.fromkeys(text for tag in (_MAKER, _MODEL) if isinstance(text := found.get(tag), str) and text)
    return Exif(
        orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        _seconds(found.get(_TAKEN)),
        " ".join(camera),
    )


def _directory(block: bytes, order: str, start: int) -> dict[int, int | str]:
    """Return the wanted entries of the directory at `start`; what lies outside the block is left out."""
    found: dict[int, int | str] = {}
    if not 0 < start <= len(block) - 2:
        return found
    (count,) = struct.unpack_from(order + "H", block, start)
    for k in range(min(count, _MAX_ENTRIES)):
        at = start + 2 + 12 * k
        if at + 12 > len(block):
            break
        tag, kind, length, offset = struct.unpack_from(order + "HHII", block, at)
        if tag not in _WANTED:
            continue
        if kind == _SHORT:
            (found[tag],) = struct.unpack_from(order + "H", block, at + 8)
        elif kind == _LONG:
            found[tag] = offset
        elif kind == _ASCII:
            text = block[offset : offset + length] if length > 4 else block[at + 8 : at + 8 + length]
            found[tag] = text.split(b"\0")[0].decode("ascii", "replace").strip()
    return found


def _seconds(stamp: object) -> float | None:
    numbers = _STAMP.match(stamp) if isinstance(stamp, str) else None  # datetime.strptime takes ten times as long
    if numbers is None:
        return None
    year, month, day, hour, minute, second = map(int, numbers.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None  # '0000:00:00 00:00:00' is what a camera whose clock was never set writes
