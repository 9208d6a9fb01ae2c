"""Hold out some of the new photos for testing, whole groups where possible."""

import numpy as np

from unseen.errors import UnseenError
from unseen.photos.natural import natural_key
from unseen.records import Grouping, Part, PhotoSet, Split
from unseen.split.plan import plan_split
from unseen.text import count, listed

KEPT_SHARE = 0.4
FRACTIONS: dict[Part, float] = {"train": 1 - KEPT_SHARE, "validation": 0.0, "test": KEPT_SHARE}


def keep_back(photos: PhotoSet, grouping: Grouping, seed: int) -> Split:
    """Return train and test parts of new `photos`; every class is in both, and the notes say where groups are not kept.

    A class whose photos are of one group has its last photos, by path, kept back: neighbours in time are the most
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
    return Split(tuple(parts), grouping.groups, (*notes, *_said(photos, parts, cut, singles)))


def _said(photos: PhotoSet, parts: list[Part], cut: list[str], singles: bool) -> list[str]:
    """Say how the kept-back photos were chosen, and what that is worth."""
    kept = f"{parts.count('test')} of {count(len(parts), 'new photo')} are kept back for the test"
    if cut:
        some = "" if len(cut) == len(photos.classes) else ", by groups but for these classes"
        return [
            f"{kept}{some}; of {listed(cut, 5, quoted=True)} there are too few groups: the last photos by name are "
            "kept back, so they may be of the same minute as those it learns from, and their number is too high"
        ]
    if singles:
        return [
            f"{kept}, photo by photo: nothing tells which belong together, so the same person and minute may be on "
            "both sides; folders of people or sessions below the classes would tell"
        ]
    return [f"{kept}, by groups: nothing learnt is of the same group"]
