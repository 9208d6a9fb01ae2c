"""Draw people: bones, skin, nails, clothes and jewellery, and which hand they use."""

from dataclasses import dataclass, replace

import numpy as np

from unseen.records import Float64Array
from unseen.seeds import generator
from unseen.synth.skeleton import ADULT, Bones

# The ten tones of the Monk Skin Tone scale (Monk, 2019; skintone.google), sRGB.
MONK = (
    "f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420",
)  # fmt: skip
TONES = len(MONK)
LEFT_SHARE = 0.3
POLISH = ((0.45, 0.02, 0.05), (0.7, 0.3, 0.35), (0.02, 0.02, 0.03), (0.8, 0.75, 0.72), (0.1, 0.15, 0.4))


def linear(srgb: Float64Array) -> Float64Array:
    """Turn sRGB 0..1 into light (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


_MONK_LIGHT: Float64Array = linear(np.array([[int(tone[i : i + 2], 16) / 255 for i in (0, 2, 4)] for tone in MONK]))


@dataclass(frozen=True, slots=True)
class Person:
    """The person whose hand is rendered.

    tone: 0 to 9, a place on the Monk scale. redness: 0 to 1. skin, palm: (3,) float64, linear reflectance of red,
    green and blue. nails: (3,) or None where they are bare. nail_mm: how far nails reach beyond the tip.
    sleeve: (3,) linear colour or None; sleeve_mm: from the wrist to the cuff. ring: the finger that wears one, or 0.
    band: (3,) colour of a bracelet or a watch, or None. blotches: (8, 4) float64, waves of the skin's unevenness.
    """

    bones: Bones
    tone: float
    redness: float
    skin: Float64Array
    palm: Float64Array
    nails: tuple[float, float, float] | None
    nail_mm: float
    sleeve: Float64Array | None
    sleeve_mm: float
    ring: int
    band: Float64Array | None
    creases: float
    blotches: Float64Array
    left: bool


def make_person(seed: int, number: int) -> Person:
    """Draw person `number`: the same for the same seed, whatever other people are drawn."""
    rng = generator(seed, "person", number)
    tone = float(rng.uniform(0, TONES - 1))
    redness = float(rng.uniform(0.1, 1.0))
    skin, palm = skin_colours(tone, redness)
    skin, palm = (c * np.exp(rng.normal(0, 0.05) + rng.normal(0, 0.03, 3)) for c in (skin, palm))
    dressed = rng.uniform() < 0.45
    cloth = linear(rng.uniform(0.05, 0.85) * np.clip(rng.uniform(0.5, 1.2, 3), 0, 1))
    metal = np.array([(0.75, 0.55, 0.25), (0.6, 0.6, 0.62), (0.03, 0.03, 0.03)][rng.integers(3)])
    return Person(
        bones=make_bones(rng),
        tone=tone,
        redness=redness,
        skin=skin,
        palm=palm,
        nails=POLISH[rng.integers(len(POLISH))] if rng.uniform() < 0.12 else None,
        nail_mm=float(rng.uniform(0, 1) ** 3 * 4),
        sleeve=cloth if dressed else None,
        sleeve_mm=float(rng.uniform(8, 90)),
        ring=int(rng.integers(2, 5)) if rng.uniform() < 0.12 else 0,
        band=metal if rng.uniform() < 0.15 else None,
        creases=float(rng.uniform(0.35, 0.95)),
        blotches=np.column_stack([rng.normal(0, 1 / rng.uniform(9, 40, 8), (3, 8)).T, rng.uniform(0, 6.3, 8)]),
        left=bool(rng.uniform() < LEFT_SHARE),
    )


def make_bones(rng: np.random.Generator) -> Bones:
    """Vary an adult's hand: size, slimness, the length of fingers against the palm and of each finger."""
    size = rng.uniform(0.84, 1.12)
    slim = rng.uniform(0.86, 1.14)
    fingers = rng.uniform(0.92, 1.08) * rng.uniform(0.96, 1.04, (5, 1)) * rng.uniform(0.97, 1.03, (5, 3))
    width = np.array([slim**0.5 * rng.uniform(0.96, 1.05), 1.0, 1.0])
    radii = slim * rng.uniform(0.96, 1.04, (5, 1)) * rng.uniform(0.98, 1.02, (5, 4))
    return replace(
        ADULT,
        bases=ADULT.bases * size * width + rng.normal(0, 0.6, (5, 3)),
        lengths=ADULT.lengths * size * fingers,
        lean=ADULT.lean + rng.normal(0, 2, 5),
        radii=ADULT.radii * size * radii,
    )


def skin_colours(tone: float, redness: float) -> tuple[Float64Array, Float64Array]:
    """Return the linear colours of the back of the hand and of the palm, (3,) float64 each.

    The palm has little melanin whatever the tone, so that a dark hand's palm is much lighter than its back.
    """
    below = min(int(tone), TONES - 2)
    back = _MONK_LIGHT[below] * (1 - (tone - below)) + _MONK_LIGHT[below + 1] * (tone - below)
    # the scale's patches are paler than skin in a photo: blood takes green and blue
    blood = np.array([1.0, 0.77 - 0.10 * redness, 0.70 - 0.12 * redness])
    back = np.maximum(back * blood * 0.85, [0.065, 0.039, 0.029])
    pale = np.array([0.62, 0.40, 0.31])
    lighter = np.minimum(back * np.array([1.1, 1.06, 1.08]), 0.9)
    share = 0.08 + 0.03 * tone
    return back, lighter * (1 - share) + pale * np.array([1.0, 1 - 0.1 * redness, 1 - 0.12 * redness]) * share
