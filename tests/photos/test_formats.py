"""Formats are told by content; one that cannot be read here says what to install, and that works."""

import base64
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.photos.pictures import BLUE, RED, WHITE, cornered, encoded
from unseen.errors import UnreadablePhoto
from unseen.photos import formats
from unseen.photos.decode import decode, decode_with_header
from unseen.photos.scan import PHOTO_SUFFIXES
from unseen.photos.sniff import identify

# `cornered()` as a HEIC, written with pillow-heif 1.4: pi-heif only reads.
HEIC = base64.b85decode(
    "0000SW^{RQXk}?*00000ZE0pPXk}?*ZE0a<0004fZDn*}000000000XXk=`10000000000aA{+700000000000000000000B57=I"
    "V*mgE07O6l0RRC200001p#T8@000000021v001LtX>Mi!000000RR916=`l}WdZ;I000310BCk&F#rGn01j|zbZr0t000010002}"
    "X>f9I0002pX>en20001XXm(>m0RwOV0058x000009`FGC{rLC*01pFT0096PKmiN^|NjGU00093kN^M!000939=ZZRVE_RDDnbDP"
    "18@KU0|1Z!00RI30{|YNAb|yz>g1-mxCm%4AOHXZ10VnZ0{|gn00967L;=Bbz=;3=025<xY;ta6Y<K_x01W^JfB*mh6lrsCWdHyG"
    "00000KmY&$KmY&$C}V74Z~y=RKmY&$0RR91FaQ7m0RR91000000{{R2@Bjb+0ssI25O8UDX#fBK00RgJ2mk;87-?{AVE_OC00000"
    "0RRC7fdT^sga7~lL2YDVbN~PVH7EhE1o%NRX>a~AKmY%4G1-3c;e1#8Z&a7~h8O?zChIf5wcn$D6gz+U8pt*{jCxm<pTG"
)


def near(pixel: np.ndarray, colour: tuple[int, ...]) -> bool:
    return bool((abs(pixel[:3].astype(int) - np.array(colour)) <= 12).all())


def grey(mode: str) -> Image.Image:
    image = Image.new("L", (64, 48), 0)
    image.paste(255, (0, 0, 16, 16))
    return image.convert(mode)


@pytest.mark.parametrize("kind", ["AVIF", "JPEG 2000", "HEIC", "PNM", "PNM L", "PNM 1"])
def test_a_format_keeps_its_colours_and_corner_under_any_name(kind: str, tmp_path: Path) -> None:
    if kind == "HEIC":
        pytest.importorskip("pi_heif")
    if kind == "AVIF" and formats._avif() is None:
        pytest.skip("this Pillow was built without libavif")
    name, _, mode = kind.partition(" ") if kind.startswith("PNM") else (kind, "", "")
    writer = {"JPEG 2000": "JPEG2000", "PNM": "PPM"}.get(name, name)
    file = tmp_path / "photo.jpg"
    file.write_bytes(HEIC if kind == "HEIC" else encoded(grey(mode) if mode else cornered(), writer))
    pixels, header = decode_with_header(file, 64)
    assert pixels.shape == (48, 64, 4)
    assert (header.kind, header.width, header.height) == (name, 64, 48)
    assert near(pixels[4, 4], WHITE if mode else RED)
    assert near(pixels[40, 60], (0, 0, 0) if mode else BLUE)


def test_what_is_missing_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_SOMETIMES", dict.fromkeys(("AVIF", "JPEG 2000", "HEIC"), lambda: None))
    avif = b"\0\0\0\x1cftypavif\0\0\0\0mif1miaf" + bytes(64)
    for content, said in (
        (HEIC, "HEIC needs pi-heif: pip install 'unseen[heif]'"),
        (avif, "AVIF is read by Pillow 11.3 and later: pip install -U pillow"),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(64), "pip install -U pillow, or convert it to JPEG or PNG"),
    ):
        with pytest.raises(UnreadablePhoto) as refused:
            decode(content, 64)
        assert said in str(refused.value)


def test_brands_tell_avif_from_heic_where_the_first_one_does_not() -> None:
    def kind(*brands: bytes) -> str:
        head = struct.pack(">I", 16 + 4 * len(brands[1:])) + b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
        return identify(head + bytes(40))

    assert kind(b"mif1", b"heic") == "HEIC"
    assert kind(b"mif1", b"miaf", b"avif") == "AVIF"
    assert kind(b"heix", b"mif1") == "HEIC"
    for clip in ((b"isom", b"avif"), (b"mp42", b"isom"), (b"qt  ",)):
        with pytest.raises(UnreadablePhoto, match="not an image"):
            kind(*clip)
    with pytest.raises(UnreadablePhoto, match="CR3"):
        kind(b"crx ", b"isom")


def test_kept_photos_are_of_these_decoders(monkeypatch: pytest.MonkeyPatch) -> None:
    before = formats.decoders()
    monkeypatch.setattr(formats, "_heif", lambda: None if "heif-none" not in before else Image)
    monkeypatch.setattr(formats, "version", lambda name: "9")
    assert formats.decoders() != before


def test_pixel_limits_hold_before_anything_is_decoded() -> None:
    wide = bytearray(encoded(cornered(), "JPEG2000"))
    stated = struct.pack(">II", 20_000, 20_000)
    at = wide.index(b"ihdr") + 4
    wide[at : at + 8] = stated
    at = wide.index(b"\xff\x51") + 6  # SIZ: the size of the grid follows the capabilities
    wide[at : at + 8] = stated
    for content in (b"P6 20000 20000 255\n" + bytes(64), bytes(wide)):
        with pytest.raises(UnreadablePhoto, match="too many pixels"):
            decode(content, 64)


def test_names_of_these_formats_are_photos() -> None:
    assert {".heic", ".heif", ".avif", ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".jpg"} <= PHOTO_SUFFIXES
