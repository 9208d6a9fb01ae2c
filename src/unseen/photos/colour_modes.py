"""Convert a Pillow image of any mode to 8-bit L, RGB, RGBA or CMYK, then to sRGB."""

import functools
import io

import numpy as np
from PIL import Image, ImageCms

from unseen.records import Uint8Array

_PROFILE_BYTES = 4 * 2**20  # the largest CMYK press profiles are about 2 MiB
_STEPS = (255.0, 4095.0, 65535.0)  # full scale of 8-, 12- and 16-bit sensors
_DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N", "I;12")


def to_eight_bit(image: Image.Image) -> Image.Image:
    """Return a loaded image as mode L, RGB, CMYK, or RGBA where it has transparency."""
    if image.mode in _DEEP:
        return Image.fromarray(scale_to_eight_bit(np.asarray(image)))
    if image.mode == "La":
        image = image.convert("LA")  # Pillow has no direct way from La to RGBA
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def scale_to_eight_bit(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Uint8Array:
    """Map numbers of any depth to 0..255 in order; Pillow's own convert("L") clips at 255 instead.

    Full scale is the smallest of 1.0 (floats), 255, 4095 and 65535 that holds the photo's peak, so that the
    exposure of a 12-bit photo in a 16-bit file is kept; other ranges are stretched from their own ends.
    """
    depth = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(depth.min()), float(depth.max())
    steps = (1.0, *_STEPS) if values.dtype.kind == "f" else _STEPS
    full = next((step for step in steps if high <= step), None)
    if low < 0 or full is None:
        depth, full = depth - low, high - low
    return np.rint(depth * (255.0 / full)).astype(np.uint8) if full else np.zeros(depth.shape, np.uint8)


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return RGB or CMYK as RGB in sRGB; a profile of another colour space is ignored."""
    if profile and len(profile) <= _PROFILE_BYTES:
        transform = _to_srgb_transform(profile, image.mode)
        if transform is not None:
            return transform.apply(image)
    return image.convert("RGB") if image.mode == "CMYK" else image


@functools.lru_cache(maxsize=16)  # photos of one camera share one profile
def _to_srgb_transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform from an embedded profile, `None` where it is sRGB already or is of no use.

    Phones embed Display P3: read as sRGB, skin is greyer than a browser shows it to the same model.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        description = source.profile.profile_description or ""
        if "srgb" in description.lower() or source.profile.xcolor_space.strip() != mode:
            return None
        # NOCACHE: a transform with lcms's one-pixel cache must not be shared between threads (lcms2 API, 2.4)
        return ImageCms.ImageCmsTransform(
            source,
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
            mode,
            "RGB",
            flags=ImageCms.Flags.NOCACHE,
        )
    except (ImportError, OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return None  # Pillow built without LittleCMS, or a broken profile: the pixels are still good


def over_white(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return L, RGB or RGBA as L or RGB composited over white, and its alpha (L); `None` where all is opaque."""
    if image.mode != "RGBA":
        return image, None
    alpha = image.getchannel("A")
    if alpha.getextrema()[0] == 255:
        return image.convert("RGB"), None
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(image, mask=alpha)
    return white, alpha


def opaque(pixels: Uint8Array) -> Uint8Array:
    """Return grey or colour (H, W, 1 or 3) as RGBA (H, W, 4)."""
    return np.array(Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels).convert("RGBA"))
