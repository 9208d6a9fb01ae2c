"""Say how serious each kind of finding is: one table, worst first, whose order is the order of the page.

From 0.85 every measured number is wrong, from 0.6 a finding is serious, from 0.3 it is worth fixing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from unseen.auditing.findings import FindingKind

WRONG, SERIOUS, WORTH_FIXING = 0.85, 0.6, 0.3


@dataclass(frozen=True, slots=True)
class Severity:
    """A straight line between two limits. base: at a measure of 0. slope: per 1. cap, floor: the limits.

    measure: what the line goes over; empty where the severity is constant.
    """

    base: float
    slope: float = 0.0
    cap: float = 1.0
    measure: str = ""
    floor: float = 0.0

    @property
    def worst(self) -> float:
        """The largest severity it can reach."""
        return self.cap if self.slope else self.base

    def at(self, measure: float = 0.0) -> float:
        """Return the severity in [0, 1], to three digits."""
        return round(float(min(self.cap, max(self.floor, self.base + self.slope * measure))), 3)


_LEAK = Severity(0.9, 0.1, 1.0, "share of the test photos that leak")
_ON_FILES = Severity(0.18, 0.72, 0.9, "share of the way from chance to certainty")
_ON_LIGHT = Severity(0.12, 0.48, 0.6, "share of the way from chance to certainty")
_POOR = Severity(0.1, 1.0, 0.5, "share of photos")
_SHIFT_OF_LOOKS = Severity(0.5)
_SHIFT = Severity(0.4)
_SHIFT_OF_FILES = Severity(0.2)
_ALTERED = Severity(0.6)

# Leaks of the validation set alone spoil the choice of the epoch and leave the test number right.
VALIDATION_LEAK = Severity(0.7)

SEVERITIES: Mapping[FindingKind, Severity] = {
    # The test number is not what new photos will give, whatever the model: nothing may stand above these.
    FindingKind.LEAK_GROUP: _LEAK,
    FindingKind.LEAK_EQUAL_FILE: _LEAK,
    FindingKind.LEAK_NEAR_IDENTICAL: _LEAK,
    # Begins lower than a leak that is proven by files or groups: a network may take two like scenes for one.
    FindingKind.SAME_SCENE_LEAK: Severity(0.8, 0.5, 1.0, "share of the held-out photos"),
    FindingKind.BACKGROUND_SHORTCUT: Severity(0.85, 0.15, 1.0, "share of the way from chance to certainty"),
    # A number from another split than the user's may be wrong by as much as the splits differ.
    FindingKind.RANDOM_SPLIT_FLATTERS: Severity(0.7, 1.0, 0.95, "accuracy that the random split adds"),
    # What a file gives away, a model can learn instead of the subject; padding and JPEG blocks are in the pixels.
    FindingKind.SHORTCUT_SIZE: _ON_FILES,
    FindingKind.SHORTCUT_ASPECT: _ON_FILES,
    FindingKind.SHORTCUT_COMPRESSION: _ON_FILES,
    # Less than a random split that flatters: the number is right, and shows that the test set is hard.
    FindingKind.UNLIKE_TEST: Severity(0.5, 1.0, 0.85, "accuracy that the test set loses"),
    # What cannot be measured at all: contradictory labels, and nobody to hold out.
    FindingKind.LABEL_CONFLICT: Severity(0.65, 5.0, 0.8, "share of photos under two labels"),
    FindingKind.FEW_GROUPS: Severity(0.65, 0.15, 0.8, "1 where there is one group only, else 0"),
    FindingKind.ONE_GROUP_CLASS: Severity(0.6, 0.2, 0.8, "share of the classes"),
    FindingKind.OUTSIDE_COVERAGE: Severity(0.4, 0.4, 0.75, "share of the second set"),
    # A suspect is no proof, so that many of them weigh less than one conflict.
    FindingKind.LABEL_SUSPECT: Severity(0.0, 10.0, 0.7, "share of photos", floor=0.1),
    FindingKind.CLASS_IS_SESSION: Severity(0.4, 0.3, 0.7, "1 where a class has too few sessions to hold out, else 0"),
    FindingKind.UNLIKE_SET: Severity(0.7),
    # How large the subject is in the frame costs more accuracy than any other shift.
    FindingKind.UNLIKE_SUBJECT_SHARE: Severity(0.65),
    # These ask for a grouped split, which unseen makes anyway.
    FindingKind.SAME_SCENE: Severity(0.3, 1.0, 0.6, "share of photos"),
    FindingKind.BURSTS: Severity(0.3, 0.3, 0.6, "share of photos in groups, times the share of photos groups save"),
    FindingKind.EXACT_DUPLICATES: Severity(0.2, 1.0, 0.6, "share of needless photos"),
    FindingKind.NEAR_DUPLICATES: Severity(0.15, 1.0, 0.6, "share of photos"),
    FindingKind.ALTERED_FLIPPED: _ALTERED,
    FindingKind.ALTERED_ROTATED_LEFT: _ALTERED,
    FindingKind.ALTERED_ROTATED_RIGHT: _ALTERED,
    FindingKind.ALTERED_UPSIDE_DOWN: _ALTERED,
    # Classes may truly differ in brightness or colour.
    FindingKind.SHORTCUT_BRIGHTNESS: _ON_LIGHT,
    FindingKind.SHORTCUT_COLOUR: _ON_LIGHT,
    # A model does not see file names: they only show how the photos were taken.
    FindingKind.SHORTCUT_NAME: Severity(0.1, 0.4, 0.5, "share of the way from chance to certainty"),
    FindingKind.UNEVEN_CLASSES: Severity(0.2, 0.1, 0.5, "1 + doublings of the ratio of the largest class beyond 2"),
    # Photos in which little can be seen: half at most, because a model may have to work on such photos.
    FindingKind.DARK: _POOR,
    FindingKind.BRIGHT: _POOR,
    FindingKind.LOW_CONTRAST: _POOR,
    FindingKind.BLURRED: _POOR,
    FindingKind.NOISY: _POOR,
    FindingKind.TINY: _POOR,
    FindingKind.UNLIKE_BRIGHTNESS: _SHIFT_OF_LOOKS,
    FindingKind.UNLIKE_EDGE_WIDTH: _SHIFT_OF_LOOKS,
    FindingKind.UNLIKE_BACKGROUND_ROUGHNESS: _SHIFT_OF_LOOKS,
    FindingKind.FEW_PHOTOS: Severity(0.45),
    FindingKind.UNLIKE_CONTRAST: _SHIFT,
    FindingKind.UNLIKE_NOISE: _SHIFT,
    FindingKind.UNLIKE_SATURATION: _SHIFT,
    FindingKind.UNLIKE_SUBJECT_X: _SHIFT,
    FindingKind.UNLIKE_SUBJECT_Y: _SHIFT,
    # Backgrounds can be replaced in training.
    FindingKind.ONE_BACKGROUND: Severity(0.35),
    # Photos that are odd but show their subject; the last is put right when it is read.
    FindingKind.BARS: Severity(0.06, 0.6, 0.3, "share of photos"),
    FindingKind.ODD_ASPECT: Severity(0.05, 0.5, 0.25, "share of photos"),
    FindingKind.SCREENSHOTS: Severity(0.05, 0.5, 0.25, "share of photos"),
    FindingKind.DRAWN: Severity(0.05, 0.5, 0.25, "share of photos"),
    FindingKind.ODD_SIZE: Severity(0.04, 0.4, 0.2, "share of photos"),
    FindingKind.GREYSCALE: Severity(0.04, 0.4, 0.2, "share of photos"),
    FindingKind.COLOUR_AMONG_GREY: Severity(0.04, 0.4, 0.2, "share of photos"),
    FindingKind.UNLIKE_SHORT_SIDE: _SHIFT_OF_FILES,
    FindingKind.UNLIKE_JPEG_QUALITY: _SHIFT_OF_FILES,
    FindingKind.ORIENTATION: Severity(0.01, 0.1, 0.05, "share of photos"),
}


def severity(kind: FindingKind, measure: float = 0.0) -> float:
    """Return how serious a finding is, 0 to 1; `measure` is what its row of the table names."""
    return SEVERITIES[kind].at(measure)
