"""List the files that `bench.foreign` asks about: networks, and how each wants its photos, chosen or drawn."""

import itertools
import random
from dataclasses import asdict, dataclass

from bench.foreign_files import WRITERS
from unseen.diagnosing.photo_reading import FITS, INTERPOLATIONS, SCALES, Fit, Interpolation, Order, Scale

AFFINE: tuple[Scale, ...] = ("1/255", "imagenet", "raw", "1/127.5-1", "caffe", "1/255-0.5", "1/127-1")


@dataclass(frozen=True, slots=True)
class Base:
    """A network that is trained: on which photos, and how they are prepared. scale: `standardise` is kept."""

    family: str
    photos: str
    side_px: int
    fit: Fit
    interpolation: Interpolation
    order: Order = "rgb"
    channels: int = 3
    scale: Scale = "imagenet"
    most: int = 0  # photos that it is trained on, 0: all

    @property
    def name(self) -> str:
        """Return what its weights are kept by."""
        parts = [value for key, value in asdict(self).items() if key != "most"]
        return "-".join(map(str, parts)).replace("/", "_")


BASES = (
    Base("cnn", "rps_freeman", 48, "squash", "bilinear-antialias"),
    Base("mobile", "rps_freeman", 64, "crop", "bilinear"),
    Base("vgg", "rps_subhi", 48, "squash", "nearest"),
    Base("cnn", "rps_freeman", 48, "letterbox", "bicubic-antialias"),
    Base("mobile", "sign_digits", 64, "squash", "area"),
    Base("vgg", "rps_freeman", 48, "crop-256", "bilinear-antialias"),
    Base("cnn", "rps_freeman", 64, "squash", "nearest-corner", "rgb", 3, "standardise"),
    Base("vgg", "rps_freeman", 48, "letterbox-white", "lanczos"),
    Base("cnn", "rps_subhi", 48, "crop", "bicubic", "grey", 1),
    Base("mobile", "rps_freeman", 48, "squash", "bilinear", "grey"),
    Base("vgg", "fingers_subhi/train", 64, "letterbox-grey", "bilinear", "rgb", 3, "standardise"),
)


@dataclass(frozen=True, slots=True)
class Variant:
    """One file that doctor is asked about. inside: it scales photos itself. named: its classes are beside it."""

    base: Base
    scale: Scale
    order: Order
    format: str
    inside: bool
    softmax: bool
    named: bool
    trained: bool = True

    @property
    def name(self) -> str:
        """Return what its result is kept by."""
        flags = "".join("ny"[flag] for flag in (self.inside, self.softmax, self.named, self.trained))
        return f"{self.base.name}--{self.scale}-{self.order}-{self.format}-{flags}".replace("/", "_")


def variants(count: int) -> list[Variant]:
    """Return `count` variants of trained networks, all values of each part as often, then three of random weights."""
    formats, scales = itertools.cycle(WRITERS), itertools.cycle(AFFINE)
    rng, made = random.Random(0), []
    for number in range(count):
        base = BASES[number % len(BASES)]
        fixed = base.scale == "standardise"
        scale = base.scale if fixed else next(scales)
        order: Order = base.order if base.order == "grey" else rng.choice(("rgb", "bgr"))
        inside = not fixed and scale != "raw" and rng.random() < 0.3
        made.append(Variant(base, scale, order, next(formats), inside, rng.random() < 0.6, rng.random() < 0.5))
    random_ones = [Variant(BASES[i], "1/255", "rgb", kind, False, True, False, False) for i, kind in
                   ((0, "onnx"), (1, "h5"), (2, "tflite"), (4, "pt2"))]  # fmt: skip
    return made + random_ones


# Sets and sizes to draw from: none of them was asked about while the search was made, but for rps_subhi and sign_digits
# at 48 and 64 pixels.
DRAWN_FROM = (
    "rps_subhi", "sign_digits", "fingers_subhi/train", "people/asl_derick", "people/vowels_abimael",
    "people/asl_t32rahman", "people/asl_seeel", "people/gestures_anupam",
)  # fmt: skip
DRAWN_SIDES = (72, 80, 96, 112, 128, 160, 192)


def drawn(count: int, seed: int) -> list[Variant]:
    """Draw variants: of each part every value before any comes again, all combined by chance."""
    rng = random.Random(seed)

    def turns(*values: object) -> list[object]:
        rounds = [rng.sample(values, len(values)) for _ in range(count // len(values) + 1)]
        return list(itertools.chain.from_iterable(rounds))[:count]

    scales = [scale for scale in SCALES if scale != "1/255/255"]
    parts = zip(
        turns("lenet", "separable", "mobile"), turns(*DRAWN_FROM), turns(*DRAWN_SIDES), turns(*FITS),
        turns(*INTERPOLATIONS), turns("rgb", "bgr", "rgb", "bgr", "grey"), turns(*scales), turns(*WRITERS, "int8"),
        strict=True,
    )  # fmt: skip
    made = []
    for family, photos, side, fit, interpolation, order, scale, kind in parts:
        trained_as = ("grey" if order == "grey" else "rgb", 3, "standardise" if scale == "standardise" else "imagenet")
        base = Base(family, photos, side, fit, interpolation, *trained_as, most=600)  # type: ignore[arg-type]
        inside = scale not in ("raw", "standardise") and kind != "int8" and rng.random() < 0.25
        softmax, named = rng.random() < 0.7, rng.random() < 0.5
        made.append(Variant(base, scale, order, kind, inside, softmax, named))
    return made
