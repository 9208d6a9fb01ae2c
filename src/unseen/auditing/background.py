"""Does the background give the label away? Photos with the subject hidden, labels and groups in, findings out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unseen.auditing.descriptors import LENGTH, SIDE, describe_places, nearest_points
from unseen.auditing.findings import Finding, FindingKind, Unit
from unseen.auditing.shape_batches import in_batches
from unseen.probes.colour_spread import ONE_COLOUR, colour_spread
from unseen.probes.group_sampling import some_groups
from unseen.probes.out_of_fold import held_out_folds
from unseen.probes.permute import BlockShuffle
from unseen.progress import Progress, Silent
from unseen.records import BoolArray, Float32Array, Images, Int64Array, PhotoSet, Uint8Array
from unseen.seeds import derive, generator
from unseen.text import count

HIDDEN = 0.8  # of each side, where no mask says where the subject is
PERMUTATIONS = 199  # the least p-value they can prove is 0.005
SHRINKAGE = 0.2
MOST_PHOTOS = 6_000  # tested; groups are drawn whole
MAX_P = 0.01
# Share of the way from chance to certainty. Where hands reach the edge of the photo, they tell the label by
# themselves: 0.17 on sign_digits, 0.35 on rps_freeman (an arm from the right), 0.13 on asl_kept/train, 0.04 and 0.03 on
# rps_subhi and fingers_subhi. sign_digits with a texture a class gives 1.0, with a random texture a photo 0.01.
MIN_LIFT_CENTRE = 0.5
MIN_LIFT_MASKED = 0.2
FEW_PHOTOS = 20


@dataclass(frozen=True, slots=True)
class Backgrounds:
    """What N photos show beside their subject.

    descriptors: (N, 73) float32, colour and gradient-orientation histograms. colours: (N, 3) float32, median RGB,
    0-255. masked: whether masks said where the subject is, or the centre was hidden.
    """

    descriptors: Float32Array
    colours: Float32Array
    masked: bool

    @property
    def roughness(self) -> Float32Array:
        """Mean size of the grey gradient beside the subject, (N,) float32, grey levels a point of 96 across."""
        rough: Float32Array = np.expm1(4 * self.descriptors[:, -1])
        return rough


@dataclass(frozen=True, slots=True)
class Giveaway:
    """Balanced accuracy of a classifier that sees no subject, beside the mean over shuffled labels and the p-value.

    by_group: whether whole groups were held out, or photos one by one because a class has one group.
    """

    accuracy: float
    chance_level: float
    p_value: float
    by_group: bool

    @property
    def lift(self) -> float:
        """Share of the way from chance to certainty, at most 1."""
        return (self.accuracy - self.chance_level) / max(1 - self.chance_level, 1e-9)


def describe_backgrounds(
    pixels: Images, masks: Sequence[BoolArray] | None = None, progress: Progress | None = None
) -> Backgrounds:
    """Describe each photo (H, W, 3 or 4) uint8 without its subject.

    masks: N arrays (h, w) bool of any size, true on the subject; without them the middle is hidden, and what is
    described is the edge of the photo.
    """
    n = len(pixels)
    descriptors = np.zeros((n, LENGTH), np.float32)
    colours = np.zeros((n, 3), np.float32)
    edge = np.flatnonzero(_edge())

    def describe(positions: Int64Array, photos: list[Uint8Array]) -> None:
        points = nearest_points(*photos[0].shape[:2])
        small = np.stack([photo.view(np.uint32).ravel().take(points) for photo in photos])  # (b, SIDE^2), a pixel each
        if masks is None:
            descriptors[positions], colours[positions] = describe_places(small, edge)
            return
        for k, i in enumerate(positions.tolist()):
            mask = masks[i]
            shown = np.flatnonzero(~mask.ravel()[nearest_points(*mask.shape)])
            # Where the subject fills the photo, its edge is described.
            found = describe_places(small[k : k + 1], shown if len(shown) else edge)
            descriptors[i], colours[i] = found[0][0], found[1][0]

    with (progress or Silent()).task("Looking at backgrounds", n, "photos") as task:
        in_batches(pixels, describe, task)
    return Backgrounds(descriptors, colours, masks is not None)


def _edge() -> BoolArray:
    margin = round(SIDE * (1 - HIDDEN) / 2)
    edge = np.ones((SIDE, SIDE), np.bool_)
    edge[margin : SIDE - margin, margin : SIDE - margin] = False
    return edge


def giveaway(descriptors: Float32Array, labels: Int64Array, groups: Sequence[str], seed: int) -> Giveaway | None:
    """Return how well `descriptors` (N, D) tell `labels` on groups never seen; `None` where photos are too few.

    The p-value is of labels shuffled as `BlockShuffle` does it, which keeps together what was photographed together.
    """
    chosen = some_groups(groups, MOST_PHOTOS, seed, "background groups")
    names = [groups[i] for i in chosen.tolist()]
    classes, y = np.unique(labels[chosen], return_inverse=True)
    if len(chosen) < FEW_PHOTOS or len(classes) < 2:
        return None
    folds, by_group = held_out_folds(y, names, derive(seed, "background"))
    shuffle = BlockShuffle(y, names if by_group else [str(i) for i in range(len(y))])
    rng = generator(seed, "background permutations")
    truths = [y, *(shuffle.draw(rng) for _ in range(PERMUTATIONS))]
    accuracies = _accuracies(descriptors[chosen], truths, folds, len(classes))
    # The labels as they are count as one of the permutations (Phipson and Smyth 2010), so that p is never 0.
    p_value = float((accuracies >= accuracies[0]).mean())
    return Giveaway(float(accuracies[0]), float(accuracies[1:].mean()), p_value, by_group)


def _accuracies(
    descriptors: Float32Array, truths: Sequence[Int64Array], folds: Int64Array, classes: int
) -> npt.NDArray[np.float64]:
    """Return the out-of-fold balanced accuracy for each of `truths`, (P,).

    A linear discriminant on the total covariance, which labels have no part in: it is inverted once a fold for all
    permutations.
    """
    said = np.zeros((len(truths), len(folds)), np.int64)
    for fold in range(int(folds.max()) + 1):
        train, test = folds != fold, folds == fold
        mean, spread = descriptors[train].mean(axis=0), descriptors[train].std(axis=0) + 1e-6
        x, t = (descriptors[train] - mean) / spread, (descriptors[test] - mean) / spread
        shrunk = (1 - SHRINKAGE) * (x.T @ x) / len(x) + SHRINKAGE * np.eye(x.shape[1], dtype=np.float32)
        inverse = np.linalg.inv(shrunk)  # (D, D)
        seen_by = t @ inverse  # (m, D)
        for row, labels in enumerate(truths):
            sums = np.eye(classes, dtype=np.float32)[labels[train]].T @ x
            counts = np.bincount(labels[train], minlength=classes)
            means = sums / np.maximum(counts, 1)[:, None]
            offset = 0.5 * np.einsum("cd,cd->c", means, means @ inverse)
            scores = seen_by @ means.T - offset
            scores[:, counts == 0] = -np.inf
            said[row, test] = scores.argmax(axis=1)
    return np.array([_balanced(row, labels, classes) for row, labels in zip(said, truths, strict=True)])


def _balanced(said: Int64Array, labels: Int64Array, classes: int) -> float:
    right = np.bincount(labels, said == labels, minlength=classes)
    counts = np.bincount(labels, minlength=classes)
    return float((right[counts > 0] / counts[counts > 0]).mean())


def background_findings(
    photo_set: PhotoSet,
    backgrounds: Backgrounds,
    groups: Sequence[str],
    seed: int,
    *,
    features: Float32Array | None = None,
) -> list[Finding]:
    """Return `background-shortcut` and `one-background` where they hold.

    groups: N names, aligned with `photo_set`. features: (N, D) float32 of a network that saw the photos with the
    subject hidden, tried beside the handcrafted descriptors where given.
    """
    total = len(photo_set.photos)
    if total < FEW_PHOTOS:
        return []
    tried = [giveaway(backgrounds.descriptors, photo_set.labels, groups, seed)]
    if features is not None:
        tried.append(giveaway(features, photo_set.labels, groups, seed))
    least = MIN_LIFT_MASKED if backgrounds.masked else MIN_LIFT_CENTRE
    proven = [one for one in tried if one is not None and one.p_value < MAX_P and one.lift >= least]
    findings = []
    if proven:
        findings.append(_shortcut(max(proven, key=lambda one: one.lift), backgrounds.masked, len(tried), total))
    spread = colour_spread(backgrounds.colours)
    if spread <= ONE_COLOUR:
        findings.append(_one_background(spread, photo_set, backgrounds))
    return findings


def _shortcut(found: Giveaway, masked: bool, tried: int, total: int) -> Finding:
    held = "whole groups held out" if found.by_group else "photos held out one by one, for a class has one group"
    where = "with the subject hidden" if masked else "from the edge of the photo alone"
    return Finding(
        kind=FindingKind.BACKGROUND_SHORTCUT,
        severity=min(1.0, 0.85 + 0.15 * found.lift),
        headline=(
            f"The background gives the label away: {where} {found.accuracy:.0%} are told right, where chance is"
            f" {found.chance_level:.0%} ({held}, p = {found.p_value:.3f})."
        ),
        advice="Photograph every class on every background, or let training replace the backgrounds.",
        value=found.accuracy,
        unit=Unit.BALANCED_ACCURACY,
        photos=total,
        total=total,
        details={
            "chance": found.chance_level,
            "p_value": found.p_value,
            "lift": found.lift,
            "masked": masked,
            "by_group": found.by_group,
            "tried": tried,
        },
    )


def _one_background(spread: float, photo_set: PhotoSet, backgrounds: Backgrounds) -> Finding:
    total = len(photo_set.photos)
    red, green, blue = np.median(backgrounds.colours, axis=0).round().astype(int).tolist()
    away = np.linalg.norm(backgrounds.colours - np.array([red, green, blue]), axis=1)
    typical = np.argsort(away, kind="stable")
    return Finding(
        kind=FindingKind.ONE_BACKGROUND,
        severity=0.35,
        headline=(
            f"Nearly all of {count(total, 'photo')} show the same background"
            f" (about RGB {red}, {green}, {blue}): a model trained on them has never seen another."
        ),
        advice="Photograph some of each class before other walls and outdoors, or let training replace backgrounds.",
        value=spread,
        unit=Unit.COLOUR_DISTANCE,
        photos=int((away <= 2 * ONE_COLOUR).sum()),
        total=total,
        paths=tuple(photo_set.photos[int(i)].path for i in typical[:12]),
        details={"median_rgb": [red, green, blue]},
    )
