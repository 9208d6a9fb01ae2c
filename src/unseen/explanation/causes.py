"""Name the causes for which a model misses a photo."""

from enum import StrEnum


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


# What no replay can bring back whole.
LOST_FOR_GOOD = frozenset(
    {Cause.NO_COLOUR, Cause.BLURRED, Cause.NOISY, Cause.JPEG, Cause.LOW_RESOLUTION, Cause.TOO_CLOSE}
)
