"""Find copies, near-duplicates, bursts and pictures under two labels.

Every matching rule is the split's own; nothing is compared by another one here.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unseen.auditing.findings import Finding, FindingKind, PhotoRow, Unit
from unseen.auditing.severity import severity
from unseen.records import Grouping, Int64Array, PhotoSet
from unseen.split.alike import alike_links
from unseen.split.clusters import Clusters
from unseen.split.fingerprint import Fingerprints
from unseen.text import count, plural

LISTED = 200  # pairs or sets named in the evidence
MIN_TWIN_SHARE = 0.02  # none on sign_digits; 0.03 on asl_kept/train, 0.09 on rps_freeman, 0.23 on rps_subhi
MOSTLY = 0.5  # of the photos have a known session: then the set is told as so many sessions
MIN_BURST_SHARE = 0.1  # of photos in a group told by names or looks: 0.09 on rps_freeman, 0.19 on asl_kept/train


@dataclass(frozen=True, slots=True)
class Alike:
    """Which photos look alike, aligned with the photo set.

    equal: (N,) int64, one number for each different file. copies: (N,) int64, one for each picture, at whatever size
    or quality. twins: (N,) int64, one for each chain of near-twins. conflicts: pairs of positions that are one
    picture under two labels, one for each photo that has such a partner.
    """

    equal: Int64Array
    copies: Int64Array
    twins: Int64Array
    conflicts: tuple[tuple[int, int], ...]


def find_alike(photo_set: PhotoSet, prints: Fingerprints, digests: Sequence[str]) -> Alike:
    """Compare all photos by the split's fingerprints. digests: N texts, equal for equal files."""
    labels = photo_set.labels
    copies, twins = Clusters(len(labels)), Clusters(len(labels))
    copies.merge_equal(digests)
    twins.merge_equal(digests)
    partner: dict[int, int] = {}
    _conflicts_of_files(labels, digests, partner)
    in_conflict = np.zeros(len(labels), np.bool_)
    in_conflict[list(partner)] = True

    def settled(a: Int64Array, b: Int64Array) -> npt.NDArray[np.bool_]:
        known: npt.NDArray[np.bool_] = copies.together(a, b) & (
            (labels[a] == labels[b]) | (in_conflict[a] & in_conflict[b])
        )
        return known

    for links in alike_links(prints, settled):
        for a, b, is_copy in zip(links.a.tolist(), links.b.tolist(), links.copy.tolist(), strict=True):
            twins.merge(a, b)
            if is_copy:
                copies.merge(a, b)
                if labels[a] != labels[b]:
                    partner.setdefault(a, b)
                    partner.setdefault(b, a)
                    in_conflict[[a, b]] = True
    equal = np.unique(np.array(digests), return_inverse=True)[1] if len(digests) else np.zeros(0, np.int64)
    pairs = sorted({(min(a, b), max(a, b)) for a, b in partner.items()})
    return Alike(equal, copies.roots.copy(), twins.roots.copy(), tuple(pairs))


def _conflicts_of_files(labels: Int64Array, digests: Sequence[str], partner: dict[int, int]) -> None:
    """Pair each photo with an equal file under another label."""
    members: dict[str, list[int]] = defaultdict(list)
    for i, digest in enumerate(digests):
        members[digest].append(i)
    for same in members.values():
        first = same[0]
        stranger = next((j for j in same if labels[j] != labels[first]), None)
        if stranger is not None:
            partner.update((i, stranger if labels[i] == labels[first] else first) for i in same)


def duplicate_findings(photo_set: PhotoSet, alike: Alike, grouping: Grouping) -> list[Finding]:
    """Return `label-conflict`, `exact-duplicates`, `near-duplicates` and `bursts` where they hold."""
    found = [
        _conflicts(photo_set, alike),
        _exact(photo_set, alike),
        _near(photo_set, alike),
        _bursts(photo_set, grouping),
    ]
    return [finding for finding in found if finding is not None]


def _sets(keys: Int64Array) -> list[Int64Array]:
    """Return the positions of each key that several photos have, the largest set first."""
    order = np.argsort(keys, kind="stable")
    runs = np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)
    return sorted((run for run in runs if len(run) > 1), key=lambda run: -len(run))


def paths_at(photo_set: PhotoSet, positions: Sequence[int] | Int64Array) -> tuple[str, ...]:
    """Return the paths of the photos at `positions`."""
    return tuple(photo_set.photos[int(i)].path for i in positions)


def _rows(photo_set: PhotoSet, sets: Sequence[Sequence[int] | Int64Array]) -> tuple[PhotoRow, ...]:
    return tuple(PhotoRow(paths_at(photo_set, positions)) for positions in sets[:LISTED])


def _conflicts(photo_set: PhotoSet, alike: Alike) -> Finding | None:
    touched = list(dict.fromkeys(i for pair in alike.conflicts for i in pair))
    if not touched:
        return None
    total = len(photo_set.photos)
    a, b = (photo_set.photos[i] for i in alike.conflicts[0])
    return Finding(
        kind=FindingKind.LABEL_CONFLICT,
        severity=severity(FindingKind.LABEL_CONFLICT, len(touched) / total),
        headline=(
            f"{count(len(touched), 'photo')} of {total:,} carry two labels: the same picture is in '{a.label}' and in"
            f" '{b.label}' (such as {a.path} and {b.path})."
        ),
        advice="Keep each picture under the right label and delete the other.",
        value=float(len(alike.conflicts)),
        unit=Unit.LABEL_PAIRS,
        photos=len(touched),
        total=total,
        paths=paths_at(photo_set, touched),
        evidence=_rows(photo_set, alike.conflicts),
    )


def _exact(photo_set: PhotoSet, alike: Alike) -> Finding | None:
    sets = _sets(alike.equal)
    if not sets:
        return None
    total, needless = len(photo_set.photos), sum(len(one) - 1 for one in sets)
    return Finding(
        kind=FindingKind.EXACT_DUPLICATES,
        severity=severity(FindingKind.EXACT_DUPLICATES, needless / total),
        headline=(
            f"{count(needless, 'photo')} of {total:,} {plural(needless, 'is a copy', 'are copies')} of another one,"
            " byte for byte."
        ),
        advice="Delete the copies: they make some photos count several times and add nothing.",
        value=needless / total,
        unit=Unit.SHARE_OF_PHOTOS,
        photos=sum(len(one) for one in sets),
        total=total,
        paths=paths_at(photo_set, [int(i) for one in sets for i in one[1:]]),
        evidence=_rows(photo_set, sets),
    )


def _near(photo_set: PhotoSet, alike: Alike) -> Finding | None:
    sets = [one for one in _sets(alike.twins) if len(set(alike.equal[one].tolist())) > 1]
    touched, total = sum(len(one) for one in sets), len(photo_set.photos)
    pictures = [one for one in _sets(alike.copies) if len(set(alike.equal[one].tolist())) > 1]
    if not sets or (touched < MIN_TWIN_SHARE * total and not pictures):
        return None
    edited = sum(len(one) for one in pictures)
    as_well = f" ({edited:,} of them so alike that they may be one picture saved again)" if edited else ""
    return Finding(
        kind=FindingKind.NEAR_DUPLICATES,
        severity=severity(FindingKind.NEAR_DUPLICATES, touched / total),
        headline=f"{count(touched, 'photo')} of {total:,} have a near-identical twin{as_well}.",
        advice="Keep twins in one part (unseen does), or delete all but one of each set.",
        value=touched / total,
        unit=Unit.SHARE_OF_PHOTOS,
        photos=touched,
        total=total,
        paths=paths_at(photo_set, [int(i) for one in sets for i in one]),
        evidence=_rows(photo_set, sets),
        details={"resaved": edited},
    )


def _bursts(photo_set: PhotoSet, grouping: Grouping) -> Finding | None:
    """Say how few people, sessions or bursts the photos are, where that was told by names or looks."""
    sizes = Counter(grouping.groups)
    inferred = [
        photo.group is None and sizes[name] > 1 for photo, name in zip(photo_set.photos, grouping.groups, strict=True)
    ]
    total, touched = len(inferred), sum(inferred)
    if touched < max(2, MIN_BURST_SHARE * total):
        return None
    largest = sizes.most_common(1)[0]
    by_size = sorted((i for i, told in enumerate(inferred) if told), key=lambda i: -sizes[grouping.groups[i]])
    share = touched / total
    shared = sum(size > 1 for size in sizes.values())
    if share >= MOSTLY:
        number, noun, unit = len(sizes), "session", Unit.SESSIONS
        headline = (
            f"Your {count(total, 'photo')} are {count(number, noun)} (one person, place or burst each; the largest"
            f" has {count(largest[1], 'photo')}): a random split would test on photos it has all but seen."
        )
    else:  # the rest stand alone as far as is known, which is no proof that they are sessions of their own
        number, noun, unit = shared, "burst", Unit.BURSTS
        headline = (
            f"{count(touched, 'photo')} of {total:,} belong to {count(number, noun)}: a random split would test on"
            " photos it has all but seen."
        )
    return Finding(
        kind=FindingKind.BURSTS,
        severity=severity(FindingKind.BURSTS, share * (1 - len(sizes) / total)),
        headline=headline,
        advice="Split by session (unseen does); more sessions help more than more photos of these.",
        value=float(number),
        unit=unit,
        photos=touched,
        total=total,
        paths=paths_at(photo_set, by_size[:LISTED]),
        details={
            "photos_in_largest": largest[1],
            "share_with_a_session": share,
            "reasons": [reason.text for reason in grouping.reasons if reason.kind not in ("stated", "folder")],
            "sizes": dict(sizes.most_common(LISTED)),
        },
    )
