"""Find photos that show the same scene a moment later, by the features of a frozen backbone.

Perceptual hashes miss a hand that turned or a camera that moved; features of a frozen backbone do not.
"""

from collections.abc import Sequence

import numpy as np

from unseen.auditing.findings import Finding, FindingKind, PhotoRow, Unit
from unseen.auditing.severity import severity
from unseen.probes.neighbours import Neighbours
from unseen.records import BoolArray, PhotoSet, Split
from unseen.text import count

# Cosine of features from which the mean of the set is taken away. Measured with MobileNetV2 at 160 px: at 0.85 and
# above none of 302 pairs in rps_subhi and 1 of 265 in fingers_subhi join two sessions, and 0.3% of the photos of
# sign_digits (218 students) have such a neighbour; 28% of rps_subhi and 21% of fingers_subhi have one. Raw cosines
# have no such common threshold: at 0.92 sign_digits pairs 57% of its photos, rps_subhi 40%.
SAME_SCENE = 0.85
LISTED = 100  # pairs named in the evidence
MIN_SHARE = 0.02  # of the photos; below it a few look-alikes are no burst


def same_scene_findings(
    photo_set: PhotoSet, near: Neighbours, groups: Sequence[str], split: Split | None = None
) -> list[Finding]:
    """Return what neighbours at `SAME_SCENE` or above say that the groups (N names) do not know yet.

    `same-scene`: photos with such a neighbour in another group. `same-scene-leak`: such a neighbour in another part.
    """
    names = np.unique(np.array(groups), return_inverse=True)[1] if len(groups) else np.zeros(0, np.int64)
    own = np.arange(len(names))[:, None]
    valid = (near.index >= 0) & (near.cosine >= SAME_SCENE)
    apart = valid & (names[np.maximum(near.index, 0)] != names[own])
    findings = [_finding(photo_set, near, apart, None)]
    if split is not None:
        codes = np.unique(np.array(split.parts), return_inverse=True)[1]
        outside = np.array([part != "train" for part in split.parts])
        crossing = valid & (codes[np.maximum(near.index, 0)] != codes[own]) & outside[:, None]
        findings.append(_finding(photo_set, near, crossing, int(outside.sum())))
    return [finding for finding in findings if finding is not None]


def _finding(photo_set: PhotoSet, near: Neighbours, pairs: BoolArray, held_out: int | None) -> Finding | None:
    touched = np.flatnonzero(pairs.any(axis=1))
    total = len(photo_set.photos) if held_out is None else held_out
    if total == 0 or len(touched) < max(2, MIN_SHARE * total):
        return None
    best = np.where(pairs, near.cosine, -1).max(axis=1)
    column = np.where(pairs, near.cosine, -1).argmax(axis=1)
    worst = touched[np.argsort(-best[touched], kind="stable")]
    share = len(touched) / total
    twin = [photo_set.photos[int(near.index[i, column[i]])].path for i in worst]
    if held_out is None:
        kind = FindingKind.SAME_SCENE
        headline = f"{count(len(touched), 'photo')} of {total:,} show the scene of another photo a moment later."
        advice = "Keep such photos in one part: name people or sessions with --groups FILE."
    else:
        kind = FindingKind.SAME_SCENE_LEAK
        headline = f"{len(touched):,} of {count(total, 'held-out photo')} show a scene that is in another part too."
        advice = "Name people or sessions with --groups FILE, so that such photos stay in one part."
    paths = tuple(photo_set.photos[int(i)].path for i in worst)
    rows = tuple(PhotoRow(pair) for pair in zip(paths[:LISTED], twin[:LISTED], strict=True))
    details = {"threshold_cosine": SAME_SCENE}
    return Finding(
        kind,
        severity(kind, share),
        headline,
        advice,
        share,
        Unit.SHARE_OF_PHOTOS,
        len(touched),
        total,
        paths,
        rows,
        details,
    )
