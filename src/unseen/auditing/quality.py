"""Find photos with bad light, focus, noise, size, shape, colour, bars, and screenshots.

Thresholds are in the unit of their fact. Each says where the photos of six folders of hand photos lie (12,000
of them: plain walls, felt, offices, backlight), which are what 'silent on usable photos' was set on.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from unseen.auditing.findings import Finding, FindingKind, Unit
from unseen.auditing.photo_facts import Facts
from unseen.auditing.severity import severity
from unseen.records import BoolArray, Float64Array, PhotoSet
from unseen.text import count

DARK_LEVEL = 80  # grey; 95 of 100 pixels are below it. Usable photos: 92 and more
BRIGHT_LEVEL = 190  # grey; 95 of 100 pixels are above it. Usable photos: 171 and less
LOW_CONTRAST_LEVELS = 10  # standard deviation of grey. Usable photos: 11.8 and more
BLURRED_SHARE = 0.024  # width of the sharpest edges over the short side: 5 px of 192. Usable: 0.021 in 99 of 100
NOISY_LEVELS = 10  # standard deviation. Usable photos: 3 in 99 of 100; 14.8 in the worst web-cam frame
TINY_SIDE_PX = 64  # models here read 96 to 224 px: more than half of what they would see is invented
ODD_ASPECT = 2.5  # long over short side; phones reach 2.2 (20:9)
ODD_SIZE = 10.0  # times the usual number of pixels, or a tenth of it (cleanvision uses the same)
GREY_LEVELS = 6  # channels differ by less in 99 of 100 pixels. Colour photos: 15 and more, of a white wall
BARS_SHARE = 0.05  # of the height or width
SCREEN_FLAT = 0.6  # exactly flat area, and area in eight colours. Blown-out photos reach 0.55
SCREEN_FLAT_SIZED = 0.35  # where the file has the size of a screen too
LOSSLESS = frozenset(("PNG", "GIF", "BMP", "TIFF"))
SCREEN_SIDES = frozenset(
    (long, short)
    for long, shorts in {
        1280: (720, 800, 1024), 1334: (750,), 1366: (768,), 1440: (720, 900), 1536: (864,), 1600: (900, 1200),
        1680: (1050,), 1792: (828,), 1920: (1080, 1200), 2048: (1536,), 2160: (1080, 1620), 2208: (1242,),
        2280: (1080,), 2340: (1080,), 2360: (1640,), 2388: (1668,), 2400: (1080,), 2436: (1125,), 2532: (1170,),
        2556: (1179,), 2560: (1440, 1600, 1664), 2688: (1242,), 2732: (2048,), 2778: (1284,), 2796: (1290,),
        2880: (1800, 1864), 3024: (1964,), 3120: (1440,), 3200: (1440, 2000), 3456: (2234,), 3840: (2160, 2400),
    }.items()
    for short in shorts
)  # fmt: skip

MOST = 0.5  # share from which a finding is about the set, not about some photos
LISTED_PATHS = 1000


@dataclass(frozen=True, slots=True)
class _Check:
    """One check's outcome."""

    kind: FindingKind
    found: BoolArray  # (N,)
    value: Float64Array  # (N,), in `unit`
    worst_first: Float64Array  # (N,), the larger the worse
    unit: Unit
    says: str  # after 'N photos'; {value} is the median of those found
    says_one: str
    advice: str


def quality_findings(photo_set: PhotoSet, facts: Facts) -> list[Finding]:
    """Return a finding for each kind of poor photo that occurs; none where all are usable.

    `value` is the median of the photos found, `paths` the first thousand, worst first. A kind that most photos
    share is one finding about the whole set. A photo that is too dark, too bright or without contrast is not
    called blurred as well, for nothing in it can be judged, nor is a screen or one with bars, whose
    strongest edges were never before a lens.
    """
    if not len(facts):
        return []
    checks = (*_light(facts), *_detail(facts), *_shape(facts), *_origin(facts))
    return [_finding(photo_set, check) for check in checks if check.found.any()]


def _light(facts: Facts) -> Iterator[_Check]:
    dark = facts.bright_level < DARK_LEVEL
    bright = facts.dark_level > BRIGHT_LEVEL
    level = facts.brightness.astype(np.float64)
    yield _Check(
        FindingKind.DARK, dark, level, -level, Unit.GREY_LEVELS_OF_255,
        "are too dark: mean brightness {value:.0f} of 255",
        "is too dark: mean brightness {value:.0f} of 255",
        "Take them again with more light, or leave them out; keep them if the model must work in the dark.",
    )  # fmt: skip
    yield _Check(
        FindingKind.BRIGHT, bright, level, level, Unit.GREY_LEVELS_OF_255,
        "are overexposed: mean brightness {value:.0f} of 255",
        "is overexposed: mean brightness {value:.0f} of 255",
        "Take them again with less light or a lower exposure, or leave them out.",
    )  # fmt: skip
    contrast = facts.contrast.astype(np.float64)
    yield _Check(
        FindingKind.LOW_CONTRAST, (contrast < LOW_CONTRAST_LEVELS) & ~dark & ~bright, contrast, -contrast,
        Unit.GREY_LEVELS,
        "have almost no contrast: grey varies by {value:.1f} levels of 255",
        "has almost no contrast: grey varies by {value:.1f} levels of 255",
        "Look whether they show anything: fog on the lens, a covered camera and blank frames look like this.",
    )  # fmt: skip


def _detail(facts: Facts) -> Iterator[_Check]:
    judged = (facts.bright_level >= DARK_LEVEL) & (facts.dark_level <= BRIGHT_LEVEL)
    judged &= (facts.contrast >= LOW_CONTRAST_LEVELS) & (np.maximum(facts.bar_rows, facts.bar_columns) < BARS_SHARE)
    judged &= ~_is_screen(facts)
    width = 100 * np.nan_to_num(facts.edge_width.astype(np.float64))
    yield _Check(
        FindingKind.BLURRED, (width > 100 * BLURRED_SHARE) & judged, width, width, Unit.PERCENT_OF_SHORT_SIDE,
        "are blurred: their sharpest edges spread over {value:.1f}% of the short side",
        "is blurred: its sharpest edges spread over {value:.1f}% of the short side",
        "Leave them out, or take them again with more light and a steady hand; keep them if users' photos blur too.",
    )  # fmt: skip
    level = np.nan_to_num(facts.noise.astype(np.float64))
    yield _Check(
        FindingKind.NOISY, level > NOISY_LEVELS, level, level, Unit.GREY_LEVELS,
        "are noisy: grain of {value:.0f} levels of 255",
        "is noisy: grain of {value:.0f} levels of 255",
        "More light makes less grain; keep them if users' cameras are as noisy.",
    )  # fmt: skip


def _shape(facts: Facts) -> Iterator[_Check]:
    side = facts.short_side.astype(np.float64)
    yield _Check(
        FindingKind.TINY, side < TINY_SIDE_PX, side, -side, Unit.PIXELS,
        "are {value:.0f} px small (short side)",
        "is {value:.0f} px small (short side)",
        "Find the originals: enlarging adds no detail, and users' photos will be sharper than these.",
    )  # fmt: skip
    area = np.maximum(facts.width.astype(np.float64) * facts.height, 1)
    times = area / float(np.median(area))
    off = np.abs(np.log(times))
    yield _Check(
        FindingKind.ODD_SIZE, (off >= np.log(ODD_SIZE)) & (side >= TINY_SIDE_PX), times, off,
        Unit.TIMES_USUAL_PIXELS,
        "have {value:.3g} times as many pixels as is usual here",
        "has {value:.3g} times as many pixels as is usual here",
        "Check where they come from: another source often differs in more than size.",
    )  # fmt: skip
    aspect = np.maximum(facts.aspect, 1 / np.maximum(facts.aspect, 1e-9))
    yield _Check(
        FindingKind.ODD_ASPECT, aspect > ODD_ASPECT, aspect, aspect, Unit.SIDE_RATIO,
        "are strips: the long side is {value:.1f} times the short one",
        "is a strip: the long side is {value:.1f} times the short one",
        "Crop them to the subject: made square, most of them is padding.",
    )  # fmt: skip
    bars = 100 * np.maximum(facts.bar_rows, facts.bar_columns).astype(np.float64)
    yield _Check(
        FindingKind.BARS, bars >= 100 * BARS_SHARE, bars, bars, Unit.PERCENT_OF_LENGTH,
        "have bars on two sides that fill {value:.0f}% of them",
        "has bars on two sides that fill {value:.0f}% of it",
        "Crop the bars away: where one class has more of them, the model learns the bars.",
    )  # fmt: skip


def _origin(facts: Facts) -> Iterator[_Check]:
    chroma = facts.chroma.astype(np.float64)
    grey = chroma <= GREY_LEVELS
    if grey.mean() < MOST or grey.all():
        yield _Check(
            FindingKind.GREYSCALE, grey, chroma, -chroma, Unit.CHANNEL_LEVELS,
            "are greyscale" + ("" if grey.all() else ", the others are in colour"),
            "is greyscale" + ("" if grey.all() else ", the others are in colour"),
            "Photos in colour will look different to the model: add some, or turn every photo grey."
            if grey.all()
            else "Check that no class has more of them: colour or its absence would give the class away.",
        )  # fmt: skip
    else:
        yield _Check(
            FindingKind.COLOUR_AMONG_GREY, ~grey, chroma, chroma, Unit.CHANNEL_LEVELS,
            "are in colour, the others are greyscale",
            "is in colour, the others are greyscale",
            "Check that no class has more of them: colour or its absence would give the class away.",
        )  # fmt: skip
    turned = facts.orientation != 1
    number = facts.orientation.astype(np.float64)
    yield _Check(
        FindingKind.ORIENTATION, turned, number, turned.astype(np.float64), Unit.ORIENTATION,
        "are stored turned and say so in EXIF (orientation {value:.0f}): unseen turns them upright",
        "is stored turned and says so in EXIF (orientation {value:.0f}): unseen turns it upright",
        "Nothing to do here; other programs that ignore EXIF will see them lying on their side.",
    )  # fmt: skip
    flat = 100 * np.minimum(facts.flat, facts.top_colours).astype(np.float64)
    drawn = _is_screen(facts)
    kind = FindingKind.DRAWN if drawn.mean() >= MOST else FindingKind.SCREENSHOTS
    yield _Check(
        kind, drawn, flat, flat, Unit.PERCENT_FLAT,
        "are drawn or rendered, not photographed: {value:.0f}% of them is exactly flat"
        if kind is FindingKind.DRAWN
        else "look like screenshots or drawings: {value:.0f}% of them is exactly flat",
        "looks like a screenshot or drawing: {value:.0f}% of it is exactly flat",
        "Leave them out unless users will show the model screens and drawings.",
    )  # fmt: skip


def _is_screen(facts: Facts) -> BoolArray:
    """Flat areas and few colours, in a format that keeps them exactly or in a screen's size. JPEG has flat blocks."""
    sides = zip(np.maximum(facts.width, facts.height).tolist(), facts.short_side.tolist(), strict=True)
    sized = np.array([pair in SCREEN_SIDES for pair in sides], dtype=np.bool_)
    lossless = np.array([kind in LOSSLESS for kind in facts.formats], dtype=np.bool_)
    flat = np.minimum(facts.flat, facts.top_colours)
    seen = (facts.bright_level >= DARK_LEVEL) & (facts.contrast >= LOW_CONTRAST_LEVELS)  # a black photo is flat too
    screens: BoolArray = seen & ((sized & (flat >= SCREEN_FLAT_SIZED)) | (lossless & (flat >= SCREEN_FLAT)))
    return screens


def _finding(photo_set: PhotoSet, check: _Check) -> Finding:
    n, total = int(check.found.sum()), len(check.found)
    value = float(np.median(check.value[check.found]))
    where = np.flatnonzero(check.found)
    order = where[np.argsort(-check.worst_first[where], kind="stable")][:LISTED_PATHS]
    share = n / total
    who = (
        f"All {total:,} photos" if n == total > 1 else count(n, "photo") if n == total else f"{n:,} of {total:,} photos"
    )
    says = (check.says_one if n == 1 else check.says).format(value=value)
    return Finding(
        kind=check.kind,
        severity=severity(check.kind, share),
        headline=f"{who} {says}.",
        advice=check.advice,
        value=value,
        unit=check.unit,
        photos=n,
        total=total,
        paths=tuple(photo_set.photos[i].path for i in order.tolist()),
        details={"by_class": _by_class(photo_set, check.found)},
    )


def _by_class(photo_set: PhotoSet, found: BoolArray) -> dict[str, int]:
    """Photos found of each class: a defect that only one class has is a shortcut as well."""
    counts = np.bincount(photo_set.labels[found], minlength=len(photo_set.classes))
    return dict(zip(photo_set.classes, counts.tolist(), strict=True))
