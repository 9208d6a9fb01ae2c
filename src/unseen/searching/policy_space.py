"""Span the policies that a search tries: one strength for each kind of change, 1 where it is that of `unseen`.

One strength a kind, and not a range for each of thirty fields: a few dozen trials can learn about a dozen numbers
(Cubuk et al., 2020, "RandAugment", arXiv:1909.13719, get by with two).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from unseen.augment.policy import POLICIES, SEARCHED_FROM, Policy, SavedPolicy

DEFAULT = POLICIES[SEARCHED_FROM]
MOST_PROBABLE = 0.9
MIXUP = 0.2  # its strength 1, for the default has none


class Kind(StrEnum):
    """A kind of change that is searched; files and reports use these names."""

    ROTATION = "rotation"
    TURNING = "turning"
    FLIP = "flip"
    DISTANCE = "distance"
    POSITION = "position"
    SHAPE = "shape"
    LIGHT = "light"
    COLOUR = "colour"
    DEGRADATION = "degradation"
    ERASING = "erasing"
    BACKGROUND = "background"
    MIXUP = "mixup"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Span:
    """How a kind is searched: strengths from `least` to `most`, or 0 and 1 alone where it is a `switch`."""

    text: str
    most: float
    least: float = 0.0
    switch: bool = False


SPANS: Mapping[Kind, Span] = {
    Kind.ROTATION: Span("turned by some degrees", 1.5),
    Kind.TURNING: Span("turned by any angle", 1.0, switch=True),
    Kind.FLIP: Span("mirrored", 1.0, switch=True),
    Kind.DISTANCE: Span("nearer and farther", 2.5),
    Kind.POSITION: Span("elsewhere in the picture", 2.0),
    Kind.SHAPE: Span("seen from the side", 2.0),
    Kind.LIGHT: Span("brighter and darker", 2.5),
    Kind.COLOUR: Span("in other colours", 2.0),
    Kind.DEGRADATION: Span("blurred, noisy, compressed", 2.0),
    Kind.ERASING: Span("partly covered", 3.0),
    Kind.BACKGROUND: Span("before other backgrounds", 1.0, switch=True),
    Kind.MIXUP: Span("two photos mixed (MixUp)", 2.0),
    Kind.SHARE: Span("how many photos are changed at all", 1.1, least=0.4),
}
Strengths = Mapping[Kind, float]
USUAL: Strengths = {kind: 0.0 if kind is Kind.MIXUP else 1.0 for kind in Kind}


def _times(value: float, strength: float) -> float:
    return value * strength


def _factor(value: float, strength: float) -> float:
    """Widen the range of a factor, 1/(1 + value) to 1 + value, evenly in its logarithm."""
    return float((1 + value) ** strength - 1)


def _chance(value: float, strength: float) -> float:
    return min(value * strength, MOST_PROBABLE)


# Fields of a policy by kind, and how a strength scales them.
FIELDS: Mapping[Kind, Mapping[Callable[[float, float], float], tuple[str, ...]]] = {
    Kind.ROTATION: {_times: ("rotation_degrees",)},
    Kind.TURNING: {_chance: ("rotate",)},
    Kind.FLIP: {_chance: ("flip",)},
    Kind.POSITION: {_times: ("shift",)},
    Kind.SHAPE: {_times: ("shear_degrees", "perspective")},
    Kind.LIGHT: {
        _factor: ("brightness", "contrast", "subject_brightness", "subject_contrast", "scene_brightness"),
        _chance: ("low_light", "shade"),
    },
    Kind.COLOUR: {
        _factor: ("saturation", "channel_gain", "subject_tint", "scene_tint", "scene_saturation"),
        _chance: ("grey",),
        _times: ("hue_degrees", "scene_hue_degrees"),
    },
    Kind.DEGRADATION: {_chance: ("blur", "noise", "jpeg")},
    Kind.ERASING: {_chance: ("erase",)},
    Kind.BACKGROUND: {_chance: ("background",)},
}


def policy_of(strengths: Strengths) -> SavedPolicy:
    """Return the policy of these strengths; kinds that are not named keep the default's, and 1 is it exactly."""
    changed: dict[str, float] = {}
    for kind, strength in strengths.items():
        if strength != USUAL[kind]:
            for scale, names in FIELDS.get(kind, {}).items():
                changed |= {name: scale(getattr(DEFAULT, name), strength) for name in names}
    policy: Policy = replace(DEFAULT, **changed)  # type: ignore[arg-type]  # `jpeg_quality` is not scaled
    if (distance := strengths.get(Kind.DISTANCE, 1.0)) != 1:
        zoom = DEFAULT.zoom**distance
        smallest = min(DEFAULT.smallest * DEFAULT.zoom / zoom, 1.0)
        policy = replace(
            policy, zoom=zoom, smallest=smallest, largest=max(smallest, DEFAULT.largest * zoom / DEFAULT.zoom)
        )
    if (share := strengths.get(Kind.SHARE, 1.0)) != 1:
        policy = replace(policy, p_unchanged=max(0.0, 1 - (1 - DEFAULT.p_unchanged) * share))
    return SavedPolicy(policy, MIXUP * strengths.get(Kind.MIXUP, 0.0))


def searchable(*, turned: bool, all_turned: bool, flipped: bool, backgrounds: bool) -> dict[Kind, Span]:
    """Return what may be searched where labels have to stay true.

    turned, flipped: whether photos of any class may be turned by any angle, or mirrored; which, stays as it is in every
    trial. all_turned: of every class; else photos are rotated no further than by default. backgrounds: whether there
    are masks, without which none can be replaced.
    """
    absent = {Kind.TURNING: not turned, Kind.FLIP: not flipped, Kind.BACKGROUND: not backgrounds}
    spans = {kind: span for kind, span in SPANS.items() if not absent.get(kind)}
    if not all_turned:
        spans[Kind.ROTATION] = replace(spans[Kind.ROTATION], most=1.0)
    return spans
