"""Find facts beside the subject that give the label away: size, light, colour, file name, compression.

Size, shape, light, colour, file name and date, and compression are each asked to predict the label of photos
in groups that were held out. Where one does far better than chance, a model may learn it instead.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

import numpy as np

from unseen.auditing.findings import Finding, FindingKind, Unit
from unseen.auditing.photo_facts import Facts
from unseen.auditing.severity import severity
from unseen.probes.group_sampling import some_groups
from unseen.probes.held_out import P_VALUE, HeldOut, Tested, one_hot
from unseen.probes.out_of_fold import held_out_folds
from unseen.probes.permute import BlockShuffle
from unseen.records import Float64Array, Int64Array, PhotoSet
from unseen.seeds import derive, generator

SAMPLE = 4000  # photos; accuracy is then known to 1.6 points
FEWEST_PHOTOS = 40


@dataclass(frozen=True, slots=True)
class _Family:
    """Facts of one kind. what: the facts in words; advice: what to do."""

    kind: FindingKind
    name: str
    facts: Callable[[PhotoSet, Facts], Float64Array]  # (N, k), NaN where unknown
    what: str
    advice: str


def _size(_: PhotoSet, facts: Facts) -> Float64Array:
    return np.stack([facts.width, facts.height], axis=1).astype(np.float64)


def _aspect(_: PhotoSet, facts: Facts) -> Float64Array:
    return facts.aspect[:, None]


def _brightness(_: PhotoSet, facts: Facts) -> Float64Array:
    return np.stack([facts.brightness, facts.dark_level, facts.bright_level, facts.contrast], 1).astype(np.float64)


def _colour(_: PhotoSet, facts: Facts) -> Float64Array:
    return facts.colours.astype(np.float64)


def _compression(_: PhotoSet, facts: Facts) -> Float64Array:
    codes = np.unique(np.array(facts.formats), return_inverse=True)[1].astype(np.float64)
    # Bytes a pixel are not asked: they tell how much texture the subject has, which is no shortcut.
    return np.stack([np.nan_to_num(facts.jpeg_quality.astype(np.float64), nan=-1.0), codes], axis=1)


def _name(photo_set: PhotoSet, facts: Facts) -> Float64Array:
    """Last and first number of the file name, its length, and the time EXIF states."""
    rows = np.full((len(photo_set.photos), 4), np.nan)
    for i, photo in enumerate(photo_set.photos):
        stem = PurePosixPath(photo.path).stem
        numbers = re.findall(r"\d{1,15}", stem)
        if numbers:
            rows[i, :2] = float(numbers[-1]), float(numbers[0])
        rows[i, 2] = len(stem)
    rows[:, 3] = facts.taken
    return rows


_FAMILIES = (
    _Family(
        FindingKind.SHORTCUT_SIZE,
        "size",
        _size,
        "the width and height of the file",
        "Find out why the classes differ in size (another source, or how they were cropped) and make all photos alike"
        " from the originals.",
    ),
    _Family(
        FindingKind.SHORTCUT_ASPECT,
        "aspect",
        _aspect,
        "the shape of the photo (width over height)",
        "Crop all photos to one shape: a model sees the padding or the squeezing of the others.",
    ),
    _Family(
        FindingKind.SHORTCUT_BRIGHTNESS,
        "brightness",
        _brightness,
        "how bright the photo is",
        "Photograph all classes in the same lights; if what they show truly differs in brightness, this is no fault.",
    ),
    _Family(
        FindingKind.SHORTCUT_COLOUR,
        "colour",
        _colour,
        "which colours there are, not where",
        "Look whether background or light differ between the classes; if what they show truly differs in colour, or in"
        " how much of the photo it covers, this is no fault.",
    ),
    _Family(
        FindingKind.SHORTCUT_NAME,
        "name",
        _name,
        "the numbers in the file's name, its length or its EXIF date",
        "A model does not see names, but classes seem to have been photographed one after the other: hold whole"
        " sessions out.",
    ),
    _Family(
        FindingKind.SHORTCUT_COMPRESSION,
        "compression",
        _compression,
        "the file format or JPEG quality",
        "Export all photos the same way from the originals: a model sees the blocks of a strong compression.",
    ),
)
FAMILIES: Mapping[str, _Family] = MappingProxyType({family.name: family for family in _FAMILIES})


def metadata_findings(photo_set: PhotoSet, facts: Facts, groups: Sequence[str], seed: int) -> list[Finding]:
    """Return a finding for each kind of fact that alone predicts the label: p < 0.01 and 10 points over chance.

    groups: N group names; whole groups are held out, and labels are shuffled by group for the p-value. Chance is
    the larger of the largest class's share and what shuffled labels reach. `value` is the accuracy.
    """
    kept = _sample(groups, seed)
    labels = np.unique(photo_set.labels[kept], return_inverse=True)[1]
    if len(kept) < FEWEST_PHOTOS or labels.max() < 1:
        return []
    names = [groups[i] for i in kept.tolist()]
    folds, by_group = held_out_folds(labels, names, derive(seed, "audit", "metadata"))
    shuffle = BlockShuffle(labels, names if by_group else [str(i) for i in range(len(kept))])
    findings = []
    for family in FAMILIES.values():
        inputs = one_hot(family.facts(photo_set, facts)[kept])
        if inputs.shape[1]:
            tested = HeldOut(inputs, labels, folds).run(shuffle, generator(seed, "audit", "metadata", family.name))
            if tested is not None:
                findings.append(_finding(family, tested, len(photo_set.photos), by_group, len(kept)))
    return findings


def _sample(groups: Sequence[str], seed: int) -> Int64Array:
    """Positions of at most `SAMPLE` photos, or a little more, whole groups at random; ascending."""
    where = some_groups(groups, SAMPLE, seed, "audit", "metadata", "sample")
    if len(where) > 2 * SAMPLE:  # one huge group
        where = np.sort(generator(seed, "audit", "metadata", "thin").choice(where, SAMPLE, replace=False))
    return where


def _finding(family: _Family, tested: Tested, total: int, by_group: bool, asked: int) -> Finding:
    held = "groups held out" if by_group else "photos held out one by one, because there are too few groups"
    headline = (
        f"The label can be predicted from {family.what}: {tested.accuracy:.0%} are classified correctly; chance level"
        f" {tested.chance_level:.0%} ({held}, p < {P_VALUE:g})."
    )
    excess = (tested.accuracy - tested.chance_level) / max(1 - tested.chance_level, 1e-9)
    return Finding(
        kind=family.kind,
        severity=severity(family.kind, excess),
        headline=headline,
        advice=family.advice,
        value=tested.accuracy,
        unit=Unit.ACCURACY,
        photos=total,
        total=total,
        details={
            "chance_level": tested.chance_level, "majority": tested.majority, "p_value": tested.p_value,
            "held_out": "groups" if by_group else "photos", "asked": asked,
        },
    )  # fmt: skip
