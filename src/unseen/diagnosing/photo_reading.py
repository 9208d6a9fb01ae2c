"""State one way to prepare photos for a network, in words that `--as` takes and a person reads."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from unseen.errors import SettingError
from unseen.foreign.network import Layout

Scale = Literal["1/255", "raw", "1/127.5-1", "imagenet", "caffe", "standardise", "1/255-0.5", "1/127-1", "1/255/255"]
Order = Literal["rgb", "bgr", "grey"]
Fit = Literal["squash", "crop", "crop-256", "letterbox", "letterbox-grey", "letterbox-white"]
Interpolation = Literal[
    "bilinear-antialias", "bilinear", "nearest", "bicubic-antialias", "area", "bicubic", "lanczos", "nearest-corner"
]

# In the order in which they are named where several fit equally well: the most common first.
SCALES: tuple[Scale, ...] = get_args(Scale)
ORDERS: tuple[Order, ...] = get_args(Order)
FITS: tuple[Fit, ...] = get_args(Fit)
INTERPOLATIONS: tuple[Interpolation, ...] = get_args(Interpolation)

# What people write for the same thing.
_SAME: dict[str, dict[str, str]] = {
    "scale": {
        "0-255": "raw", "255": "raw", "1": "raw", "none": "raw", "0-1": "1/255", "01": "1/255", "/255": "1/255",
        "tf": "1/127.5-1", "-1-1": "1/127.5-1", "-1..1": "1/127.5-1", "+-1": "1/127.5-1", "/127.5-1": "1/127.5-1",
        "+-0.5": "1/255-0.5", "-0.5..0.5": "1/255-0.5", "torch": "imagenet", "torchvision": "imagenet",
        "caffe": "caffe", "vgg": "caffe", "standardize": "standardise", "per-image": "standardise", "/127-1": "1/127-1",
    },
    "order": {"gray": "grey", "greyscale": "grey", "grayscale": "grey"},
    "fit": {"stretch": "squash", "resize": "squash", "pad": "letterbox", "center-crop": "crop", "centre-crop": "crop",
            "crop-then-resize": "crop-256", "256": "crop-256"},
    "interpolation": {"linear": "bilinear", "cubic": "bicubic", "antialias": "bilinear-antialias",
                      "pil": "bilinear-antialias", "lanczos3": "lanczos"},
}  # fmt: skip
_ALLOWED: dict[str, tuple[str, ...]] = {
    "scale": SCALES, "order": ORDERS, "fit": FITS, "interpolation": INTERPOLATIONS, "layout": get_args(Layout),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """How the pixels of an upright RGB photo become what a network is given.

    height_px, width_px: of the input. scale: 'raw' is 0 to 255, 'caffe' subtracts the means of ImageNet's channels,
    'standardise' each photo's own mean, and divides by its deviation. fit: 'crop-256' resizes the short side to 256 for
    224 and cuts the middle out. interpolation: 'bilinear' without antialias as OpenCV and tf.image do it.
    """

    height_px: int
    width_px: int
    scale: Scale = "1/255"
    order: Order = "rgb"
    layout: Layout = "nhwc"
    fit: Fit = "squash"
    interpolation: Interpolation = "bilinear-antialias"

    @property
    def side(self) -> str:
        """Return the size as people write it: `224`, or `240x320` (height, width)."""
        return str(self.height_px) if self.height_px == self.width_px else f"{self.height_px}x{self.width_px}"

    def __str__(self) -> str:
        """Return what `--as` takes."""
        return (
            f"size={self.side},scale={self.scale},order={self.order},layout={self.layout},"
            f"fit={self.fit},interpolation={self.interpolation}"
        )

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy."""
        return {
            "size": [self.height_px, self.width_px],
            "scale": self.scale,
            "order": self.order,
            "layout": self.layout,
            "fit": self.fit,
            "interpolation": self.interpolation,
        }


def parse_reading(text: str, base: Reading) -> Reading:
    """Return `base` changed by what `--as` says, as `size=224,scale=1/255,order=bgr,fit=squash`.

    Raises `SettingError` for a name or value that means nothing.
    """
    changes: dict[str, object] = {}
    for item in filter(None, (part.strip().lower() for part in text.split(","))):
        name, _, value = (side.strip() for side in item.partition("="))
        if name in ("size", "side"):
            changes |= _size(value)
            continue
        if name not in _ALLOWED:
            raise SettingError("as_", f"has '{item}': use size=, scale=, order=, layout=, fit= or interpolation=")
        value = _SAME.get(name, {}).get(value, value)
        if value not in _ALLOWED[name]:
            raise SettingError("as_", f"has '{item}': use one of {', '.join(_ALLOWED[name])}")
        changes[name] = value
    return replace(base, **changes)  # type: ignore[arg-type]


def _size(value: str) -> dict[str, object]:
    sides = value.split("x")
    if len(sides) > 2 or not all(side.isdecimal() and 1 <= int(side) <= 4096 for side in sides):
        raise SettingError("as_", f"has 'size={value}': use size=224, or size=240x320 for height and width")
    return {"height_px": int(sides[0]), "width_px": int(sides[-1])}
