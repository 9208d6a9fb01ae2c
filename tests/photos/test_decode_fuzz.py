from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image, features

from tests.photos.pictures import cornered, encoded
from tests.photos.test_formats import HEIC
from unseen.errors import UnreadablePhoto
from unseen.photos.decode import decode

HEIC_HERE = find_spec("pi_heif") is not None
SOURCES = {
    "JPEG": encoded(cornered(), "JPEG", exif=Image.Exif().tobytes()),
    "progressive": encoded(cornered(), "JPEG", progressive=True),
    "PNG": encoded(cornered(mode="P"), "PNG", transparency=0),
    "PNG16": encoded(Image.fromarray(np.arange(4096, dtype=np.uint16).reshape(64, 64)), "PNG"),
    "GIF": encoded(cornered(), "GIF", save_all=True, append_images=[cornered().rotate(90)]),
    "BMP": encoded(cornered(mode="P"), "BMP"),
    "TIFF": encoded(cornered(), "TIFF", compression="tiff_lzw"),
    "raw TIFF": encoded(cornered(mode="CMYK"), "TIFF"),
    "WEBP": encoded(cornered(), "WEBP", exif=Image.Exif().tobytes()),
    "PPM": encoded(cornered(), "PPM"),
    "plain PGM": b"P2 8 8 255\n" + b" ".join(b"%d" % i for i in range(64)),
    "PBM": encoded(cornered(mode="1"), "PPM"),
    "JP2": encoded(cornered(), "JPEG2000"),
    "J2K": encoded(cornered(mode="L"), "JPEG2000", no_jp2=True),
    **({"AVIF": encoded(cornered(), "AVIF", speed=10)} if features.check("avif") else {}),
    **({"HEIC": HEIC} if HEIC_HERE else {}),
}


@pytest.mark.parametrize("name", SOURCES)
def test_damaged_bytes_give_pixels_or_one_kind_of_error(name: str) -> None:
    rng = np.random.default_rng(7)
    read = refused = 0
    for _ in range(150):
        content = np.frombuffer(SOURCES[name], dtype=np.uint8).copy()
        reach = len(content) if rng.random() < 0.3 else min(len(content), 200)  # headers break most
        at = rng.integers(4, reach, size=rng.integers(1, 8))
        content[at] = rng.integers(0, 256, size=len(at))
        try:
            pixels = decode(content.tobytes(), 32)
        except UnreadablePhoto:
            refused += 1
            continue
        read += 1
        assert pixels.ndim == 3
        assert pixels.shape[2] == 4
        assert max(pixels.shape[:2]) <= 128
    assert refused > 0
    assert read + refused == 150
