"""Define what every check of the audit returns: a finding with its number, its photos, and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class FindingKind(StrEnum):
    """Kinds of finding, by their stable names in `audit.json`; docs/audit.md says when each is found.

    A check may define kinds of its own in its module, which `CHECKS` lists with it.
    """

    LEAK_GROUP = "leak-group"
    LEAK_EQUAL_FILE = "leak-equal-file"
    LEAK_NEAR_IDENTICAL = "leak-near-identical-photo"
    SAME_SCENE_LEAK = "same-scene-leak"
    SAME_SCENE = "same-scene"
    RANDOM_SPLIT_FLATTERS = "random-split-flatters"
    UNLIKE_TEST = "unlike-test"
    LABEL_CONFLICT = "label-conflict"
    LABEL_SUSPECT = "label-suspect"
    EXACT_DUPLICATES = "exact-duplicates"
    NEAR_DUPLICATES = "near-duplicates"
    BURSTS = "bursts"
    BACKGROUND_SHORTCUT = "background-shortcut"
    ONE_BACKGROUND = "one-background"
    SHORTCUT_SIZE = "shortcut-size"
    SHORTCUT_ASPECT = "shortcut-aspect"
    SHORTCUT_BRIGHTNESS = "shortcut-brightness"
    SHORTCUT_COLOUR = "shortcut-colour"
    SHORTCUT_NAME = "shortcut-name"
    SHORTCUT_COMPRESSION = "shortcut-compression"
    FEW_GROUPS = "few-groups"
    ONE_GROUP_CLASS = "one-group-class"
    CLASS_IS_SESSION = "class-is-session"
    FEW_PHOTOS = "few-photos"
    UNEVEN_CLASSES = "uneven-classes"
    DARK = "dark"
    BRIGHT = "bright"
    LOW_CONTRAST = "low-contrast"
    BLURRED = "blurred"
    NOISY = "noisy"
    TINY = "tiny"
    ODD_SIZE = "odd-size"
    ODD_ASPECT = "odd-aspect"
    BARS = "bars"
    GREYSCALE = "greyscale"
    COLOUR_AMONG_GREY = "colour-among-grey"
    ORIENTATION = "orientation"
    DRAWN = "drawn"
    SCREENSHOTS = "screenshots"
    UNLIKE_SET = "unlike-set"
    OUTSIDE_COVERAGE = "outside-coverage"
    ALTERED_FLIPPED = "altered-flipped"
    ALTERED_ROTATED_LEFT = "altered-rotated-left"
    ALTERED_ROTATED_RIGHT = "altered-rotated-right"
    ALTERED_UPSIDE_DOWN = "altered-upside-down"
    UNLIKE_SHORT_SIDE = "unlike-short-side"
    UNLIKE_BRIGHTNESS = "unlike-brightness"
    UNLIKE_CONTRAST = "unlike-contrast"
    UNLIKE_EDGE_WIDTH = "unlike-edge-width"
    UNLIKE_NOISE = "unlike-noise"
    UNLIKE_SATURATION = "unlike-saturation"
    UNLIKE_JPEG_QUALITY = "unlike-jpeg-quality"
    UNLIKE_BACKGROUND_ROUGHNESS = "unlike-background-roughness"
    UNLIKE_SUBJECT_SHARE = "unlike-subject-share"
    UNLIKE_SUBJECT_X = "unlike-subject-x"
    UNLIKE_SUBJECT_Y = "unlike-subject-y"


class Unit(StrEnum):
    """What the value of a finding is measured in. Members named SHARE or ANSWERS are shares from 0 to 1."""

    NONE = ""
    SHARE_OF_PHOTOS = "share of photos"
    SHARE_OF_TEST_PHOTOS = "share of test photos"
    SHARE_OF_VALIDATION_PHOTOS = "share of validation photos"
    SHARE_OUTSIDE = "share of photos outside"
    ANSWERS_ADDED = "share of answers that a random split adds"
    ANSWERS_LOST = "share of answers lost"
    ACCURACY = "accuracy"
    BALANCED_ACCURACY = "balanced accuracy without the subject"
    AUC = "AUC"
    CRAMERS_V = "Cramer's V"
    LABEL_PAIRS = "pairs of one picture under two labels"
    SESSIONS = "sessions"
    BURSTS = "bursts"
    GROUPS = "groups"
    PEOPLE = "people"
    CLASSES = "classes"
    PHOTOS = "photos"
    TIMES = "times"
    TIMES_USUAL_PIXELS = "times the usual pixels"
    SIDE_RATIO = "long side over short side"
    PIXELS = "px"
    GREY_LEVELS = "grey levels"
    GREY_LEVELS_OF_255 = "grey levels of 255"
    CHANNEL_LEVELS = "levels between channels"
    COLOUR_DISTANCE = "median distance between background colours, grey levels"
    ORIENTATION = "EXIF orientation"
    OF_100 = "of 100"
    PERCENT = "%"
    PERCENT_OF_SIDE = "% of the side"
    PERCENT_OF_SHORT_SIDE = "% of the short side"
    PERCENT_OF_LENGTH = "% of the height or width"
    PERCENT_FLAT = "% flat area"
    PERCENT_OF_FRAME = "% of the frame"
    PERCENT_FROM_LEFT = "% from the left"
    PERCENT_FROM_TOP = "% from the top"


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """Photos that prove a finding side by side: copies, a photo and its nearest, or one suspect alone.

    notes: what is said of each photo, such as 'labelled 3, looks like 5'; empty where nothing is.
    """

    paths: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    kind: of `FindingKind`, or a check's own. severity: 0 (worth knowing) to 1 (any number measured on these photos
    is wrong); findings are ranked by it. value, unit: how bad, as one number. photos: how many are affected, of
    `total`. paths: which, worst first. headline: one sentence a beginner understands, with its numbers. advice:
    what to do, one sentence. evidence: photos to show side by side; where it is empty, `paths` are the evidence.
    details: JSON-ready numbers behind it.
    """

    kind: str
    severity: float
    headline: str
    advice: str
    value: float | None
    unit: Unit
    photos: int
    total: int
    paths: tuple[str, ...] = ()
    evidence: tuple[PhotoRow, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Share of the photos that is affected, 0 to 1."""
        return self.photos / self.total if self.total else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return {**asdict(self), "details": dict(self.details), "share": self.share}


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Order findings worst first: by severity, then by the share of photos affected, then by name."""
    return tuple(sorted(findings, key=lambda finding: (-finding.severity, -finding.share, finding.kind)))
