"""Tell the image format of a file by its first bytes.

Format is told by content, never by file name: phones and chat programs save HEIC and WebP under `.jpg`.
"""

import struct
from collections.abc import Mapping
from types import MappingProxyType

from unseen.errors import UnreadablePhoto

HEAD_BYTES = 32  # enough for every signature here and for the canvas size of a WebP

# Formats people do have on their cards; not every Pillow decodes them, so they are named, not opened.
_FTYP_BRANDS: Mapping[bytes, str] = MappingProxyType(
    {b"avif": "AVIF", b"avis": "AVIF"}
    | dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIC")
    | {b"crx ": "CR3"}
)
_UNSUPPORTED: Mapping[bytes, str] = MappingProxyType(
    {
        b"\xff\x0a": "JPEG XL",
        b"\x00\x00\x00\x0cJXL ": "JPEG XL",
        b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
        b"\xff\x4f\xff\x51": "JPEG 2000",
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
    }
)


def convert_reason(name: str) -> str:
    """Return the reason given for a photo in a format that is known but not read."""
    return f"{name} is not read: convert it to JPEG or PNG"


def identify(head: bytes) -> str:
    """Return JPEG, PNG, GIF, BMP, TIFF or WEBP for the first `HEAD_BYTES` bytes of a file.

    Raises `UnreadablePhoto` for an empty file, a known format that is not read, and anything else.
    """
    if not head:
        raise UnreadablePhoto("empty file")
    if head[4:8] == b"ftyp":
        brand = _FTYP_BRANDS.get(head[8:12])
        raise UnreadablePhoto(convert_reason(brand) if brand else "not an image")
    for signature, name in _UNSUPPORTED.items():
        if head.startswith(signature):
            raise UnreadablePhoto(convert_reason(name))
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    for signature, name in _SUPPORTED.items():
        if head.startswith(signature):
            return name
    raise UnreadablePhoto("not an image")


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
