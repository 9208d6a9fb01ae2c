"""Find labels that look wrong, the surest first.

Confident learning (Northcutt et al. 2021, arXiv:1911.00068) on probabilities of a classifier that never saw the photo's
group, confirmed by the photo's neighbours.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from unseen.auditing.findings import Finding, FindingKind, PhotoRow, Unit
from unseen.auditing.severity import severity
from unseen.evaluation.metrics import softmax
from unseen.probes.discriminant import discriminant_logits
from unseen.probes.neighbours import Neighbours, nearest_neighbours
from unseen.probes.out_of_fold import Probe, out_of_fold
from unseen.records import BoolArray, Float32Array, Int64Array, PhotoSet
from unseen.seeds import derive
from unseen.text import count, plural

REPEATS = 3  # draws of the folds, averaged: whom a fold happens to hold out decides less
REPEATED_UP_TO = 10_000  # photos; beyond it folds are large enough to agree
# The other label is more probable by this much. With confident learning's own thresholds instead, sign_digits as
# published is alike (33 and 64 suspects before the neighbours are asked), but a fifth of fingers_subhi is suspect,
# where people differ so much that the probe is right in 71% of the cases.
MARGIN = 0.5
LISTED = 200  # suspects named in the evidence


def calibrated(logits: Float32Array, labels: Int64Array) -> Float32Array:
    """Return probabilities (N, C) float32 at the temperature that makes the given labels most likely.

    Guo et al. 2017 (arXiv:1706.04599); without it every suspect has probability 1 and the ranking says nothing.
    """
    own = np.arange(len(labels))
    losses = {}
    for temperature in np.geomspace(0.02, 200, 60):
        probabilities = softmax(logits / temperature)
        losses[float(temperature)] = -float(np.log(probabilities[own, labels] + 1e-9).mean())
    return softmax(logits / min(losses, key=losses.__getitem__)).astype(np.float32)


def label_findings(
    photo_set: PhotoSet,
    features: Float32Array,
    groups: Sequence[str],
    seed: int,
    *,
    probe: Probe = discriminant_logits,
    neighbours: Neighbours | None = None,
) -> list[Finding]:
    """Return `label-suspect`: photos whose label a probe and the photo's neighbours both contradict.

    features: (N, D) float32, aligned with `photo_set`, as are groups. neighbours: of the same features, where they
    are known. Measured on sign_digits with 3% of the labels changed, three seeds: 84-90% found at 74-82% precision
    (81-90% at 61-63% with a softmax head on the same features); as published, 40 of its 2,062 photos are suspects.
    """
    labels, classes = photo_set.labels, len(photo_set.classes)
    if classes < 2 or len(labels) < 2 * classes:
        return []
    repeats = REPEATS if len(labels) <= REPEATED_UP_TO else 1
    runs = [out_of_fold(features, labels, groups, classes, probe, derive(seed, "labels", k)) for k in range(repeats)]
    judged = np.all([run.judged for run in runs], axis=0)
    if not judged.any():
        return []
    logits = np.stack([run.logits for run in runs]).mean(axis=0)
    probabilities = np.zeros_like(logits)
    probabilities[judged] = calibrated(logits[judged], labels[judged])
    near = neighbours if neighbours is not None else nearest_neighbours(features, seed=seed)
    suspects, suggested, margin = _suspects(probabilities, labels, judged, near)
    if not len(suspects):
        return []
    return [_finding(photo_set, suspects, suggested, margin)]


def _suspects(
    probabilities: Float32Array, labels: Int64Array, judged: BoolArray, near: Neighbours
) -> tuple[Int64Array, Int64Array, Float32Array]:
    """Return the suspects, worst first, and for all N photos the suggested label and the margin of the given one."""
    own = np.arange(len(labels))
    others = probabilities.copy()
    others[own, labels] = -1
    suggested = others.argmax(axis=1)
    margin = probabilities[own, labels] - others[own, suggested]
    known = near.index >= 0
    carried = np.where(known, labels[np.maximum(near.index, 0)], -1)
    # Neighbours of the same session count here, unlike in the folds: a photo between frames that carry its own label
    # is an odd photo and no wrong label. It takes 64 false suspects of sign_digits to 40, 42 of rps_subhi to 2.
    agree = (carried == suggested[:, None]).sum(axis=1) > (carried == labels[:, None]).sum(axis=1)
    found = np.flatnonzero(judged & (margin <= -MARGIN) & agree)
    return found[np.argsort(margin[found], kind="stable")], suggested, margin


def _finding(photo_set: PhotoSet, suspects: Int64Array, suggested: Int64Array, margin: Float32Array) -> Finding:
    total, found = len(photo_set.photos), len(suspects)
    rows = [
        {
            "path": photo_set.photos[i].path,
            "label": photo_set.photos[i].label,
            "suggested": photo_set.classes[int(suggested[i])],
            "margin": round(float(margin[i]), 3),
        }
        for i in suspects.tolist()
    ]
    pairs = Counter((row["label"], row["suggested"]) for row in rows)
    (given, better), often = pairs.most_common(1)[0]
    most = f", most often '{given}' that looks like '{better}' ({often})" if often > 1 else ""
    return Finding(
        kind=FindingKind.LABEL_SUSPECT,
        severity=severity(FindingKind.LABEL_SUSPECT, found / total),
        headline=f"{count(found, 'photo')} of {total:,} {plural(found, 'has', 'have')} a label that looks wrong{most}.",
        advice="Look at them and move the wrong ones to the right class; the list is ranked, surest first.",
        value=found / total,
        unit=Unit.SHARE_OF_PHOTOS,
        photos=found,
        total=total,
        paths=tuple(str(row["path"]) for row in rows),
        evidence=tuple(
            PhotoRow((str(row["path"]),), (f"labelled {row['label']}, looks like {row['suggested']}",))
            for row in rows[:LISTED]
        ),
        details={"suspects": rows},
    )
