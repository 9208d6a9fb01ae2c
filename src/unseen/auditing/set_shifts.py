"""Measure how each fact of a second set of photos differs from the first, and put the shifts into words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from unseen.auditing.findings import FindingKind, Unit
from unseen.auditing.severity import severity
from unseen.records import Float32Array

# Whole groups of six real folders dealt to two halves, twelve times, differ by 0.41 at most (fingers_subhi).
MIN_KS = 0.5


@dataclass(frozen=True, slots=True)
class SetFacts:
    """What is known of one set of N photos. `name`: how sentences call it, such as 'your photos'.

    facts: named (N,) arrays, NaN where unknown; those in `FACTS` are put into words. boxes: (N, 4) float32, left, top,
    right, bottom of the subject as shares of the photo, NaN where none is found. features: (N, D) float32.
    altered: features (N, D) of the same photos flipped or rotated, by the name of the alteration.
    """

    name: str
    paths: tuple[str, ...]
    groups: tuple[str, ...]
    facts: Mapping[str, Float32Array]
    boxes: Float32Array | None = None
    features: Float32Array | None = None
    altered: Mapping[str, Float32Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse arrays that are not aligned."""
        given = [*self.facts.values(), *self.altered.values(), self.boxes, self.features]
        lengths = {len(self.paths), len(self.groups), *(len(values) for values in given if values is not None)}
        if len(lengths) > 1:
            raise ValueError(f"{self.name}: paths, groups, facts and features differ in length: {sorted(lengths)}")


@dataclass(frozen=True, slots=True)
class FactWords:
    """How a shift of a fact is put into words. least: the smallest shift worth reporting.

    It is a ratio where `ratio`, else a difference.
    """

    kind: FindingKind
    noun: str
    unit: Unit
    more: str
    less: str
    least: float
    ratio: bool = False
    scale: float = 1.0


FACTS: Mapping[str, FactWords] = {
    "short_side": FactWords(
        FindingKind.UNLIKE_SHORT_SIDE, "short side", Unit.PIXELS, "larger", "smaller", 1.5, ratio=True
    ),
    "brightness": FactWords(FindingKind.UNLIKE_BRIGHTNESS, "light", Unit.GREY_LEVELS, "brighter", "darker", 25),
    "contrast": FactWords(
        FindingKind.UNLIKE_CONTRAST, "contrast", Unit.GREY_LEVELS, "richer in contrast", "flatter", 15
    ),
    "edge_width": FactWords(
        FindingKind.UNLIKE_EDGE_WIDTH,
        "edge width",
        Unit.PERCENT_OF_SIDE,
        "blurrier",
        "sharper",
        1.4,
        ratio=True,
        scale=100,
    ),
    "noise": FactWords(FindingKind.UNLIKE_NOISE, "noise", Unit.GREY_LEVELS, "noisier", "cleaner", 2.0, ratio=True),
    "saturation": FactWords(
        FindingKind.UNLIKE_SATURATION, "saturation", Unit.PERCENT, "more colourful", "paler", 0.12, scale=100
    ),
    "jpeg_quality": FactWords(
        FindingKind.UNLIKE_JPEG_QUALITY, "JPEG quality", Unit.OF_100, "less compressed", "more compressed", 20
    ),
    "background_roughness": FactWords(
        FindingKind.UNLIKE_BACKGROUND_ROUGHNESS,
        "background detail",
        Unit.NONE,
        "before busier backgrounds",
        "before plainer backgrounds",
        1.4,
        ratio=True,
    ),
    "subject_share": FactWords(
        FindingKind.UNLIKE_SUBJECT_SHARE,
        "subject",
        Unit.PERCENT_OF_FRAME,
        "nearer to the subject",
        "farther from the subject",
        1.5,
        ratio=True,
        scale=100,
    ),
    "subject_x": FactWords(
        FindingKind.UNLIKE_SUBJECT_X,
        "subject",
        Unit.PERCENT_FROM_LEFT,
        "with the subject further right",
        "with the subject further left",
        0.12,
        scale=100,
    ),
    "subject_y": FactWords(
        FindingKind.UNLIKE_SUBJECT_Y,
        "subject",
        Unit.PERCENT_FROM_TOP,
        "with the subject lower",
        "with the subject higher",
        0.12,
        scale=100,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shift:
    """One fact in both sets: medians, the Kolmogorov-Smirnov statistic and its p-value, and words where it is large.

    The p-value counts groups, not photos: photos of one session are not independent.
    """

    fact: str
    first: float
    second: float
    statistic: float
    p_value: float
    words: str | None


def measure_shifts(first: SetFacts, second: SetFacts) -> tuple[Shift, ...]:
    """Return the shift of every fact that both sets know."""
    before, after = with_subject(first), with_subject(second)
    shifts = []
    for fact in [name for name in before if name in after]:
        a, b = (values[np.isfinite(values)] for values in (before[fact], after[fact]))
        if len(a) and len(b):
            statistic = _ks(a, b)
            p_value = _ks_p(statistic, len(set(first.groups)), len(set(second.groups)))
            medians = float(np.median(a)), float(np.median(b))
            words = _words(fact, *medians) if statistic >= MIN_KS else None
            shifts.append(Shift(fact, *medians, statistic, p_value, words))
    return tuple(shifts)


def with_subject(photos: SetFacts) -> dict[str, Float32Array]:
    """Return the facts, and what the boxes say of the subject: its share of the photo and where its middle is."""
    facts = dict(photos.facts)
    if photos.boxes is not None:
        left, top, right, bottom = photos.boxes.T
        facts |= {"subject_share": (right - left) * (bottom - top)}
        facts |= {"subject_x": (left + right) / 2, "subject_y": (top + bottom) / 2}
    return facts


def _ks(a: Float32Array, b: Float32Array) -> float:
    """Return the largest difference of the two distribution functions."""
    points = np.concatenate([a, b])
    below_a = np.searchsorted(np.sort(a), points, side="right") / len(a)
    below_b = np.searchsorted(np.sort(b), points, side="right") / len(b)
    return float(np.abs(below_a - below_b).max())


def _ks_p(statistic: float, n: int, m: int) -> float:
    """Return the p-value of Kolmogorov's distribution with Stephens' correction (1970) for small n and m."""
    root = np.sqrt(n * m / (n + m))
    x = (root + 0.12 + 0.11 / root) * statistic
    if x < 0.3:  # the series does not converge there; the value is 1 to five digits
        return 1.0
    k = np.arange(1, 101)
    return float(np.clip(2 * ((-1.0) ** (k - 1) * np.exp(-2 * (k * x) ** 2)).sum(), 0, 1))


def _words(fact: str, first: float, second: float) -> str | None:
    """Return such as 'darker (median light 61 grey levels instead of 142)'; `None` where it is not worth reporting."""
    words = FACTS.get(fact)
    if words is None or (words.ratio and min(first, second) <= 0):
        return None
    change = max(first, second) / min(first, second) if words.ratio else abs(second - first)
    if change < words.least:
        return None
    direction = words.more if second > first else words.less
    times = f"{change:.1f} times " if fact == "short_side" else ""
    a, b = (_number(value * words.scale) for value in (first, second))
    gap = "" if words.unit.startswith("%") else " "
    return f"{times}{direction} (median {words.noun} {b}{gap}{words.unit}".rstrip() + f" instead of {a})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"


def shift_summary(name: str, shifts: Sequence[Shift]) -> str:
    """Return all shifts of the set `name` in one sentence, the most serious first."""
    worded = sorted((shift for shift in shifts if shift.words), key=lambda s: -severity(FACTS[s.fact].kind))
    if not worded:
        return f"{capital(name)} differ in none of the {len(shifts)} facts that were measured."
    return f"{capital(name)} are " + ", ".join(str(shift.words) for shift in worded) + "."


def capital(text: str) -> str:
    """Return `text` with its first letter in upper case."""
    return text[:1].upper() + text[1:]
