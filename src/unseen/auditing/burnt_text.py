"""Find text drawn into the photos that gives the label away, such as the name of the class in a corner.

What a program draws is at the same place in every photo of a class, in strokes a few pixels wide, so it is what is left
of the fine detail when all photos of the class are averaged. Hands and walls average out. A background that differs by
class does so all over the photo; text is in one small box.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from unseen.auditing.findings import Finding, Unit
from unseen.auditing.severity import Severity
from unseen.probes.group_sampling import some_groups
from unseen.probes.out_of_fold import held_out_folds
from unseen.records import BoolArray, Float32Array, Images, Int64Array, PhotoSet
from unseen.seeds import derive
from unseen.split.fingerprint import LUMA, grey_grid
from unseen.text import listed

KIND = "burnt-text"
BURNT_TEXT = {KIND: Severity(0.85, 0.15, 1.0, "right answers less false alarms for the class that is told best")}

WHOLE_PX = 128  # a whole photo is read at this side, whatever its shape
CORNER_PX = (48, 144)  # height and width of a corner at most, read as it is: pale letters of a pixel's width stay
FINE_PX = 7  # detail is what differs from the mean of so many pixels around
MOST_PHOTOS = 500  # looked at; groups are drawn whole
FEW_PHOTOS = 20
MIN_LEVELS = 4.0  # grey levels between classes
# Share of the variance of a pixel's detail that the class explains: 0.9 of planted text, 0.43 at most on sets of many
# sessions; 0.58 on people/vowels_abimael, cut out about one hand, 0.88 on gestures_anupam, whose whole photos tell.
MIN_EXPLAINED = 0.6
MIN_PIXELS = 8
BOXES = ((12, 40), (20, 72), (32, 112))  # height and width of what may be a caption, px
MIN_INSIDE = 0.8  # share of such pixels that are in the box
MIN_TOLD = 0.6  # right answers less false alarms for a class that the box tells
EXAMPLES = 12

Box = tuple[int, int, int, int]  # top, left, height and width, px


@dataclass(frozen=True, slots=True)
class Caption:
    """A place, and how well its detail alone tells the class of groups held out.

    told: (C,) float32, right answers less false alarms for each class, 1 at best.
    """

    place: str
    accuracy: float
    told: Float32Array


def text_findings(photo_set: PhotoSet, images: Images, groups: Sequence[str], seed: int) -> list[Finding]:
    """Return `burnt-text` where a small box of fine detail tells at least one class. groups: N names.

    Nothing is said of classes of one burst each: a hand held still is then as fixed as what is drawn (docs/log.md).
    """
    chosen = some_groups(groups, MOST_PHOTOS, seed, "burnt text groups")
    present, labels = np.unique(photo_set.labels[chosen], return_inverse=True)
    if len(chosen) < FEW_PHOTOS or len(present) < 2:
        return []
    folds, by_group = held_out_folds(labels, [groups[i] for i in chosen.tolist()], derive(seed, "burnt text"))
    if not by_group:
        return []
    found = []
    for number, (place, detail) in enumerate(_views(images, chosen)):
        drawn = _drawn(detail, labels)
        box = _box(drawn)
        if box is not None:
            found.append(_told(place, detail, box, labels, folds))
        elif number == 0 and drawn.sum() >= MIN_PIXELS:
            return []  # all over the photo: a background of its own for each class
    best = max(reversed(found), key=lambda caption: float(caption.told.max()), default=None)
    if best is None or best.told.max() < MIN_TOLD:
        return []
    classes = [photo_set.classes[present[k]] for k in np.flatnonzero(best.told >= MIN_TOLD)]
    return [_finding(photo_set, best, classes, len(present))]


def _finding(photo_set: PhotoSet, caption: Caption, classes: Sequence[str], of: int) -> Finding:
    paths = tuple(photo.path for photo in photo_set.photos if photo.label in set(classes))
    told = "the label" if len(classes) == of else listed([f"'{name}'" for name in classes[:3]])
    step = max(1, len(paths) // EXAMPLES)
    return Finding(
        kind=KIND,
        severity=BURNT_TEXT[KIND].at(float(caption.told.max())),
        headline=(
            f"Text or a mark drawn into the photos gives {told} away: from a small box at {caption.place} alone,"
            f" {caption.accuracy:.0%} are classified correctly; chance level {1 / of:.0%}."
        ),
        advice="Cut it off, or take the photos before it was drawn: a model reads it instead of the subject.",
        value=caption.accuracy,
        unit=Unit.BALANCED_ACCURACY,
        photos=len(paths),
        total=len(photo_set.photos),
        paths=(*paths[::step][:EXAMPLES],),
        details={"place": caption.place, "classes": list(classes), "chance_level": 1 / of},
    )


def _views(images: Images, chosen: Int64Array) -> Iterator[tuple[str, Float32Array]]:
    """Yield what the places of the chosen photos are called, and their fine detail, (n, height, width) float32."""
    photos = [images[i] for i in chosen.tolist()]
    yield "one place", _fine_detail(np.stack([grey_grid(photo, WHOLE_PX) for photo in photos]))
    halves = np.min([photo.shape[:2] for photo in photos], axis=0) // 2  # a corner ends where the next begins
    height, width = (max(1, min(most, int(half))) for most, half in zip(CORNER_PX, halves, strict=True))
    for down, rows in (("top", slice(height)), ("bottom", slice(-height, None))):
        for across, columns in (("left", slice(width)), ("right", slice(-width, None))):
            corners = [photo[rows, columns, :3].astype(np.float32) @ LUMA[:3] for photo in photos]
            yield f"the {down} {across}", _fine_detail(np.stack(corners))


def _fine_detail(grey: Float32Array) -> Float32Array:
    """Return what each pixel of (n, h, w) differs from the mean of those around it."""
    sums = np.pad(grey, ((0, 0), *[(FINE_PX // 2 + 1, FINE_PX // 2)] * 2), mode="edge")
    sums = sums.cumsum(axis=1).cumsum(axis=2)
    sums = sums[:, FINE_PX:] - sums[:, :-FINE_PX]
    around = (sums[:, :, FINE_PX:] - sums[:, :, :-FINE_PX]) / FINE_PX**2
    return np.asarray(grey - around, np.float32)


def _told(place: str, detail: Float32Array, box: Box, labels: Int64Array, folds: Int64Array) -> Caption:
    """Return how well the box where something is drawn tells `labels` of groups held out in `folds`."""
    top, left, height, width = box
    inside = detail[:, top : top + height, left : left + width].reshape(len(detail), -1)
    classes = int(labels.max()) + 1
    answers = np.zeros(len(labels), np.int64)
    for fold in np.unique(folds).tolist():
        test = folds == fold
        means = _class_means(inside[~test], labels[~test], classes)
        distance = np.einsum("cd,cd->c", means, means) - 2 * inside[test] @ means.T
        answers[test] = distance.argmin(axis=1)
    recalls = np.array([(answers[labels == k] == k).mean() for k in range(classes)])
    alarms = np.array([(answers[labels != k] == k).mean() for k in range(classes)])
    return Caption(place, float(recalls.mean()), (recalls - alarms).astype(np.float32))


def _class_means(flat: Float32Array, labels: Int64Array, classes: int) -> Float32Array:
    """Return the mean of each class, (classes, D); zero for one without photos."""
    member = (labels[None] == np.arange(classes)[:, None]).astype(np.float32)
    means: Float32Array = member @ flat / np.maximum(member.sum(axis=1), 1)[:, None]
    return means


def _drawn(detail: Float32Array, labels: Int64Array) -> BoolArray:
    """Say which pixels' detail is much the same within each class and differs between classes, (h, w) bool."""
    flat = detail.reshape(len(detail), -1)
    counts = np.bincount(labels)
    means = _class_means(flat, labels, len(counts)) - flat.mean(axis=0)
    between = np.einsum("c,cd,cd->d", counts / len(labels), means, means)
    total = np.einsum("nd,nd->d", flat, flat) / len(flat) - flat.mean(axis=0) ** 2
    # What means of few photos differ by without any text is taken off.
    between = between - (len(counts) - 1) / max(1, len(flat) - len(counts)) * np.maximum(total - between, 0)
    drawn = (between >= MIN_LEVELS**2) & (between >= MIN_EXPLAINED * total)
    return np.asarray(drawn.reshape(detail.shape[1:]), np.bool_)


def _box(drawn: BoolArray) -> Box | None:
    """Return top, left, height and width of the smallest of BOXES that holds nearly all drawn pixels."""
    pixels = int(drawn.sum())
    if pixels < MIN_PIXELS:
        return None
    sums = np.pad(drawn.astype(np.int64), ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    for most_height, most_width in BOXES:
        height, width = min(most_height, drawn.shape[0]), min(most_width, drawn.shape[1])
        held = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
        if held.max() >= MIN_INSIDE * pixels:
            top, left = np.unravel_index(int(held.argmax()), held.shape)
            return int(top), int(left), height, width
    return None
