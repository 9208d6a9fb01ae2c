"""How strongly photos are varied: a name in, the ranges each operation draws from out."""

from dataclasses import dataclass, replace

from unseen.errors import UnseenError


@dataclass(frozen=True, slots=True)
class Policy:
    """Ranges of one photo's random variation; 0 turns an operation off.

    rotation_degrees, shear_degrees: uniform in plus-minus. zoom: scale factor drawn log-uniformly from
    1/zoom to zoom. shift: share of the side, uniform in plus-minus. perspective: how far the far edge may shrink.
    flip: probability of a left-right reflection, 0 unless it is known to keep every label.
    brightness, contrast, saturation, channel_gain: factors drawn log-uniformly from 1/(1+x) to 1+x.
    hue_degrees: rotation of the colours about grey. grey: probability of a photo without colour.
    blur: probability, with a Gaussian of up to blur_px. noise: probability, with a deviation of up to noise_level
    grey levels of 255. own: share of photos that stay as they are.
    """

    rotation_degrees: float = 0.0
    shear_degrees: float = 0.0
    zoom: float = 1.0
    shift: float = 0.0
    perspective: float = 0.0
    flip: float = 0.0
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
    own: float = 0.1


POLICIES: dict[str, Policy] = {
    "none": Policy(own=1.0),
    "basic": Policy(
        rotation_degrees=15, shear_degrees=5, zoom=1.2, shift=0.08, brightness=0.3, contrast=0.3, saturation=0.3,
        channel_gain=0.1, hue_degrees=8, blur=0.1, noise=0.2,
    ),
    "strong": Policy(
        rotation_degrees=25, shear_degrees=10, zoom=1.4, shift=0.15, perspective=0.2, brightness=0.6, contrast=0.5,
        saturation=0.6, channel_gain=0.2, hue_degrees=20, grey=0.1, blur=0.25, blur_px=2.0, noise=0.3,
    ),
}  # fmt: skip


def find_policy(name: str, flip: bool) -> Policy:
    """Return the policy called `name`; `flip` reflects every second photo."""
    if name not in POLICIES:
        raise UnseenError(f"augmentation '{name}' is not known: use {', '.join(POLICIES)}")
    policy = POLICIES[name]
    return replace(policy, flip=0.5, own=min(policy.own, 0.5)) if flip else policy
