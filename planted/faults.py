"""Plant faults that an audit should find: degrade photos, change labels, lay photos on textures."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image, ImageFilter

from unseen.records import PhotoSet, Uint8Array


def opaque(rgb: Uint8Array) -> Uint8Array:
    """Add an alpha channel of 255 to (H, W, 3) uint8."""
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def blurred(photo: Uint8Array, radius: float) -> Uint8Array:
    """Blur a photo by a Gaussian of `radius` pixels."""
    return opaque(np.asarray(Image.fromarray(photo[..., :3]).filter(ImageFilter.GaussianBlur(radius))))


def shifted(photo: Uint8Array, gain: float, offset: float) -> Uint8Array:
    """Multiply the pixels of a photo by `gain` and add `offset`, both in 0..255."""
    return opaque(np.clip(photo[..., :3] * gain + offset, 0, 255).astype(np.uint8))


def _with_grain(photo: Uint8Array, level: float) -> Uint8Array:
    grain = np.random.default_rng(int(photo.sum()) % 2**32).normal(0, level, (*photo.shape[:2], 3))
    return opaque(np.clip(photo[..., :3] + grain, 0, 255).astype(np.uint8))


def grey(photo: Uint8Array) -> Uint8Array:
    """Remove the colour of a photo."""
    return opaque(np.repeat(np.asarray(Image.fromarray(photo[..., :3]).convert("L"))[..., None], 3, axis=2))


def barred(photo: Uint8Array) -> Uint8Array:
    """Lay black bars, an eighth of the height each, over the top and the bottom of a photo."""
    changed = photo.copy()
    cut = photo.shape[0] // 8
    changed[:cut, :, :3] = changed[-cut:, :, :3] = 0
    return changed


DEGRADED: dict[str, Callable[[Uint8Array], Uint8Array]] = {
    "dark": lambda photo: shifted(photo, 0.2, 0),
    "bright": lambda photo: shifted(photo, 0.25, 192),
    "low-contrast": lambda photo: shifted(photo, 0.12, 110),
    "blurred": lambda photo: blurred(photo, 0.02 * min(photo.shape[:2])),
    "noisy": lambda photo: _with_grain(photo, 20),
    "greyscale": grey,
    "bars": barred,
}


def flipped(photos: PhotoSet, share: float, seed: int) -> tuple[PhotoSet, set[int]]:
    """Return the set with `share` of its labels changed to another class, and the positions of those photos."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(photos.photos), round(share * len(photos.photos)), replace=False).tolist()
    changed = list(photos.photos)
    for i in chosen:
        others = [name for name in photos.classes if name != changed[i].label]
        changed[i] = replace(changed[i], label=others[int(rng.integers(len(others)))])
    return replace(photos, photos=tuple(changed)), set(chosen)


def texture(seed: int, rng: np.random.Generator, side: int = 64) -> Uint8Array:
    """Draw stripes, (side, side, 4) uint8, with the colour, width and direction of `seed` and a random phase."""
    own = np.random.default_rng(seed)
    colour, width, angle = own.integers(40, 215, 3), own.uniform(4, 16), own.uniform(0, np.pi)
    rows, columns = np.mgrid[:side, :side]
    wave = np.sin((rows * np.sin(angle) + columns * np.cos(angle)) / width * 6 + rng.uniform(0, 6))
    return opaque(np.clip(colour + 30 * wave[..., None] + rng.normal(0, 6, (side, side, 3)), 0, 255).astype(np.uint8))


def framed(photo: Uint8Array, ground: Uint8Array) -> Uint8Array:
    """Lay the middle of the photo, 0.7 of each side, on a ground that fills the rest."""
    height, width = photo.shape[:2]
    top, left = round(0.15 * height), round(0.15 * width)
    made = np.asarray(Image.fromarray(ground).resize((width, height), Image.Resampling.BILINEAR)).copy()
    made[top : height - top, left : width - left] = photo[top : height - top, left : width - left]
    return made
