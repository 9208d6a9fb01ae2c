"""Small planted photos for the tests of this folder."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 200, 20), (20, 20, 220), (255, 255, 255)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def cornered(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Blue with a red square in the top left corner."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width // 4, width // 4))
    return image.convert(mode)


def noisy(seed: int, side: int = 24) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8))


def write_tree(root: Path, *paths: str) -> Path:
    """Write a different small PNG at each path (a .jpg name gets JPEG bytes), or other bytes for other names."""
    for seed, path in enumerate(paths):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if path.lower().endswith((".png", ".jpg")):
            file.write_bytes(encoded(noisy(seed), "PNG" if path.lower().endswith(".png") else "JPEG"))
        else:
            file.write_text("not a photo")
    return root


def exif_block(taken: str = "2024:05:06 07:08:09", maker: str = "Maker", model: str = "Model 3", **tags: int) -> bytes:
    """EXIF of a photo that a program changed in 2025; orientation 6 unless `orientation` says another."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = tags.get("orientation", 6), maker, model
    exif[0x0132] = "2025:01:01 00:00:00"
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    return exif.tobytes()
