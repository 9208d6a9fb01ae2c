"""Tell the image format of a file by its first bytes.

Format is told by content, never by file name: phones and chat programs save HEIC and WebP under `.jpg`.
"""

import struct
from collections.abc import Mapping
from types import MappingProxyType

from unseen.errors import UnreadablePhoto

HEAD_BYTES = 64  # enough for every signature here, the brands of a HEIC and the canvas size of a WebP

_FTYP_BRANDS: Mapping[bytes, str] = MappingProxyType(
    {b"avif": "AVIF", b"avis": "AVIF"}
    | dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "HEIC")
)
# Of any kind of picture: the brands that it says it is compatible with tell which.
_ANY_BRAND = (b"mif1", b"msf1", b"miaf")
# Formats people do have on their cards; they are named, not opened.
_UNSUPPORTED: Mapping[bytes, str] = MappingProxyType(
    {
        b"\xff\x0a": "JPEG XL",
        b"\x00\x00\x00\x0cJXL ": "JPEG XL",
        b"8BPS": "PSD",
        b"%PDF": "PDF",
        b"II*\x00\x10\x00\x00\x00CR": "CR2",
        b"FUJIFILM": "RAF",
        b"IIU\x00": "RW2",
        b"IIRO": "ORF",
    }
)
_SUPPORTED: Mapping[bytes, str] = MappingProxyType(
    {
        b"\xff\xd8": "JPEG",
        b"\x89PNG\r\n\x1a\n": "PNG",
        b"GIF87a": "GIF",
        b"GIF89a": "GIF",
        b"BM": "BMP",
        b"II*\x00": "TIFF",
        b"MM\x00*": "TIFF",
        b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
        b"\xff\x4f\xff\x51": "JPEG 2000",
    }
)


# What stands in place of photos, by how it begins.
_NO_IMAGE: Mapping[bytes, str] = MappingProxyType(
    {
        b"version https://git-lfs": "a pointer of Git LFS (git lfs pull fetches it)",
        b"<!DOCTYPE html": "a web page, saved instead of the photo",
        b"<!doctype html": "a web page, saved instead of the photo",
        b"<html": "a web page, saved instead of the photo",
    }
)


def convert_reason(name: str) -> str:
    """Return the reason given for a photo in a format that is known but not read."""
    return f"{name} is not read: convert it to JPEG or PNG"


def identify(head: bytes) -> str:
    """Return the format, a name of `formats.opener`, of a file by its first `HEAD_BYTES` bytes.

    Raises `UnreadablePhoto` for an empty file, a known format that is not read, and anything else.
    """
    if not head:
        raise UnreadablePhoto("empty file")
    if head[4:8] == b"ftyp":
        return _of_brands(head)
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return "PNM"
    for signature, name in _UNSUPPORTED.items():
        if head.startswith(signature):
            raise UnreadablePhoto(convert_reason(name))
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    for signature, name in _SUPPORTED.items():
        if head.startswith(signature):
            return name
    begun = head.lstrip()
    raise UnreadablePhoto(next((why for start, why in _NO_IMAGE.items() if begun.startswith(start)), "not an image"))


def _of_brands(head: bytes) -> str:
    """Return AVIF or HEIC by the brands of an ISO base media file (ISO/IEC 14496-12)."""
    if head[8:12] == b"crx ":
        raise UnreadablePhoto(convert_reason("RAW (CR3)"))
    stated = [head[8:12], *(head[at : at + 4] for at in range(16, min(int.from_bytes(head[:4]), len(head)), 4))]
    found = next((_FTYP_BRANDS[brand] for brand in stated if brand in _FTYP_BRANDS), None)
    if found is None and stated[0] in _ANY_BRAND:
        return "HEIC"
    if found is None or stated[0] not in (*_FTYP_BRANDS, *_ANY_BRAND):
        raise UnreadablePhoto("not an image")
    return found


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Return (width, height) in pixels that a WebP header states, `None` where the header is broken.

    Read before the decoder is made: libwebp's animation decoder reserves the whole canvas when it is
    created, 2 GB for the largest header (https://developers.google.com/speed/webp/docs/riff_container).
    """
    chunk = head[12:16]
    if chunk == b"VP8X" and len(head) >= 30:
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if chunk == b"VP8L" and len(head) >= 25:
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and len(head) >= 30:
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def webp_is_cut(content: bytes) -> bool:
    """Say whether a WebP is shorter than its RIFF header states; libwebp only says that it cannot decode."""
    return int.from_bytes(content[4:8], "little") + 8 > len(content)
