"""How strongly photos are augmented: the ranges that each operation draws from, by name or from a file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from unseen.errors import SettingError, UnseenError
from unseen.runs import read_json, write_json
from unseen.saved import read_record

# The value of `--augment` that looks for a policy, from that of this name on.
SEARCH, SEARCHED_FROM = "search", "unseen"
SUFFIX = ".json"
# What a field of a file may be; a probability or a share where it is not listed.
LIMITS: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(("rotation_degrees", "shear_degrees", "hue_degrees", "scene_hue_degrees"), (0, 180)),
    **dict.fromkeys(("zoom", "largest"), (0.1, 10)),
    **dict.fromkeys(
        (
            "brightness", "contrast", "saturation", "channel_gain", "subject_brightness", "subject_contrast",
            "subject_tint", "scene_brightness", "scene_saturation", "scene_tint",
        ), (0, 10),
    ),
    "smallest": (0.01, 10), "blur_px": (0, 20), "noise_level": (0, 255), "jpeg_quality": (1, 95),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Policy:
    """Ranges of one photo's random variation; 0 turns an operation off.

    rotation_degrees, shear_degrees: uniform in plus-minus. zoom: scale factor drawn log-uniformly from
    1/zoom to zoom. shift: share of the side, uniform in plus-minus. perspective: how far the far edge may shrink.
    flip: probability of a left-right reflection, rotate: of any rotation, both only where that keeps the label.
    brightness, contrast, saturation, channel_gain: factors drawn log-uniformly from 1/(1+x) to 1+x.
    hue_degrees: rotation of the colours about grey. grey: probability of a photo without colour.
    blur: probability, with a Gaussian of up to blur_px. noise: probability, with a deviation of up to noise_level
    grey levels of 255. p_unchanged: probability that a photo stays as it is.
    low_light: probability of an under-exposed, noisy photo. shade: probability of light that falls off across the
    photo. jpeg: probability of JPEG compression, at a quality of jpeg_quality to 95. erase: probability of rectangles
    that hide up to a fifth of the photo.

    The rest acts on photos with a mask (alpha, opaque on the subject). background: probability of another
    background. smallest, largest: longer side of the subject's box as a share of the side, log-uniform between them.
    anchored: probability that the photo edge where a subject is cut off (an arm) stays outside the view.
    edge: how far the mask's soft edge grows or shrinks, in plus-minus, 0 to 1. shadow: probability that the subject
    shades its background. wrap: probability that light of the background spills onto the subject's edge.
    defocus: probability of a background out of focus. subject_*, scene_*: ranges of the colour of each alone, before
    the ranges above vary both together.
    """

    rotation_degrees: float = 0.0
    shear_degrees: float = 0.0
    zoom: float = 1.0
    shift: float = 0.0
    perspective: float = 0.0
    flip: float = 0.0
    rotate: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    channel_gain: float = 0.0
    hue_degrees: float = 0.0
    grey: float = 0.0
    blur: float = 0.0
    blur_px: float = 1.5
    noise: float = 0.0
    noise_level: float = 12.0
    p_unchanged: float = 0.1
    low_light: float = 0.0
    shade: float = 0.0
    jpeg: float = 0.0
    jpeg_quality: int = 40
    erase: float = 0.0
    background: float = 0.0
    smallest: float = 0.5
    largest: float = 1.2
    anchored: float = 0.85
    edge: float = 0.0
    shadow: float = 0.0
    wrap: float = 0.0
    defocus: float = 0.0
    subject_brightness: float = 0.0
    subject_contrast: float = 0.0
    subject_tint: float = 0.0
    scene_brightness: float = 0.0
    scene_saturation: float = 0.0
    scene_tint: float = 0.0
    scene_hue_degrees: float = 0.0

    @property
    def subject(self) -> "Policy":
        """The colour ranges of the subject alone."""
        return Policy(
            brightness=self.subject_brightness,
            contrast=self.subject_contrast,
            channel_gain=self.subject_tint,
            p_unchanged=0.0,
        )

    @property
    def scene(self) -> "Policy":
        """The colour ranges of a replaced background alone."""
        return Policy(
            brightness=self.scene_brightness, saturation=self.scene_saturation, channel_gain=self.scene_tint,
            hue_degrees=self.scene_hue_degrees, p_unchanged=0.0,
        )  # fmt: skip


POLICIES: dict[str, Policy] = {
    "none": Policy(p_unchanged=1.0),
    "basic": Policy(
        flip=0.5, rotation_degrees=15, shear_degrees=5, zoom=1.2, shift=0.08, brightness=0.3, contrast=0.3,
        saturation=0.3, channel_gain=0.1, hue_degrees=8, blur=0.1, noise=0.2,
    ),
    "strong": Policy(
        flip=0.5, rotation_degrees=25, shear_degrees=10, zoom=1.4, shift=0.15, perspective=0.2, brightness=0.6,
        contrast=0.5, saturation=0.6, channel_gain=0.2, hue_degrees=20, grey=0.1, blur=0.25, blur_px=2.0, noise=0.3,
    ),
    # Only random backgrounds cost accuracy on the original ones (Xiao et al., 2020, arXiv:2006.09994, ImageNet-9),
    # hence the share of photos that keeps its own.
    "unseen": Policy(
        flip=0.5, rotate=0.5, rotation_degrees=30, shear_degrees=12, zoom=1.6, shift=0.15, perspective=0.25,
        brightness=0.35, contrast=0.3, saturation=0.5, channel_gain=0.15, hue_degrees=12, grey=0.08, blur=0.25,
        blur_px=1.8, noise=0.3, low_light=0.1, shade=0.3, jpeg=0.25, erase=0.1, background=0.75, edge=0.6, shadow=0.25,
        wrap=0.3, defocus=0.3, subject_brightness=0.4, subject_contrast=0.2, subject_tint=0.08, scene_brightness=0.4,
        scene_saturation=0.5, scene_tint=0.12, scene_hue_degrees=15,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SavedPolicy:
    """What `policy.json` holds. mixup: strength of MixUp, which mixes two photos and is no part of one's variation."""

    policy: Policy
    mixup: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values that no photo could be varied by."""
        for field in fields(Policy):
            low, high = LIMITS.get(field.name, (0, 1))
            if not low <= (value := getattr(self.policy, field.name)) <= high:
                raise SettingError(field.name, f"is {value:g}: use a value from {low:g} to {high:g}")
        if self.policy.smallest > self.policy.largest:
            raise SettingError("smallest", f"is above largest, {self.policy.largest:g}: use a smaller value")
        if self.policy.zoom < 1:
            raise SettingError("zoom", f"is {self.policy.zoom:g}: use a value from 1 to 10")
        if not 0 <= self.mixup <= 1:
            raise SettingError("mixup", f"is {self.mixup:g}: use a value from 0 to 1")


def find_policy(name: str) -> Policy:
    """Return the policy called `name`, or the one in the file `name`; for `search` the one that it begins with."""
    return saved_policy(name).policy


def saved_policy(name: str) -> SavedPolicy:
    """Return the policy called `name`, with the MixUp that belongs to it."""
    if name.endswith(SUFFIX):
        return read_policy(Path(name))
    name = SEARCHED_FROM if name == SEARCH else name
    if name not in POLICIES:
        known = ", ".join((*POLICIES, SEARCH))
        raise UnseenError(f"augmentation '{name}' is not known: use {known}, or the policy.json of a run")
    return SavedPolicy(POLICIES[name])


def read_policy(path: Path) -> SavedPolicy:
    """Read what `write_policy` wrote; raise `UnseenError` for a key that is not known and a value out of its range."""
    if not path.is_file():
        raise UnseenError(f"{path} is not there: name the policy.json of a run of unseen train --augment search")
    content = read_json(path)
    try:
        return read_record(SavedPolicy, content)
    except SettingError as error:
        raise UnseenError(f"{path}: {error}: correct it, or search again with --augment search") from None


def write_policy(path: Path, saved: SavedPolicy) -> None:
    """Write `policy.json`."""
    write_json(path, asdict(saved))
