"""Hold out some of the new photos for testing, whole groups where possible."""

import numpy as np

from unseen.errors import UnseenError
from unseen.photos.natural import natural_key
from unseen.records import Grouping, Part, PhotoSet, Split
from unseen.split.plan import plan_split
from unseen.text import count, listed

KEPT_SHARE = 0.4
FRACTIONS: dict[Part, float] = {"train": 1 - KEPT_SHARE, "validation": 0.0, "test": KEPT_SHARE}


def hold_out(photos: PhotoSet, grouping: Grouping, seed: int) -> Split:
    """Return train and test parts of new `photos`; every class is in both, and the notes say where groups are not kept.

    A class whose photos are of one group has its last photos, by path, held out: neighbours in time are the most
    alike, and a cut between first and last leaves one pair of neighbours on both sides where chance leaves many. Its
    group is then in both parts, which `verify` finds and every number says.
    """
    try:
        planned = plan_split(photos, grouping, FRACTIONS, seed)
    except UnseenError:  # one group in all, or no class in two groups
        everything: list[Part] = ["train"] * len(photos.photos)
        planned = Split(tuple(everything), grouping.groups)
    parts = list(planned.parts)
    labels = photos.labels
    cut: list[str] = []
    for label, name in enumerate(photos.classes):
        members = np.flatnonzero(labels == label).tolist()
        if {"train", "test"} <= {parts[i] for i in members}:
            continue
        cut.append(name)
        members.sort(key=lambda i: natural_key(photos.photos[i].path))
        first = len(members) - max(1, round(KEPT_SHARE * len(members)))
        for place, i in enumerate(members):
            parts[i] = "train" if place < first else "test"
    notes = () if cut else planned.notes
    singles = len(set(grouping.groups)) == len(photos.photos)
    return Split(tuple(parts), grouping.groups, (*notes, *_notes(photos, parts, cut, singles)))


def _notes(photos: PhotoSet, parts: list[Part], cut: list[str], singles: bool) -> list[str]:
    """Say how the held-out photos were chosen, and how far to trust the accuracy on them."""
    kept = f"{parts.count('test')} of {count(len(parts), 'new photo')} are held out for testing"
    if cut:
        some = "" if len(cut) == len(photos.classes) else ", by groups but for these classes"
        return [
            f"{kept}{some}; too few groups in {listed(cut, 5, quoted=True)}: the last photos by name are held out, "
            "perhaps taken in the same minute as the training photos, so the accuracy on them is too high"
        ]
    if singles:
        return [
            f"{kept}, photo by photo: no groups were found, so the same person and minute may be in both sets; put "
            "each person or session into a folder below the class to name groups"
        ]
    return [f"{kept}, by groups: no training photo is of the same group"]
