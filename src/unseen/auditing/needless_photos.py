"""Find photos that add nothing new: augmented copies of others, and frozen frames of a video."""

from collections.abc import Mapping, Sequence

import numpy as np

from unseen.auditing.duplicates import LISTED, Alike, paths_at
from unseen.auditing.findings import Finding, PhotoRow, Unit
from unseen.auditing.severity import Severity
from unseen.records import Grouping, PhotoSet
from unseen.text import count, listed

COPIES = "augmented-copies"
FROZEN = "frozen-frames"
NEEDLESS: Mapping[str, Severity] = {
    COPIES: Severity(0.3, 0.3, 0.6, "share of photos"),
    FROZEN: Severity(0.3, 0.3, 0.6, "share of photos that the moments do without"),
}
MIN_COPY_SHARE = 0.02  # of photos; 0.013 of people/drone_emrecandir, where hands rotate from frame to frame
MIN_FRAMES = 10  # photos of a class
# Photos a moment in the worst class: 1.0 to 1.9 where people pressed a button, 3.3 to 93 in sets of webcam frames.
MANY_FRAMES = 3.0
NAMED = 3  # classes in the headline


def needless_findings(photo_set: PhotoSet, grouping: Grouping, alike: Alike) -> list[Finding]:
    """Return `augmented-copies` and `frozen-frames` where they hold."""
    found = [_copies(photo_set, grouping.copies), _frozen(photo_set, alike)]
    return [finding for finding in found if finding is not None]


def _copies(photo_set: PhotoSet, copies: Sequence[Sequence[str]]) -> Finding | None:
    present = {photo.path for photo in photo_set.photos}
    sources = [kept for paths in copies if len(kept := [path for path in paths if path in present]) > 1]
    total, made = len(photo_set.photos), sum(len(paths) - 1 for paths in sources)
    if not made or made < MIN_COPY_SHARE * total:
        return None
    return Finding(
        kind=COPIES,
        severity=NEEDLESS[COPIES].at(made / total),
        headline=(
            f"{count(made, 'photo')} of {total:,} are augmented copies of {count(len(sources), 'other')}"
            f" (such as {sources[0][1]} of {sources[0][0]}): a random split would test on copies of training photos."
        ),
        advice="Train on the photos that they were made from: unseen varies them itself, and never tests on copies.",
        value=made / total,
        unit=Unit.SHARE_OF_PHOTOS,
        photos=made,
        total=total,
        paths=tuple(path for paths in sources for path in paths[1:]),
        evidence=tuple(PhotoRow(tuple(paths)) for paths in sources[:LISTED]),
        details={"sources": len(sources)},
    )


def _frozen(photo_set: PhotoSet, alike: Alike) -> Finding | None:
    """Say which classes show far fewer moments than they have photos; a moment is a chain of near-identical photos."""
    labels = photo_set.labels
    photos, moments, members = {}, {}, []
    for k, name in enumerate(photo_set.classes):
        own = np.flatnonzero(labels == k)
        chains = np.unique(alike.twins[own])
        different = len(np.unique(alike.equal[own]))  # equal files are another finding
        if len(own) >= MIN_FRAMES and different >= MANY_FRAMES * len(chains):
            photos[name], moments[name] = len(own), len(chains)
            members += [own[alike.twins[own] == chain] for chain in chains]
    if not photos:
        return None
    worst = sorted(photos, key=lambda name: moments[name] / photos[name])
    total, touched, left = len(labels), sum(photos.values()), sum(moments.values())
    examples = [f"{photos[name]:,} photos of '{name}' show {count(moments[name], 'moment')}" for name in worst[:NAMED]]
    more = f", and {count(len(worst) - NAMED, 'more class', 'more classes')} are alike" if len(worst) > NAMED else ""
    return Finding(
        kind=FROZEN,
        severity=NEEDLESS[FROZEN].at((touched - left) / total),
        headline=f"Frozen frames: {listed(examples)}{more}. The rest are the same picture a moment later.",
        advice="Keep one frame of each moment (unseen frames thins a video), and take photos at other moments.",
        value=touched / left,
        unit=Unit.TIMES,
        photos=touched,
        total=total,
        paths=tuple(path for chain in members for path in paths_at(photo_set, chain[1:])),
        evidence=tuple(PhotoRow(paths_at(photo_set, chain)) for chain in members[:LISTED] if len(chain) > 1),
        details={"photos": photos, "moments": moments},
    )
