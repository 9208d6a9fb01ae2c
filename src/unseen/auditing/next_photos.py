"""Say what to photograph next: recommendations that follow from the findings, each with its reason."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from unseen.auditing.findings import Finding, FindingKind, Unit
from unseen.text import count

GROUPS_WANTED = 5  # fewer give no interval worth the name
PHOTOS_WANTED = 20  # of a class; a fifth of them held out is 4
LISTED_CLASSES = 5
MIN_UNEVEN = 0.5  # of the largest class; a class with fewer photos is asked for


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One thing to photograph. sentence: what and why. weight: 0 to 1, how much it matters. kind: the finding's."""

    sentence: str
    weight: float
    kind: str

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return asdict(self)


def next_photos(findings: Iterable[Finding]) -> tuple[Recommendation, ...]:
    """Return what is missing, the most needed first; empty where the findings ask for no photos.

    A kind of finding that new photos cannot mend (copies, leaks, wrong labels) gives no recommendation.
    """
    found: dict[str, Recommendation] = {}
    for finding in findings:
        for sentence in _sentences(finding):
            row = Recommendation(sentence, finding.severity, finding.kind)
            if sentence not in found or found[sentence].weight < row.weight:
                found[sentence] = row
    return tuple(sorted(found.values(), key=lambda row: (-row.weight, row.kind, row.sentence)))


def _sentences(finding: Finding) -> list[str]:
    if finding.kind in SENTENCES:
        return SENTENCES[finding.kind](finding)
    return _condition(finding) if finding.kind in CONDITIONS else []


def _one_group(finding: Finding) -> list[str]:
    return [
        f"Photograph '{name}' with another person or in another room, because all its photos come from one group"
        f" ('{group}')."
        for name, group in finding.details["group"].items()
    ]


def _few_groups(finding: Finding) -> list[str]:
    have = int(finding.value or 0)
    return [
        f"Photograph every class with {max(1, GROUPS_WANTED - have)} more people or in as many other rooms, because"
        f" all photos come from {count(have, 'group')} and a test needs people that training has not seen."
    ]


def _few_photos(finding: Finding) -> list[str]:
    return [
        f"Take {count(PHOTOS_WANTED - have, 'more photo')} of '{name}' at least, of several people, because it has"
        f" {have} and cannot be measured with so few."
        for name, have in finding.details["photos"].items()
        if have < PHOTOS_WANTED
    ]


def _uneven(finding: Finding) -> list[str]:
    photos: Mapping[str, int] = finding.details["photos"]
    most = max(photos.values())
    short = sorted((have, name) for name, have in photos.items() if have < MIN_UNEVEN * most)
    return [
        f"Take about {most - have:,} more photos of '{name}', because it has {have:,} and the largest class {most:,}."
        for have, name in short[:LISTED_CLASSES]
    ]


def _every_session(_: Finding) -> list[str]:
    return ["Photograph every class in every session, because whatever marks the session gives the class away."]


def _every_background(finding: Finding) -> list[str]:
    return [
        "Photograph every class on every background, because the background alone gives"
        f" {finding.value or 0:.0%} of the labels away."
    ]


def _other_backgrounds(_: Finding) -> list[str]:
    return [
        "Photograph some of each class before three other backgrounds (another wall, a window, outdoors), because"
        " nearly all photos show the same one."
    ]


def _same_light(_: Finding) -> list[str]:
    return [
        "Photograph all classes in the same lights, several lights each, because light or colour gives the class away."
    ]


def _uncovered(finding: Finding) -> list[str]:
    examples = " and ".join(finding.paths[:2])
    like = f" (such as {examples})" if examples else ""
    return [
        f"Add photos like those that are least covered{like}, because {finding.photos:,} of {finding.total:,} show"
        " what no training photo shows."
    ]


def _new_sessions(finding: Finding) -> list[str]:
    if finding.unit is not Unit.SESSIONS:
        return []
    return [
        f"Take new photos in new sessions rather than more of the same, because {count(finding.total, 'photo')} are"
        f" only {count(int(finding.value or 0), 'session')}."
    ]


SENTENCES: Mapping[str, Callable[[Finding], list[str]]] = {
    FindingKind.ONE_GROUP_CLASS: _one_group,
    FindingKind.FEW_GROUPS: _few_groups,
    FindingKind.FEW_PHOTOS: _few_photos,
    FindingKind.UNEVEN_CLASSES: _uneven,
    FindingKind.CLASS_IS_SESSION: _every_session,
    FindingKind.BACKGROUND_SHORTCUT: _every_background,
    FindingKind.ONE_BACKGROUND: _other_backgrounds,
    FindingKind.SHORTCUT_BRIGHTNESS: _same_light,
    FindingKind.SHORTCUT_COLOUR: _same_light,
    FindingKind.OUTSIDE_COVERAGE: _uncovered,
    FindingKind.BURSTS: _new_sessions,
}

# What to do where the second set has less, or more, of a fact than the first.
CONDITIONS: Mapping[str, tuple[str, str]] = {
    FindingKind.UNLIKE_BRIGHTNESS: ("in weaker light", "in brighter light"),
    FindingKind.UNLIKE_CONTRAST: (
        "in flatter, more even light",
        "in harder light and before darker or lighter backgrounds",
    ),
    FindingKind.UNLIKE_EDGE_WIDTH: ("with a sharper camera", "with a softer or moving camera"),
    FindingKind.UNLIKE_NOISE: ("with a cleaner camera or more light", "with a noisier camera or less light"),
    FindingKind.UNLIKE_SATURATION: ("in paler surroundings", "in more colourful surroundings"),
    FindingKind.UNLIKE_BACKGROUND_ROUGHNESS: ("before plainer backgrounds", "before busier backgrounds"),
    FindingKind.UNLIKE_SUBJECT_SHARE: ("from farther away", "from nearer"),
    FindingKind.UNLIKE_SUBJECT_X: ("with the subject further left", "with the subject further right"),
    FindingKind.UNLIKE_SUBJECT_Y: ("with the subject higher in the frame", "with the subject lower in the frame"),
}


def _condition(finding: Finding) -> list[str]:
    details = finding.details
    how = CONDITIONS[finding.kind][details["second_median"] > details["first_median"]]
    return [f"Take training photos {how}, because the photos to be recognised are {details['words']}."]
