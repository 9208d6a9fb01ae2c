"""Prove a split: find every leak between its parts.

It trusts no plan: equal files and near-identical photos are looked for again, across parts, from what they look like.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from unseen.errors import UnseenError
from unseen.records import PARTS, Grouping, Int64Array, Part, PhotoSet, Split
from unseen.split.alike import alike_links
from unseen.split.fingerprint import Fingerprints
from unseen.text import count, listed, plural

Kind = Literal["group", "equal file", "near-identical photo"]


@dataclass(frozen=True, slots=True)
class Leak:
    """One thing that lies in two parts: its name (group, digest or path), and one photo on either side."""

    kind: Kind
    name: str
    parts: tuple[Part, Part]
    paths: tuple[str, str]


def verify(
    photo_set: PhotoSet, split: Split, grouping: Grouping, prints: Fingerprints, digests: Sequence[str]
) -> tuple[Leak, ...]:
    """Return every group and digest in two parts, and every photo with a copy in another part; empty when clean.

    All arguments are aligned with `photo_set`. A photo counts once a kind, however many copies it has.
    """
    aligned = {len(photo_set.photos), len(split.parts), len(grouping.groups), len(prints), len(digests)}
    if len(aligned) > 1:
        raise ValueError(f"photos, split, grouping, fingerprints and digests differ in length: {sorted(aligned)}")
    return (
        *_shared(photo_set, split, "group", grouping.groups),
        *_shared(photo_set, split, "equal file", digests),
        *_near(photo_set, split, prints, digests),
    )


def require_clean(leaks: Sequence[Leak]) -> None:
    """Raise `UnseenError` with the counts where a split that unseen made leaks."""
    if leaks:
        raise UnseenError(f"{describe(leaks)}: split again without --split, or report this as a bug")


def describe(leaks: Sequence[Leak]) -> str:
    """Return the counts of `leaks` and one example, in one sentence without a full stop."""
    if not leaks:
        return "no group, equal file or near-identical photo is in two parts"
    kinds = Counter(leak.kind for leak in leaks)
    first = leaks[0]
    which = listed([count(n, kind) for kind, n in kinds.items()])
    return (
        f"{which} {plural(len(leaks), 'is', 'are')} in two parts"
        f" (such as {first.paths[0]} in {first.parts[0]} and {first.paths[1]} in {first.parts[1]})"
    )


def _shared(photo_set: PhotoSet, split: Split, kind: Kind, keys: Iterable[str]) -> list[Leak]:
    first: dict[str, dict[Part, int]] = defaultdict(dict)
    for i, key in enumerate(keys):
        first[key].setdefault(split.parts[i], i)
    leaks = []
    for key, seen in first.items():
        if len(seen) > 1:
            a, b, *_ = sorted(seen, key=PARTS.index)
            paths = photo_set.photos[seen[a]].path, photo_set.photos[seen[b]].path
            leaks.append(Leak(kind, key, (a, b), paths))
    return leaks


def _near(photo_set: PhotoSet, split: Split, prints: Fingerprints, digests: Sequence[str]) -> list[Leak]:
    codes = np.array([PARTS.index(part) for part in split.parts])
    files = np.unique(np.array(digests), return_inverse=True)[1]

    twins: dict[int, int] = {}
    reported = np.zeros(len(codes), np.bool_)

    def settled(a: Int64Array, b: Int64Array) -> npt.NDArray[np.bool_]:
        late = np.where(codes[a] < codes[b], b, a)
        known: npt.NDArray[np.bool_] = (codes[a] == codes[b]) | (files[a] == files[b]) | reported[late]
        return known

    for links in alike_links(prints, settled):
        for a, b in zip(links.a[links.copy].tolist(), links.b[links.copy].tolist(), strict=True):
            # Named by the photo of the later part: test photos are the ones whose answer was given away.
            early, late = (a, b) if codes[a] < codes[b] else (b, a)
            twins.setdefault(late, early)
            reported[late] = True
    return [
        Leak(
            "near-identical photo",
            photo_set.photos[late].path,
            (split.parts[early], split.parts[late]),
            (photo_set.photos[early].path, photo_set.photos[late].path),
        )
        for late, early in sorted(twins.items())
    ]
