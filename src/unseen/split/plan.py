"""Plan the split: the part of each photo, and what the split cannot show.

Groups go whole. Parts the user stated are kept as they are.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from unseen.errors import UnseenError
from unseen.records import PARTS, Grouping, Int64Array, Part, PhotoSet, Split
from unseen.seeds import generator
from unseen.split.assign import assign
from unseen.text import count, listed, plural

# In this order a class is needed: what is not in train is never learnt, what is not in test is never measured.
NEEDS: Mapping[Part, float] = {"train": 40.0, "test": 12.0, "validation": 4.0}
NOTED_CLASSES = 5  # class names listed in one note
FAR_OFF = 0.1  # difference between asked and found share that deserves a note
WAYS_OUT = (
    "add photos taken at another time, name groups with --groups FILE, or, for a test accuracy that is too high, use "
    "--split random"
)


def plan_split(photo_set: PhotoSet, grouping: Grouping, fractions: Mapping[Part, float], seed: int) -> Split:
    """Return the part of each photo: stated parts kept, else groups assigned whole, near `fractions` in every class.

    fractions: share of each part in [0, 1], summing to 1; an absent part is 0. Deterministic for `seed`, whatever
    the order of the photos. Raises `UnseenError` where the groups leave nothing to measure.
    """
    shares = _checked(fractions)
    if not photo_set.photos:
        raise UnseenError("no photos to split: check the folder that was named")
    if any(photo.part is not None for photo in photo_set.photos):
        return _keep_stated(photo_set, grouping, shares, seed)
    everything = np.arange(len(photo_set.photos))
    wanted = sorted((part for part in PARTS if shares[part] > 0), key=lambda part: -NEEDS[part])
    found = len(set(grouping.groups))
    if found < min(2, len(wanted)):
        raise UnseenError(f"all {count(len(everything), 'photo')} are one group, 2 needed: {WAYS_OUT}")
    notes = [f"{count(found, 'group')} cannot fill {len(wanted)} parts: {part} is empty" for part in wanted[found:]]
    parts = _assign_photos(photo_set, grouping, everything, {part: shares[part] for part in wanted[:found]}, seed)
    split = Split(tuple(parts), grouping.groups)
    _require_measurable(photo_set, split, shares)
    notes += [*_class_notes(photo_set, split, wanted[:found]), *_share_notes(split, shares)]
    return Split(split.parts, split.groups, tuple(notes))


def random_split(photo_set: PhotoSet, fractions: Mapping[Part, float], seed: int) -> Split:
    """Return the split a careless hand would make: stratified by class, groups and stated parts ignored.

    Each photo is its own group. Photos of one session land on both sides, so its test number is flattering.
    """
    shares = _checked(fractions)
    rng = generator(seed, "split", "random")
    labels = photo_set.labels
    edges = np.cumsum([shares[part] for part in PARTS])
    parts: list[Part] = ["train"] * len(labels)
    for label in range(len(photo_set.classes)):
        members = rng.permutation(np.flatnonzero(labels == label))
        # Rounded cumulative shares with a random phase, so that small classes do not all round the same way.
        cuts = np.clip(np.floor(edges * len(members) + rng.random()), 0, len(members)).astype(int)
        cuts[-1] = len(members)
        for k, position in enumerate(members.tolist()):
            parts[position] = PARTS[int(np.searchsorted(cuts, k, side="right"))]
    note = "photos were split one by one: photos of one person or session may be in train and in test"
    return Split(tuple(parts), tuple(photo.path for photo in photo_set.photos), (note,))


def _checked(fractions: Mapping[Part, float]) -> dict[Part, float]:
    unknown = sorted(set(fractions) - set(PARTS))
    if unknown:
        raise UnseenError(f"'{unknown[0]}' is not a part: use {', '.join(PARTS)}")
    shares = {part: float(fractions.get(part, 0)) for part in PARTS}
    total = sum(shares.values())
    if any(not 0 <= share <= 1 for share in shares.values()) or abs(total - 1) > 1e-6:
        stated = "/".join(f"{share:g}" for share in shares.values())
        raise UnseenError(f"shares {stated} sum to {total:g}: give train/validation/test shares that sum to 1")
    if shares["train"] == 0:
        raise UnseenError("train has a share of 0: give it more than 0")
    return shares


def _assign_photos(
    photo_set: PhotoSet,
    grouping: Grouping,
    positions: Int64Array,
    shares: Mapping[Part, float],
    seed: int,
) -> list[Part]:
    """Return the part of each photo at `positions`, groups whole; `shares` are scaled to sum to 1."""
    names, index = np.unique(np.array([grouping.groups[i] for i in positions]), return_inverse=True)
    counts = np.zeros((len(names), len(photo_set.classes)), np.int64)
    np.add.at(counts, (index, photo_set.labels[positions]), 1)
    counts = counts[:, counts.any(axis=0)]
    parts = list(shares)
    weights = np.array([shares[part] for part in parts])
    needs = np.array([NEEDS[part] for part in parts])
    chosen = assign(counts, weights / weights.sum(), needs, seed, "plan")
    return [parts[chosen[group]] for group in index]


def _keep_stated(photo_set: PhotoSet, grouping: Grouping, shares: Mapping[Part, float], seed: int) -> Split:
    """Keep stated parts; carve a missing validation from train by groups; never make a test nobody stated."""
    stated = [photo.part for photo in photo_set.photos]
    parts: list[Part] = [part or "train" for part in stated]
    notes = []
    if None in stated:
        notes.append(f"{count(stated.count(None), 'photo')} without a stated part went to train")
    if "train" not in parts:
        raise UnseenError("parts are stated, but none is train: name a train folder, or state no parts")
    if "test" not in parts:
        notes.append("no test part is stated: test is empty and nothing is measured on unseen photos")
    if "validation" not in parts and shares["validation"] > 0:
        train = np.flatnonzero(np.array(parts) == "train")
        groups = len({grouping.groups[i] for i in train})
        if groups < 2:
            notes.append("train is one group: validation is empty, so nothing stops training early")
        else:
            carved: dict[Part, float] = {part: shares[part] for part in ("train", "validation")}
            for i, part in zip(train.tolist(), _assign_photos(photo_set, grouping, train, carved, seed), strict=True):
                parts[i] = part
            made = parts.count("validation")
            notes.append(f"no validation part is stated: {count(made, 'photo')} were taken from train, by groups")
    split = Split(tuple(parts), grouping.groups)
    return Split(split.parts, split.groups, (*notes, *_absent_notes(photo_set, split)))


def _require_measurable(photo_set: PhotoSet, split: Split, shares: Mapping[Part, float]) -> None:
    if shares["test"] == 0:
        return
    labels = photo_set.labels
    trained = set(labels[split.positions("train")].tolist())
    measured = trained & set(labels[split.positions("test")].tolist())
    if len(measured) < min(2, len(photo_set.classes)):
        raise UnseenError(
            f"{count(len(measured), 'class')} of {len(photo_set.classes)} can be both trained on and measured,"
            f" for their photos come from too few groups: {WAYS_OUT}"
        )


def _class_notes(photo_set: PhotoSet, split: Split, wanted: Sequence[Part]) -> list[str]:
    """Say which classes come from fewer groups than there are parts."""
    groups: dict[str, set[str]] = {name: set() for name in photo_set.classes}
    for photo, group in zip(photo_set.photos, split.groups, strict=True):
        groups[photo.label].add(group)
    notes = []
    for few in range(1, len(wanted)):
        names = [name for name, found in groups.items() if len(found) == few]
        if names:
            lost = " or ".join(wanted[few:])
            notes.append(
                f"{_classes(names)} {plural(len(names), 'comes', 'come')} from {count(few, 'group')}:"
                f" not in every part, {lost} goes without"
            )
    return notes + _absent_notes(photo_set, split)


def _absent_notes(photo_set: PhotoSet, split: Split) -> list[str]:
    """Say which classes a part that has photos lacks, and what follows from it."""
    follows: dict[Part, str] = {
        "train": "it cannot be trained on",
        "validation": "training is not watched on it",
        "test": "it cannot be measured on unseen photos",
    }
    notes = []
    for part in PARTS:
        present = {photo_set.photos[i].label for i in split.positions(part)}
        absent = [name for name in photo_set.classes if name not in present]
        if present and absent:
            notes.append(f"{part} has no photo of {_classes(absent)}: {follows[part]}")
    return notes


def _share_notes(split: Split, shares: Mapping[Part, float]) -> list[str]:
    """Say where whole groups forced a share far from the one requested."""
    names, sizes = np.unique(np.array(split.groups), return_counts=True)
    largest = int(np.argmax(sizes))
    notes = []
    for part, share in shares.items():
        found = split.parts.count(part) / len(split.parts)
        if share > 0 and abs(found - share) > FAR_OFF:
            notes.append(
                f"{part} holds {found:.0%} of the photos, {share:.0%} requested:"
                f" groups stay whole, and the largest ('{names[largest]}') has {count(int(sizes[largest]), 'photo')}"
            )
    return notes


def _classes(names: Sequence[str]) -> str:
    return f"{plural(len(names), 'class')} " + listed(names, NOTED_CLASSES, quoted=True)
