"""Find uneven classes, too few photos or groups, and groups that show one class only."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from unseen.auditing.findings import Finding, FindingKind, Unit
from unseen.auditing.severity import severity
from unseen.probes.class_weights import class_weights
from unseen.records import BoolArray, Grouping, Int64Array, PhotoSet
from unseen.seeds import generator
from unseen.split.file_names import name_sessions
from unseen.text import listed, plural

UNEVEN_RATIO = 2.0  # largest class over smallest; below it weights change little
FEW_CLASS_PHOTOS = 20  # a fifth of them held out is 4 photos: each moves that class's accuracy by 25 points
FEW_GROUPS = 5  # fewer held-out groups give no interval worth the name
SESSION_PHOTOS = 3  # a smaller group holds one class by chance alone
TANGLED_V = 0.6  # Cramer's V; 0.5 is called strong (Cohen 1988 for two classes)
P_VALUE = 0.01
PERMUTATIONS = 200
PERMUTED_PHOTOS = 20_000
LISTED_NAMES = 5
LISTED_GROUPS = 200  # rows of the table in `details`


class Association(NamedTuple):
    """How far one grouping predicts another: Cramer's V (0 not at all, 1 wholly) and its permutation p-value."""

    v: float
    p_value: float


def balance_findings(photo_set: PhotoSet, grouping: Grouping, seed: int = 0) -> list[Finding]:
    """Return what the counts of classes and groups say against these photos; an empty list where nothing.

    Photos that stand alone are groups of one: a set without known sessions is not blamed for it.
    """
    table, groups = class_group_counts(photo_set, grouping)
    per_class = table.sum(axis=1)
    findings = [*_uneven(photo_set, per_class), *_few_photos(photo_set, per_class)]
    if len(groups) < FEW_GROUPS:
        findings.append(_few_groups(photo_set, table, groups))
    if len(groups) > 1:
        findings += [*_one_group_classes(photo_set, table, groups), *_tangled(photo_set, grouping, seed)]
    return findings


def class_group_counts(photo_set: PhotoSet, grouping: Grouping) -> tuple[Int64Array, tuple[str, ...]]:
    """Return photos of each class in each group, (C, G) int64, and the names of the groups."""
    names, index = np.unique(np.array(grouping.groups), return_inverse=True)
    table = np.zeros((len(photo_set.classes), len(names)), np.int64)
    np.add.at(table, (photo_set.labels, index), 1)
    return table, tuple(names.tolist())


def association(labels: Int64Array, groups: Int64Array, seed: int) -> Association:
    """Return Cramer's V of (N,) labels and (N,) groups, and how often shuffled labels reach it.

    V has Bergsma's correction (2013): without it, many small groups look like a strong bond by chance.
    """
    if len(labels) > PERMUTED_PHOTOS:
        kept = generator(seed, "audit", "association", "sample").choice(len(labels), PERMUTED_PHOTOS, replace=False)
        labels, groups = labels[kept], groups[kept]
    labels = np.unique(labels, return_inverse=True)[1]
    groups = np.unique(groups, return_inverse=True)[1]
    found = _cramers_v(labels, groups)
    rng = generator(seed, "audit", "association")
    reached = sum(_cramers_v(rng.permutation(labels), groups) >= found - 1e-12 for _ in range(PERMUTATIONS))
    return Association(found, (1 + reached) / (1 + PERMUTATIONS))


def _cramers_v(labels: Int64Array, groups: Int64Array) -> float:
    n, rows, columns = len(labels), int(labels.max()) + 1, int(groups.max()) + 1
    if min(rows, columns) < 2 or n < 2:
        return 0.0
    seen = np.bincount(labels * columns + groups, minlength=rows * columns).reshape(rows, columns)
    expected = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0, keepdims=True) / n
    phi2 = float(((seen - expected) ** 2 / expected).sum()) / n
    phi2 = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    rows_, columns_ = rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)
    return float(np.sqrt(phi2 / max(min(rows_, columns_) - 1, 1e-9)))


def _uneven(photo_set: PhotoSet, per_class: Int64Array) -> list[Finding]:
    present = per_class[per_class > 0]
    if len(present) < 2 or present.max() < UNEVEN_RATIO * present.min():
        return []
    ratio = float(present.max() / present.min())
    large, small = int(per_class.argmax()), int(np.where(per_class > 0, per_class, per_class.max() + 1).argmin())
    weights = class_weights(photo_set.labels, len(photo_set.classes))
    majority = present.max() / present.sum()
    headline = (
        f"Class '{photo_set.classes[large]}' has {ratio:.1f} times as many photos as '{photo_set.classes[small]}'"
        f" ({per_class[large]:,} and {per_class[small]:,}): always saying '{photo_set.classes[large]}' is right"
        f" {majority:.0%} of the time."
    )
    advice = (
        f"Add photos of '{photo_set.classes[small]}'. Class weights help in the meantime: one of its photos would count"
        f" {weights[small]:.1f} times and one of '{photo_set.classes[large]}' {weights[large]:.2f} times;"
        " they add no variety."
    )
    doublings = 1 + float(np.log2(ratio / UNEVEN_RATIO))
    return [
        Finding(
            FindingKind.UNEVEN_CLASSES, severity(FindingKind.UNEVEN_CLASSES, doublings), headline, advice, ratio,
            Unit.TIMES, int(per_class[small]), len(photo_set.photos),
            details={
                "photos": dict(zip(photo_set.classes, per_class.tolist(), strict=True)),
                "weights": dict(zip(photo_set.classes, np.round(weights, 4).tolist(), strict=True)),
            },
        )
    ]  # fmt: skip


def _few_photos(photo_set: PhotoSet, per_class: Int64Array) -> list[Finding]:
    few = np.flatnonzero(per_class < FEW_CLASS_PHOTOS)
    if not len(few):
        return []
    least = int(few[per_class[few].argmin()])
    headline = (
        f"{_classes(photo_set, few)} {plural(len(few), 'has', 'have')} fewer than {FEW_CLASS_PHOTOS} photos"
        f" ('{photo_set.classes[least]}' has {per_class[least]}): too few to learn from and to measure on."
    )
    advice = (
        f"Add photos until each class has {FEW_CLASS_PHOTOS} at least, from several people or rooms; 100 is better."
    )
    return [
        Finding(
            FindingKind.FEW_PHOTOS, severity(FindingKind.FEW_PHOTOS), headline, advice, float(per_class[least]),
            Unit.PHOTOS, int(per_class[few].sum()), len(photo_set.photos),
            _paths(photo_set, np.isin(photo_set.labels, few)),
            details={"photos": {photo_set.classes[i]: int(per_class[i]) for i in few.tolist()}},
        )
    ]  # fmt: skip


def _few_groups(photo_set: PhotoSet, table: Int64Array, groups: tuple[str, ...]) -> Finding:
    n, total = len(groups), len(photo_set.photos)
    names = ", ".join(f"'{name}'" for name in groups)
    which = f"one group ({names})" if n == 1 else f"only {n} groups ({names})"
    follows = "nothing can be held out" if n == 1 else f"a test on unseen groups rests on {n} of them at most"
    sizes = dict(zip(groups, table.sum(axis=0).tolist(), strict=True))
    return Finding(
        FindingKind.FEW_GROUPS, severity(FindingKind.FEW_GROUPS, n == 1),
        f"All {total:,} photos come from {which}: {follows}.",
        "Add photos of other people, rooms and days; if there are more already, name them with --groups FILE.",
        float(n), Unit.GROUPS, total, total, details={"groups": sizes},
    )  # fmt: skip


def _one_group_classes(photo_set: PhotoSet, table: Int64Array, groups: tuple[str, ...]) -> list[Finding]:
    alone = np.flatnonzero((table > 0).sum(axis=1) == 1)
    if not len(alone):
        return []
    photos = int(table[alone].sum())
    headline = (
        f"{_classes(photo_set, alone)} {plural(len(alone), 'comes', 'come')} from one group only:"
        f" how well {plural(len(alone), 'it is', 'they are')} recognised on unseen people or in unseen rooms cannot be"
        " measured."
    )
    return [
        Finding(
            FindingKind.ONE_GROUP_CLASS,
            severity(FindingKind.ONE_GROUP_CLASS, len(alone) / len(photo_set.classes)), headline,
            "Take photos with another person or in another room; until then no number about this can be believed.",
            float(len(alone)), Unit.CLASSES, photos, len(photo_set.photos),
            _paths(photo_set, np.isin(photo_set.labels, alone)),
            details={"group": {photo_set.classes[i]: groups[int(table[i].argmax())] for i in alone.tolist()}},
        )
    ]  # fmt: skip


def _tangled(photo_set: PhotoSet, grouping: Grouping, seed: int) -> list[Finding]:
    """Look at sessions only: a burst of near-identical frames is of one class by its nature."""
    known = _session_photos(photo_set, grouping)
    sessions, index = np.unique(np.array(grouping.groups)[known], return_inverse=True)
    labels = photo_set.labels[known]
    if len(sessions) < 2 or len(np.unique(labels)) < 2:
        return []
    bond = association(labels, index, seed)
    if bond.v < TANGLED_V or bond.p_value >= P_VALUE:
        return []
    table = np.zeros((len(photo_set.classes), len(sessions)), np.int64)
    np.add.at(table, (labels, index), 1)
    pure = (table > 0).sum(axis=0) == 1
    affected = known.copy()
    affected[known] = pure[index]
    headline = (
        f"{int(pure.sum())} of {len(sessions)} sessions hold one class only (Cramer's V of session and class"
        f" {bond.v:.2f}, p {_at_most(bond.p_value)}): whatever marks the session, light or room, gives the class away."
    )
    per_class = (table > 0).sum(axis=1)
    scarce = bool((per_class[per_class > 0] < FEW_GROUPS).any())
    rows = {str(sessions[k]): _present(photo_set, table[:, k]) for k in range(min(len(sessions), LISTED_GROUPS))}
    return [
        Finding(
            FindingKind.CLASS_IS_SESSION, severity(FindingKind.CLASS_IS_SESSION, scarce), headline,
            "Photograph every class in every session; until then hold whole sessions out and compare with the"
            " background-only test.",
            bond.v, Unit.CRAMERS_V, int(affected.sum()), len(photo_set.photos), _paths(photo_set, affected),
            details={"p_value": bond.p_value, "sessions": len(sessions), "one_class": int(pure.sum()), "photos": rows},
        )
    ]  # fmt: skip


def _session_photos(photo_set: PhotoSet, grouping: Grouping) -> BoolArray:
    """Which photos have a session that was stated or that file names show, in a group of some size, (N,) bool."""
    sizes = Counter(grouping.groups)
    sessions = name_sessions(photo_set.photos)
    known: BoolArray = np.array(
        [
            (photo.group is not None or session is not None) and sizes[group] >= SESSION_PHOTOS
            for photo, session, group in zip(photo_set.photos, sessions, grouping.groups, strict=True)
        ],
        dtype=np.bool_,
    )
    return known


def _present(photo_set: PhotoSet, column: Int64Array) -> dict[str, int]:
    return {name: int(n) for name, n in zip(photo_set.classes, column.tolist(), strict=True) if n}


def _paths(photo_set: PhotoSet, which: BoolArray) -> tuple[str, ...]:
    return tuple(photo_set.photos[i].path for i in np.flatnonzero(which).tolist())


def _classes(photo_set: PhotoSet, indices: Int64Array) -> str:
    names = [photo_set.classes[i] for i in indices.tolist()]
    return f"{plural(len(names), 'Class')} " + listed(names, LISTED_NAMES, quoted=True)


def _at_most(p_value: float) -> str:
    least = 1 / (1 + PERMUTATIONS)
    return f"< {least + 0.0005:.3f}" if p_value <= least else f"{p_value:.3f}"
