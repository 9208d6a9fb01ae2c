"""Group photos that must not be split apart, and say why."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from unseen.progress import Progress, Silent
from unseen.records import BoolArray, Float64Array, Grouping, Images, Photo, PhotoSet
from unseen.split.alike import Links, alike_links, burst_links, most_alike_first
from unseen.split.altered_copies import altered_links
from unseen.split.camera_clock import BURST_SECONDS, ClockBursts, clock_bursts
from unseen.split.clusters import Clusters
from unseen.split.file_names import name_sessions
from unseen.split.fingerprint import Fingerprints, fingerprint
from unseen.split.name_stems import Stems, name_stems
from unseen.split.reasons import (
    clock_reasons,
    equal_reasons,
    linked_reasons,
    round_reasons,
    session_reasons,
    single_reasons,
    stated_reasons,
    stem_reasons,
)
from unseen.split.rounds import MAX_COMPARED, look_together, name_rounds

# Single links chain: a slow pan joins its first frame to its last, and one wall joins every hand before it. So
# copies join without a condition, but frames that merely look alike join two clusters only if their photos are
# alike on average. Random pairs of a class: below 0.72 in 99 of 100 on asl_kept/train, below 0.77 on sign_digits.
# With it the largest look-alike group is 6 of 206 photos of a class on sign_digits, 6 of 120 on asl_kept/train.
AVERAGE_LINK = 0.75
PIECE = 4096  # links looked at between two looks at which are settled
# Photos of a source and its copies: a false link must not join two people. What may as well be frames a moment apart
# chains, so that it is joined only up to a few photos, and never across two groups that were told.
MOST_COPIES = 24
MOST_MOMENTS = 12
NAMED_IN_FULL = 2  # names joined with '+' before '+3 more'


def find_groups(
    photo_set: PhotoSet,
    pixels: Images,
    digests: Sequence[str],
    progress: Progress | None = None,
    *,
    prints: Fingerprints | None = None,
    taken: Float64Array | None = None,
    cameras: Sequence[str] | None = None,
) -> Grouping:
    """Group photos that share a stated group, a session by file name, a round of the camera or a burst, or are copies.

    pixels: N photos aligned with `photo_set`. digests: N texts, equal for files that are equal.
    prints: fingerprints of `pixels` where the caller has them already. taken: (N,) float64, seconds by the camera's
    clock, NaN where unknown; cameras: N texts, '' where unknown. Stated groups are never divided; only copies (equal
    files, one picture at two sizes or qualities, or altered) join two groups stated or told by names. A clock tells who
    belongs together, not who is apart, so it is asked last and what looks alike may still join two bursts.
    """
    photos = photo_set.photos
    prints = fingerprint(pixels, progress or Silent()) if prints is None else prints
    clusters = Clusters(len(photos), prints.thumbs)
    stated = [photo.group for photo in photos]
    stems = name_stems(photos)
    sessions = _sessions(photos, stems)
    rounds = _rounds(photos, sessions, prints)
    for names in (stated, sessions, rounds):
        clusters.merge_equal(names)
    anchors = [
        next((name for name in told if name is not None), None) for told in zip(stated, sessions, rounds, strict=True)
    ]
    clock = _clock(photos, anchors, taken, cameras)
    clusters.merge_equal(clock.names)

    clusters.merge_equal(digests)
    sources = Clusters(len(photos))
    sources.merge_equal(stems.sources)
    clusters.merge_equal(stems.sources)
    named = np.array([anchor is not None for anchor in anchors], dtype=np.bool_)
    near = _join_alike(clusters, prints, named)
    bursts = _join_gated(clusters, [burst_links(photos, prints)], named)
    altered = _join_altered(clusters, sources, photo_set, pixels, prints, named)

    linked = {i for pair in [*near, *bursts] for i in pair}
    told = [anchor or burst for anchor, burst in zip(anchors, clock.names, strict=True)]
    groups, sizes = _group_names(photos, clusters, told, linked)
    reasons = [
        *stated_reasons(photos),
        *session_reasons(photos, sessions),
        *round_reasons(rounds),
        *clock_reasons(clock.names, clock.doubts, BURST_SECONDS),
        *equal_reasons(digests),
        *linked_reasons("duplicate", near, "near-identical frames"),
        *linked_reasons("burst", bursts, "look-alike neighbours by file name"),
        *stem_reasons(photos, stems.sources),
        *linked_reasons(
            "duplicate", altered, "altered copies (mirrored, rotated, cropped or recoloured) by their pixels"
        ),
        *single_reasons(sum(size == 1 for size in sizes.values())),
    ]
    return Grouping(tuple(groups), tuple(reasons), _copies(photos, sources, stems))


def _sessions(photos: Sequence[Photo], stems: Stems) -> list[str | None]:
    """Return the session of each photo without a stated group; the user's word makes the name irrelevant."""
    free = stems.telling(i for i, photo in enumerate(photos) if photo.group is None)
    return _told(photos, free, name_sessions([stems.photos[i] for i in free]))


def _rounds(photos: Sequence[Photo], sessions: Sequence[str | None], prints: Fingerprints) -> list[str | None]:
    """Return the round of each photo that has neither a stated group nor a session; its name says less than either."""
    free = [i for i, photo in enumerate(photos) if photo.group is None and sessions[i] is None]
    rounds = name_rounds([photos[i] for i in free])
    chosen = [k for k, name in enumerate(rounds) if name is not None][:MAX_COMPARED]
    seen = [free[k] for k in chosen]
    if not look_together([rounds[k] for k in chosen], [photos[i].label for i in seen], prints.thumbs(seen)):
        return [None] * len(photos)
    return _told(photos, free, rounds)


def _clock(
    photos: Sequence[Photo],
    anchors: Sequence[str | None],
    taken: Float64Array | None,
    cameras: Sequence[str] | None,
) -> ClockBursts:
    """Return the bursts of the photos without an anchor: people in a queue follow each other as fast as photos do."""
    if taken is None or cameras is None:
        return ClockBursts((None,) * len(photos))
    free = np.array([anchor is None for anchor in anchors], dtype=np.bool_)
    found = clock_bursts(np.where(free, taken, np.nan), cameras)
    return ClockBursts(tuple(_told(photos, range(len(photos)), found.names)), found.doubts)


def _told(photos: Sequence[Photo], free: Sequence[int], names: Sequence[str | None]) -> list[str | None]:
    """Spread the names of the photos at `free` over all, none of them equal to a stated group."""
    found: list[str | None] = [None] * len(photos)
    taken = {photo.group for photo in photos}
    for i, name in zip(free, names, strict=True):
        found[i] = f"{name} (by name)" if name in taken and name is not None else name
    return found


def _join_alike(clusters: Clusters, prints: Fingerprints, named: BoolArray) -> list[tuple[int, int]]:
    """Join copies as they are found, then near-duplicates, most alike first; return the links that held."""
    held: list[tuple[int, int]] = []
    near: list[Links] = []
    for links in alike_links(prints, clusters.together):
        for a, b in zip(links.a[links.copy].tolist(), links.b[links.copy].tolist(), strict=True):
            if clusters.merge(a, b):
                held.append((a, b))
        near.append(links.where(~links.copy))
    return held + _join_gated(clusters, near, named)


def _join_altered(
    clusters: Clusters, sources: Clusters, photo_set: PhotoSet, pixels: Images, prints: Fingerprints, named: BoolArray
) -> list[tuple[int, int]]:
    """Join altered copies as they are found, in `sources` too if they are certain; return the links."""
    if len(pixels) != len(prints):
        return []
    held = []
    for links in altered_links(prints, pixels, photo_set.labels, clusters.together):
        for a, b, sure in zip(links.a.tolist(), links.b.tolist(), links.sure.tolist(), strict=True):
            members = clusters.members(a), clusters.members(b)
            sizes = [len(one) for one in members]
            told = all(named[one].any() for one in members)
            possible = min(sizes) <= MOST_COPIES if sure else sum(sizes) <= MOST_MOMENTS and not told
            if possible and clusters.merge(a, b):
                held.append((a, b))
                if sure:
                    sources.merge(a, b)
    return held


def _copies(photos: Sequence[Photo], sources: Clusters, stems: Stems) -> tuple[tuple[str, ...], ...]:
    """Return the paths of the photos of each source that has copies, the one whose name was not changed first."""
    found = []
    for root, size in Counter(sources.roots.tolist()).items():
        if size > 1:
            members = sorted(
                sources.members(root), key=lambda i: (stems.altered[i], len(photos[i].path), photos[i].path)
            )
            found.append(tuple(photos[i].path for i in members))
    return tuple(found)


def _join_gated(clusters: Clusters, found: Sequence[Links], named: BoolArray) -> list[tuple[int, int]]:
    """Join linked clusters that are alike on average, the most alike first; return the links that held."""
    anchored = set(clusters.roots[named].tolist())
    links = most_alike_first(found)
    held = []
    for start in range(0, len(links.a), PIECE):
        piece = links.where(slice(start, start + PIECE))
        piece = piece.where(~clusters.together(piece.a, piece.b))
        for a, b in zip(piece.a.tolist(), piece.b.tolist(), strict=True):
            roots = {int(clusters.roots[a]), int(clusters.roots[b])}
            if len(roots) == 1 or roots <= anchored or clusters.average_link(a, b) < AVERAGE_LINK:
                continue
            clusters.merge(a, b)
            held.append((a, b))
            if roots & anchored:
                anchored.add(int(clusters.roots[a]))
    return held


def _group_names(
    photos: Sequence[Photo], clusters: Clusters, anchors: Sequence[str | None], linked: set[int]
) -> tuple[list[str], Mapping[str, int]]:
    """Name each cluster by what was stated or told by names, else by its first photo; return also sizes."""
    names = [""] * len(photos)
    used: dict[str, int] = {}
    for root in dict.fromkeys(clusters.roots.tolist()):
        members = clusters.members(root)
        name = _cluster_name(photos, members, anchors, linked)
        while name in used:  # 'a+b' may be stated and joined; two groups must not share a name
            name += "'"
        used[name] = len(members)
        for i in members:
            names[i] = name
    return names, used


def _cluster_name(photos: Sequence[Photo], members: list[int], anchors: Sequence[str | None], linked: set[int]) -> str:
    told = sorted({anchor for i in members if (anchor := anchors[i]) is not None})
    if told:
        more = len(told) - NAMED_IN_FULL
        return "+".join(told[:NAMED_IN_FULL]) + (f"+{more} more" if more > 0 else "")
    first = min(photos[i].path for i in members)
    if len(members) == 1:
        return first
    return f"burst:{first}" if any(i in linked for i in members) else f"copies:{first}"
