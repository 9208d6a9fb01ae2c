"""List every check of the audit and run those that the photos allow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from unseen.auditing.background import Backgrounds, background_findings, describe_backgrounds
from unseen.auditing.burnt_text import BURNT_TEXT, text_findings
from unseen.auditing.class_balance import balance_findings
from unseen.auditing.duplicates import Alike, duplicate_findings, find_alike
from unseen.auditing.findings import Finding, Unit, ranked
from unseen.auditing.metadata import metadata_findings
from unseen.auditing.needless_photos import NEEDLESS, needless_findings
from unseen.auditing.photo_facts import Facts, measure_facts
from unseen.auditing.quality import quality_findings
from unseen.auditing.same_scene import same_scene_findings
from unseen.auditing.severity import Severity
from unseen.auditing.split_leaks import leak_findings
from unseen.auditing.split_scores import StatedSplit
from unseen.auditing.wrong_labels import label_findings
from unseen.dataset.dataset import Dataset
from unseen.evaluation.took_part import took_part
from unseen.evaluation.took_part_wording import who_took_part
from unseen.probes.neighbours import Neighbours, nearest_neighbours
from unseen.progress import Progress
from unseen.records import Float32Array

TOOK_PART = "who-took-part"
# Of one person every number is one of that person; of several whom nobody tells apart it may be.
WHO: Mapping[str, Severity] = {TOOK_PART: Severity(0.5, 0.36, 0.86, "1 where it is one person, else 0")}


@dataclass(frozen=True, slots=True)
class AuditInput:
    """A data set and what was measured of its N photos.

    features: (N, D) float32, `None` without a network. sees_scenes: whether two photos of one scene have near features,
    which is not so for a network that was trained to ignore the background.
    """

    data: Dataset
    facts: Facts
    backgrounds: Backgrounds
    features: Float32Array | None
    sees_scenes: bool = True


def measure_input(
    data: Dataset, features: Float32Array | None, progress: Progress, *, sees_scenes: bool = True
) -> AuditInput:
    """Measure every photo once; features and sees_scenes as in `AuditInput`."""
    facts = measure_facts(data, data.images, progress, headers=data.headers)
    return AuditInput(data, facts, describe_backgrounds(data.images, progress), features, sees_scenes)


class Need(StrEnum):
    """What a check cannot do without."""

    FEATURES = "features"
    SCENE_FEATURES = "scene-features"
    SEVERAL_CLASSES = "several-classes"
    STATED_SPLIT = "stated-split"


@dataclass(frozen=True, slots=True)
class CheckInput:
    """What a check is given: the photos, the stated split, which photos are alike, and the neighbours of each."""

    photos: AuditInput
    stated: StatedSplit | None
    alike: Alike
    neighbours: Neighbours | None
    seed: int

    def meets(self, need: Need) -> bool:
        """Say whether `need` is there."""
        return {
            Need.FEATURES: self.photos.features is not None,
            Need.SCENE_FEATURES: self.photos.features is not None and self.photos.sees_scenes,
            Need.SEVERAL_CLASSES: len(self.photos.data.classes) > 1,
            Need.STATED_SPLIT: self.stated is not None,
        }[need]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. title: what it looks for, for people. needs: it is skipped where one of them is not met.

    kinds: the kinds of finding that its own module defines, with how bad they are; the others are in `FindingKind`.
    """

    title: str
    run: Callable[[CheckInput], list[Finding]]
    needs: tuple[Need, ...] = ()
    kinds: Mapping[str, Severity] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check came to. skipped: the need that was not met. found: how many findings."""

    title: str
    skipped: Need | None
    found: int


@dataclass(frozen=True, slots=True)
class CheckResults:
    """Findings, worst first, and what each check came to, so that silence is seen."""

    findings: tuple[Finding, ...]
    checks: tuple[CheckResult, ...]


def _duplicates(given: CheckInput) -> list[Finding]:
    return duplicate_findings(given.photos.data, given.alike, given.photos.data.grouping)


def _leaks(given: CheckInput) -> list[Finding]:
    data, stated = given.photos.data, given.stated
    return leak_findings(data, stated.split, data.grouping, data.digests, stated.leaks) if stated else []


def _same_scene(given: CheckInput) -> list[Finding]:
    data, split = given.photos.data, given.stated.split if given.stated else None
    return same_scene_findings(data, given.neighbours, data.grouping.groups, split) if given.neighbours else []


def _quality(given: CheckInput) -> list[Finding]:
    return quality_findings(given.photos.data, given.photos.facts)


def _balance(given: CheckInput) -> list[Finding]:
    return balance_findings(given.photos.data, given.photos.data.grouping, given.seed)


def _labels(given: CheckInput) -> list[Finding]:
    data, features = given.photos.data, given.photos.features
    if features is None:
        return []
    return label_findings(data, features, data.grouping.groups, given.seed, neighbours=given.neighbours)


def _metadata(given: CheckInput) -> list[Finding]:
    data = given.photos.data
    return metadata_findings(data, given.photos.facts, data.grouping.groups, given.seed)


def _background(given: CheckInput) -> list[Finding]:
    data = given.photos.data
    return background_findings(data, given.photos.backgrounds, data.grouping.groups, given.seed)


def _needless(given: CheckInput) -> list[Finding]:
    return needless_findings(given.photos.data, given.photos.data.grouping, given.alike)


def _burnt_text(given: CheckInput) -> list[Finding]:
    data = given.photos.data
    return text_findings(data, data.images, data.grouping.groups, given.seed)


def _took_part(given: CheckInput) -> list[Finding]:
    """Say who is in photos of hands where no names tell."""
    data, found = given.photos.data, took_part(given.photos.data)
    if found.people is None or found.people.told_by == "names":
        return []
    alone = found.people.value == 1
    so = "nothing measured on them tells how other people fare" if alone else "no name tells who is who"
    return [
        Finding(
            TOOK_PART,
            WHO[TOOK_PART].at(float(alone)),
            f"These photos show {who_took_part(found)}: {so}.",
            "Photograph other people in other rooms, and say who is who by folders or --groups.",
            found.people.value,
            Unit.PEOPLE,
            len(data.photos),
            len(data.photos),
            details=asdict(found),
        )
    ]


CHECKS: tuple[Check, ...] = (
    Check("how many people and rooms the photos show", _took_part, (Need.FEATURES,), WHO),
    Check("duplicates, near-duplicates, bursts and label conflicts", _duplicates),
    Check("augmented copies and frozen frames", _needless, kinds=NEEDLESS),
    Check("leaks between the parts of your split", _leaks, (Need.STATED_SPLIT,)),
    Check("same scene a moment later", _same_scene, (Need.FEATURES, Need.SCENE_FEATURES)),
    Check("light, sharpness, noise, size and other quality", _quality),
    Check("balance of classes and groups", _balance, (Need.SEVERAL_CLASSES,)),
    Check("labels that look wrong", _labels, (Need.SEVERAL_CLASSES, Need.FEATURES)),
    Check(
        "size, light, colour, name or compression give the label away",
        _metadata,
        (Need.SEVERAL_CLASSES,),
    ),
    Check("the background gives the label away", _background, (Need.SEVERAL_CLASSES,)),
    Check(
        "text in the photos gives the label away",
        _burnt_text,
        (Need.SEVERAL_CLASSES,),
        BURNT_TEXT,
    ),
)


def run_checks(
    photos: AuditInput,
    stated: StatedSplit | None,
    seed: int,
    progress: Progress,
    checks: Sequence[Check] = CHECKS,
) -> CheckResults:
    """Run every check that the photos allow."""
    alike = find_alike(photos.data, photos.data.fingerprints, photos.data.digests)
    neighbours = None if photos.features is None else nearest_neighbours(photos.features, seed=seed)
    given = CheckInput(photos, stated, alike, neighbours, seed)
    findings: list[Finding] = []
    results: list[CheckResult] = []
    with progress.task("checks", len(checks), "checks") as task:
        for check in checks:
            skipped = next((need for need in check.needs if not given.meets(need)), None)
            found = [] if skipped else check.run(given)
            findings += found
            results.append(CheckResult(check.title, skipped, len(found)))
            task.advance(note=check.title)
    return CheckResults(ranked(findings), tuple(results))
