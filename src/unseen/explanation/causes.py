"""Name the causes for which a model misses a photo, and what each can be seen by without a replay."""

from dataclasses import dataclass
from enum import StrEnum

from unseen.explanation.photo_measures import Measure


class Cause(StrEnum):
    """What is wrong between a photo and a model."""

    BACKGROUND = "background"
    EXIF_IGNORED = "exif_ignored"
    ROTATED = "rotated"
    MIRRORED = "mirrored"
    TOO_FAR = "too_far"
    TOO_CLOSE = "too_close"
    SQUASHED = "squashed"
    CHANNELS_SWAPPED = "channels_swapped"
    VALUE_RANGE = "value_range"
    NEGATIVE = "negative"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    LOW_CONTRAST = "low_contrast"
    HIGH_CONTRAST = "high_contrast"
    COLOUR_CAST = "colour_cast"
    NO_COLOUR = "no_colour"
    BLURRED = "blurred"
    NOISY = "noisy"
    JPEG = "jpeg"
    LOW_RESOLUTION = "low_resolution"
    NOT_COVERED = "not_covered"


@dataclass(frozen=True, slots=True)
class Sign:
    """A measure whose value far to one side of training's speaks for a cause; high: the side."""

    measure: Measure
    high: bool


# A cause of these without its sign is not one: a photo that is as light as training's is not too dark.
SIGNS: dict[Cause, tuple[Sign, ...]] = {
    Cause.TOO_FAR: (Sign(Measure.SUBJECT, False),),
    Cause.TOO_CLOSE: (Sign(Measure.SUBJECT, True),),
    Cause.CHANNELS_SWAPPED: (Sign(Measure.WARMTH, False),),
    Cause.VALUE_RANGE: (Sign(Measure.TOP, False),),
    Cause.TOO_DARK: (Sign(Measure.BRIGHTNESS, False),),
    Cause.TOO_BRIGHT: (Sign(Measure.BRIGHTNESS, True),),
    Cause.LOW_CONTRAST: (Sign(Measure.CONTRAST, False),),
    Cause.HIGH_CONTRAST: (Sign(Measure.CONTRAST, True),),
    Cause.COLOUR_CAST: (
        Sign(Measure.WARMTH, False), Sign(Measure.WARMTH, True),
        Sign(Measure.GREENNESS, False), Sign(Measure.GREENNESS, True),
    ),
    Cause.NO_COLOUR: (Sign(Measure.SATURATION, False),),
    Cause.BLURRED: (Sign(Measure.SHARPNESS, False),),
    Cause.NOISY: (Sign(Measure.NOISE, True),),
    Cause.JPEG: (Sign(Measure.BLOCKS, True),),
    Cause.LOW_RESOLUTION: (Sign(Measure.SHORT_SIDE, False), Sign(Measure.STEPS, True)),
}  # fmt: skip
# Signs that speak for a cause where they are there, and not against it where they are not.
HINTS: dict[Cause, tuple[Sign, ...]] = {
    Cause.BACKGROUND: (
        Sign(Measure.BORDER_DETAIL, True), Sign(Measure.BORDER_LIGHT, True), Sign(Measure.BORDER_LIGHT, False),
    ),
    Cause.NEGATIVE: (Sign(Measure.WARMTH, False),),
}  # fmt: skip
# What no replay can bring back: such a cause may be named by its sign alone.
LOST_FOR_GOOD = frozenset(
    {Cause.NO_COLOUR, Cause.BLURRED, Cause.NOISY, Cause.JPEG, Cause.LOW_RESOLUTION, Cause.TOO_CLOSE}
)
