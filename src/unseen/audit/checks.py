"""Every check of the audit in one list: gathered photos in, findings and what each check came to out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from unseen.audit.background import Backgrounds, background_findings, describe_backgrounds
from unseen.audit.class_balance import balance_findings
from unseen.audit.duplicates import Alike, duplicate_findings, find_alike
from unseen.audit.findings import Finding, ranked
from unseen.audit.metadata import metadata_findings
from unseen.audit.photo_facts import Facts, measure_facts
from unseen.audit.quality import quality_findings
from unseen.audit.same_scene import Neighbours, nearest_neighbours, semantic_findings
from unseen.audit.split_leaks import leak_findings
from unseen.audit.wrong_labels import label_findings
from unseen.dataset.dataset import Dataset
from unseen.progress import Progress
from unseen.records import Float32Array, Split
from unseen.split.verify import Leak
from unseen.text import count

NO_WEIGHTS = "skipped: it needs a pre-trained network, name one with --weights"
NO_SCENES = "skipped: the network was taught to see hands, not the scene about them"
ONE_CLASS = "skipped: there is one class only"


@dataclass(frozen=True, slots=True)
class Look:
    """What was measured of each photo of one set.

    features: (N, D) float32, `None` without a network. scenes: whether two photos of one scene have near features.
    """

    gathered: Dataset
    facts: Facts
    backgrounds: Backgrounds
    features: Float32Array | None
    scenes: bool = True

    @property
    def groups(self) -> tuple[str, ...]:
        """The group of each photo."""
        return self.gathered.grouping.groups


@dataclass(frozen=True, slots=True)
class Judged:
    """A split that was stated, and what leaks in it."""

    split: Split
    leaks: tuple[Leak, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """Findings, worst first, and for each check by name what it came to, so that silence is seen."""

    findings: tuple[Finding, ...]
    checks: tuple[tuple[str, str], ...]


def look(gathered: Dataset, features: Float32Array | None, progress: Progress, *, scenes: bool = True) -> Look:
    """Measure every photo once; features and scenes as in `Look`."""
    facts = measure_facts(gathered, gathered.images, progress, headers=gathered.headers)
    return Look(gathered, facts, describe_backgrounds(gathered.images, None, progress), features, scenes)


def run_checks(seen: Look, judged: Judged | None, seed: int, progress: Progress) -> Checked:
    """Run every check that the photos allow."""
    photos, grouping, features = seen.gathered, seen.gathered.grouping, seen.features
    one_class = ONE_CLASS if len(photos.classes) < 2 else ""
    unstated = "" if judged else "skipped: no parts are stated"
    blind = NO_WEIGHTS if features is None else ""
    sceneless = "" if seen.scenes else NO_SCENES
    alike = find_alike(photos, seen.gathered.fingerprints, seen.gathered.digests)
    near = None if features is None else nearest_neighbours(features, seed=seed)
    checks: list[tuple[str, str, Callable[[], Iterable[Finding]]]] = [
        ("copies, twins, bursts and label conflicts", "", lambda: duplicate_findings(photos, alike, grouping)),
        ("leaks between the stated parts", unstated, lambda: _leaks(seen, judged, alike)),
        (
            "same scene a moment later",
            blind or sceneless,
            lambda: _same_scene(seen, near, judged),
        ),
        ("light, sharpness, noise, size and other quality", "", lambda: quality_findings(photos, seen.facts)),
        ("balance of classes and groups", one_class, lambda: balance_findings(photos, grouping, seed)),
        ("labels that look wrong", one_class or blind, lambda: _labels(seen, near, seed)),
        (
            "size, light, colour, name or compression give the label away",
            one_class,
            lambda: metadata_findings(photos, seen.facts, grouping.groups, seed),
        ),
        (
            "the background gives the label away",
            one_class,
            lambda: background_findings(photos, seen.backgrounds, grouping.groups, seed),
        ),
    ]
    return collect(checks, progress)


def collect(checks: Sequence[tuple[str, str, Callable[[], Iterable[Finding]]]], progress: Progress) -> Checked:
    """Run (name, why it is skipped or '', check) one after the other."""
    findings: list[Finding] = []
    said: list[tuple[str, str]] = []
    with progress.task("checks", len(checks), "checks") as task:
        for name, skipped, check in checks:
            found = [] if skipped else list(check())
            findings += found
            said.append((name, skipped or (count(len(found), "finding") if found else "found nothing")))
            task.advance(note=name)
    return Checked(ranked(findings), tuple(said))


def _leaks(seen: Look, judged: Judged | None, alike: Alike) -> list[Finding]:
    assert judged is not None
    return leak_findings(seen.gathered, judged.split, seen.gathered.grouping, alike, judged.leaks)


def _same_scene(seen: Look, near: Neighbours | None, judged: Judged | None) -> list[Finding]:
    assert near is not None
    return semantic_findings(seen.gathered, near, seen.groups, judged.split if judged else None)


def _labels(seen: Look, near: Neighbours | None, seed: int) -> list[Finding]:
    assert seen.features is not None
    return label_findings(seen.gathered, seen.features, seen.groups, seed, neighbours=near)
