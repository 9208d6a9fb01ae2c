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
