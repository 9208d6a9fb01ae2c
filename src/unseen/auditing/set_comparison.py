"""Compare a second set of photos, what the model will be given, with the first, what it is trained on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from unseen.auditing.checks import AuditInput
from unseen.auditing.findings import Finding, FindingKind, PhotoRow, Unit
from unseen.auditing.set_shifts import FACTS, SetFacts, Shift, capital, measure_shifts, with_subject
from unseen.auditing.severity import severity
from unseen.augment.alterations import ALTERATIONS, ORIENTATIONS, altered, by_alteration
from unseen.masks.subject_boxes import subject_boxes
from unseen.probes.discriminant import discriminant_logits
from unseen.probes.neighbours import nearest_row, unit_rows
from unseen.probes.two_sample import MOST, two_sample_auc
from unseen.progress import Progress
from unseen.records import Float32Array, Images, Int64Array, Interval
from unseen.seeds import generator
from unseen.text import count

ALTERED_UP_TO = 2_000  # photos; each alteration costs one more pass of the network
COVERED = 0.99  # quantile of the first set's own distances that counts as covered
MIN_OUTSIDE = 0.1  # share of photos; 0.01 is expected of photos like the first
MIN_AUC = 0.8  # lower end of the interval
# Share of photos that an alteration brings nearer; 0.5 is chance. The same halves: 0.54 at most. One of them rotated by
# a quarter: 0.82-0.99. Flipped: 0.84 on rps_freeman, but 0.53-0.65 where hands come from both sides.
MIN_NEARER = 0.7
LISTED = 50

Extract = Callable[[Images, Progress], Float32Array]
"""Photos to the features (N, D) of a network."""


@dataclass(frozen=True, slots=True)
class SetComparison:
    """How the second set differs from the first.

    auc: of a classifier that separates the sets, see `two_sample_auc`. outside: share of the second set that the first
    does not cover. distances, nearest: (M,) cosine distance to, and position of, the nearest photo of the first.
    nearer: by alteration, the share of the second set that it brings nearer to the first. Absent: `None`, empty, value
    `None`.
    """

    first: SetFacts
    second: SetFacts
    shifts: tuple[Shift, ...]
    auc: Interval
    outside: float | None
    distances: Float32Array
    nearest: Int64Array
    nearer: Mapping[str, float]

    def least_covered(self, most: int) -> list[int]:
        """Return the positions of the photos of the second set that are farthest from the first, at most `most`."""
        positions: list[int] = np.argsort(-self.distances, kind="stable")[:most].tolist()
        return positions


def compare_sets(
    first: AuditInput, second: AuditInput, extract: Extract | None, seed: int, progress: Progress
) -> SetComparison:
    """Compare `second` with `first`. extract: the network behind their features, if there is one."""
    features_of: dict[str, Float32Array] = {}
    if extract is not None and len(second.facts) <= ALTERED_UP_TO:
        rows = extract(altered(second.data.images, ORIENTATIONS), progress)
        features_of = by_alteration(rows, ORIENTATIONS)
    boxes = [subject_boxes(photos.data, seed, progress) for photos in (first, second)]
    before = _set_facts("the training photos", first, boxes[0], {})
    return compare_facts(before, _set_facts("the photos to compare", second, boxes[1], features_of), seed)


def _set_facts(name: str, photos: AuditInput, boxes: Float32Array, altered: Mapping[str, Float32Array]) -> SetFacts:
    facts = photos.facts
    return SetFacts(
        name=name,
        paths=tuple(photo.path for photo in photos.data.photos),
        groups=photos.data.grouping.groups,
        facts={
            "short_side": facts.short_side.astype(np.float32),
            "brightness": facts.brightness,
            "contrast": facts.contrast,
            "edge_width": facts.edge_width,
            "noise": facts.noise,
            "saturation": facts.saturation,
            "jpeg_quality": facts.jpeg_quality,
            "background_roughness": photos.backgrounds.roughness,
        },
        boxes=boxes,
        features=photos.features,
        altered=altered,
    )


def compare_facts(first: SetFacts, second: SetFacts, seed: int) -> SetComparison:
    """Compare `second` with `first`; what either does not know is left out."""
    shifts = measure_shifts(first, second)
    if first.features is None or second.features is None:
        unknown = Interval(None, None, None, len(second.paths), len(set(second.groups)))
        nothing = np.zeros(0, np.float32)
        return SetComparison(first, second, shifts, unknown, None, nothing, np.zeros(0, np.int64), {})
    kept = np.sort(generator(seed, "compare", "first").permutation(len(first.paths))[:MOST])
    mean = first.features[kept].mean(axis=0)
    base = unit_rows(first.features[kept] - mean)
    names = np.unique(np.array(first.groups), return_inverse=True)[1][kept]
    own, _ = nearest_row(base, base, names)
    distances, nearest = nearest_row(unit_rows(second.features - mean), base)
    known = own[np.isfinite(own)]
    outside = float((distances > np.quantile(known, COVERED)).mean()) if len(known) else None
    nearer = {
        name: float((nearest_row(unit_rows(changed - mean), base)[0] < distances).mean())
        for name, changed in second.altered.items()
    }
    features, groups = (first.features, second.features), (first.groups, second.groups)
    auc = two_sample_auc(features, groups, discriminant_logits, seed)
    return SetComparison(first, second, shifts, auc, outside, distances, kept[nearest], nearer)


def comparison_findings(found: SetComparison) -> list[Finding]:
    """Return `unlike-set`, `outside-coverage`, `altered-...` and `unlike-FACT` where they hold."""
    first, second = found.first, found.second
    findings = [_unlike_fact(first, second, shift) for shift in found.shifts if shift.words is not None]
    total = len(second.paths)
    auc = found.auc
    if auc.value is not None and auc.low is not None and auc.low >= MIN_AUC:
        headline = (
            f"{capital(second.name)} are not like {first.name}: a classifier separates them with AUC {auc.value:.2f}"
            f" ({auc.low:.2f}-{auc.high:.2f}, {auc.groups} groups; 0.50 would be no difference)."
        )
        advice = "Train with photos like these too, or expect a lower accuracy on them than on your test photos."
        kind, details = FindingKind.UNLIKE_SET, {"low": auc.low, "high": auc.high, "groups": auc.groups}
        row = Finding(kind, severity(kind), headline, advice, auc.value, Unit.AUC, total, total, details=details)
        findings.append(row)
    if found.outside is not None and found.outside >= MIN_OUTSIDE:
        findings.append(_outside(found, found.outside))
    for name, share in found.nearer.items():
        if share >= MIN_NEARER:
            kind, text = FindingKind(f"altered-{name}"), ALTERATIONS[name].text
            headline = (
                f"{capital(second.name)} seem to be {text}: {text}, {share:.0%} of them are nearer to"
                f" {first.name} (50% is chance)."
            )
            advice = (
                f"Check whether the camera takes {text} photos; rotate them, or train with --flip where signs allow it."
            )
            findings.append(
                Finding(kind, severity(kind), headline, advice, share, Unit.SHARE_OF_PHOTOS,
                        round(share * total), total)
            )  # fmt: skip
    return findings


def _unlike_fact(first: SetFacts, second: SetFacts, shift: Shift) -> Finding:
    values, words = with_subject(second)[shift.fact], FACTS[shift.fact]
    away = np.where(np.isfinite(values), np.abs(values - shift.first), -1)
    return Finding(
        kind=words.kind,
        severity=severity(words.kind),
        headline=f"{capital(second.name)} are {shift.words}, compared with {first.name}.",
        advice="Add training photos like them, or photograph like the training photos.",
        value=shift.second / shift.first if words.ratio else (shift.second - shift.first) * words.scale,
        unit=Unit.TIMES if words.ratio else words.unit,
        photos=int(np.isfinite(values).sum()),
        total=len(second.paths),
        paths=tuple(second.paths[int(i)] for i in np.argsort(-away, kind="stable")[:LISTED]),
        details={
            "fact": shift.fact, "words": shift.words, "first_median": shift.first, "second_median": shift.second,
            "ks": shift.statistic, "p_value": shift.p_value,
        },
    )  # fmt: skip


def _outside(found: SetComparison, share: float) -> Finding:
    first, second, worst = found.first, found.second, found.least_covered(LISTED)
    number, total = round(share * len(second.paths)), len(second.paths)
    return Finding(
        kind=FindingKind.OUTSIDE_COVERAGE,
        severity=severity(FindingKind.OUTSIDE_COVERAGE, share),
        headline=(
            f"{number:,} of {count(total, 'photo')} ({share:.0%}) show what {first.name} do not cover: nothing"
            " there is as near to them as unseen groups are to each other."
        ),
        advice="Label some of the photos listed first and add them to the training photos.",
        value=share,
        unit=Unit.SHARE_OUTSIDE,
        photos=number,
        total=total,
        paths=tuple(second.paths[i] for i in worst),
        evidence=tuple(PhotoRow((second.paths[i], first.paths[int(found.nearest[i])])) for i in worst),
    )
