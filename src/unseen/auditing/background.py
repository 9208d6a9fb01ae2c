"""Find backgrounds that give the label away: describe the edge of each photo and predict the label from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from unseen.auditing.findings import Finding, FindingKind, Unit
from unseen.auditing.quality_measures import grey_levels
from unseen.auditing.severity import severity
from unseen.dataset.shape_batches import in_batches
from unseen.probes.colour_spread import ONE_COLOUR, colour_spread
from unseen.probes.discriminant import held_out_accuracies
from unseen.probes.group_sampling import some_groups
from unseen.probes.out_of_fold import held_out_folds
from unseen.probes.permute import BlockShuffle
from unseen.progress import Progress, Silent
from unseen.records import BoolArray, Float32Array, Images, Int64Array, PhotoSet, Uint8Array
from unseen.seeds import derive, generator
from unseen.text import count

SIDE = 96  # px; nearest neighbour, because averaging would smooth textures away
LEVELS = 4  # of each colour: 64 colours
ANGLES = 8
LENGTH = LEVELS**3 + ANGLES + 1
HIDDEN = 0.8  # of each side: the middle, where the subject is
PERMUTATIONS = 199  # the least p-value they can prove is 0.005
MOST_PHOTOS = 6_000  # tested; groups are drawn whole
MAX_P = 0.01
# Share of the way from chance to certainty. Where hands reach the edge of the photo, they give the label away by
# themselves: 0.17 on sign_digits, 0.35 on rps_freeman (an arm from the right), 0.13 on asl_kept/train, 0.04 and 0.03 on
# rps_subhi and fingers_subhi. sign_digits with a texture per class gives 1.0, with a random texture per photo 0.01.
MIN_LIFT = 0.5
FEW_PHOTOS = 20


@dataclass(frozen=True, slots=True)
class Backgrounds:
    """What the edges of N photos show.

    descriptors: (N, 73) float32, colour and gradient-orientation histograms. colours: (N, 3) float32, median RGB,
    0-255.
    """

    descriptors: Float32Array
    colours: Float32Array

    @property
    def roughness(self) -> Float32Array:
        """Mean size of the grey gradient at the edge, (N,) float32, grey levels per point of 96 across."""
        rough: Float32Array = np.expm1(4 * self.descriptors[:, -1])
        return rough


@dataclass(frozen=True, slots=True)
class Giveaway:
    """Balanced accuracy of a classifier that sees no subject, its mean over shuffled labels, and the p-value.

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


def describe_backgrounds(images: Images, progress: Progress | None = None) -> Backgrounds:
    """Describe the edge of each photo, (H, W, 3 or 4) uint8: what is left when the middle is hidden."""
    n = len(images)
    descriptors = np.zeros((n, LENGTH), np.float32)
    colours = np.zeros((n, 3), np.float32)
    edge = np.flatnonzero(_edge())

    def describe(positions: Int64Array, photos: list[Uint8Array]) -> None:
        points = _nearest_points(*photos[0].shape[:2])
        small = np.stack([photo.view(np.uint32).ravel().take(points) for photo in photos])  # (b, SIDE^2), a pixel each
        descriptors[positions], colours[positions] = _describe_places(small, edge)

    with (progress or Silent()).task("Looking at backgrounds", n, "photos") as task:
        in_batches(images, describe, task)
    return Backgrounds(descriptors, colours)


def giveaway(descriptors: Float32Array, labels: Int64Array, groups: Sequence[str], seed: int) -> Giveaway | None:
    """Return how well `descriptors` (N, D) predict `labels` of groups held out; `None` where photos are too few.

    The p-value is that of labels shuffled by `BlockShuffle`, which keeps together what was photographed together.
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
    accuracies = held_out_accuracies(descriptors[chosen], truths, folds, len(classes))
    # The labels as they are count as one of the permutations (Phipson and Smyth 2010), so that p is never 0.
    p_value = float((accuracies >= accuracies[0]).mean())
    return Giveaway(float(accuracies[0]), float(accuracies[1:].mean()), p_value, by_group)


def background_findings(
    photo_set: PhotoSet, backgrounds: Backgrounds, groups: Sequence[str], seed: int
) -> list[Finding]:
    """Return `background-shortcut` and `one-background` where they hold. groups: N names, aligned with `photo_set`."""
    if len(photo_set.photos) < FEW_PHOTOS:
        return []
    findings = []
    found = giveaway(backgrounds.descriptors, photo_set.labels, groups, seed)
    if found is not None and found.p_value < MAX_P and found.lift >= MIN_LIFT:
        findings.append(_shortcut(found, len(photo_set.photos)))
    spread = colour_spread(backgrounds.colours)
    if spread <= ONE_COLOUR:
        findings.append(_one_background(spread, photo_set, backgrounds))
    return findings


def _shortcut(found: Giveaway, total: int) -> Finding:
    held_out = "whole groups held out" if found.by_group else "photos held out one by one: a class has one group only"
    return Finding(
        kind=FindingKind.BACKGROUND_SHORTCUT,
        severity=severity(FindingKind.BACKGROUND_SHORTCUT, found.lift),
        headline=(
            f"The background gives the label away: from the edge of the photo alone, {found.accuracy:.0%} are"
            f" classified correctly; chance level {found.chance_level:.0%} ({held_out}, p = {found.p_value:.3f})."
        ),
        advice="Photograph every class on every background, or let training replace the backgrounds.",
        value=found.accuracy,
        unit=Unit.BALANCED_ACCURACY,
        photos=total,
        total=total,
        details={
            "chance_level": found.chance_level,
            "p_value": found.p_value,
            "lift": found.lift,
            "by_group": found.by_group,
        },
    )


def _one_background(spread: float, photo_set: PhotoSet, backgrounds: Backgrounds) -> Finding:
    total = len(photo_set.photos)
    red, green, blue = np.median(backgrounds.colours, axis=0).round().astype(int).tolist()
    distance = np.linalg.norm(backgrounds.colours - np.array([red, green, blue]), axis=1)
    typical = np.argsort(distance, kind="stable")
    return Finding(
        kind=FindingKind.ONE_BACKGROUND,
        severity=severity(FindingKind.ONE_BACKGROUND),
        headline=(
            f"Nearly all of {count(total, 'photo')} show the same background"
            f" (about RGB {red}, {green}, {blue}): a model trained on them has never seen another."
        ),
        advice="Photograph some of each class before other walls and outdoors, or let training replace backgrounds.",
        value=spread,
        unit=Unit.COLOUR_DISTANCE,
        photos=int((distance <= 2 * ONE_COLOUR).sum()),
        total=total,
        paths=tuple(photo_set.photos[int(i)].path for i in typical[:12]),
        details={"median_rgb": [red, green, blue]},
    )


def _edge() -> BoolArray:
    margin = round(SIDE * (1 - HIDDEN) / 2)
    edge = np.ones((SIDE, SIDE), np.bool_)
    edge[margin : SIDE - margin, margin : SIDE - margin] = False
    return edge


@lru_cache(maxsize=64)
def _nearest_points(height: int, width: int) -> Int64Array:
    """Return the places, (SIDE^2,), of the pixels nearest to SIDE x SIDE points in a photo laid out row by row."""
    rows = ((np.arange(SIDE) + 0.5) * height / SIDE).astype(np.int64)
    columns = ((np.arange(SIDE) + 0.5) * width / SIDE).astype(np.int64)
    return (rows[:, None] * width + columns).ravel()


def _describe_places(pixels: npt.NDArray[np.uint32], shown: Int64Array) -> tuple[Float32Array, Float32Array]:
    """Return the descriptors (n, 73) and median colours (n, 3) of the places `shown` of n photos, (n, SIDE^2)."""
    n = len(pixels)
    grey = grey_levels(pixels.view(np.uint8).reshape(n, SIDE, SIDE, 4))
    down, right = (slope.reshape(n, -1).take(shown, axis=1) for slope in _slopes(grey))
    beside = pixels.take(shown, axis=1).view(np.uint8).reshape(n, -1, 4)
    planes = np.stack([beside[..., k] for k in range(3)])  # (3, n, m)
    coarse = planes // (256 // LEVELS)
    codes = coarse[0] * LEVELS**2 + coarse[1] * LEVELS + coarse[2]
    # The square root makes differences of small and of large shares comparable (Hellinger distance).
    colour = np.sqrt(_counts(codes, LEVELS**3) / len(shown))
    size = np.sqrt(down * down + right * right)
    turn = np.arctan2(down, right) * np.float32(ANGLES / np.pi)
    bins = np.floor(turn, out=turn).astype(np.int8) % ANGLES  # modulo half a turn: light to dark or back
    total = size.sum(axis=1, dtype=np.float64)[:, None]
    turned = _counts(bins, ANGLES, size) / (total + 0.5 * len(shown))
    roughness = np.log1p(total / len(shown)) / 4  # about 0 to 1
    return np.concatenate([colour, turned, roughness], axis=1).astype(np.float32), _medians(planes)


def _slopes(grey: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Return what `np.gradient` does of each of (n, SIDE, SIDE), downwards and to the right, with fewer passes."""
    down, right = np.empty_like(grey), np.empty_like(grey)
    for slope, lines in ((down, grey), (right.transpose(0, 2, 1), grey.transpose(0, 2, 1))):
        np.subtract(lines[:, 2:], lines[:, :-2], out=slope[:, 1:-1])
        slope[:, 1:-1] *= 0.5
        slope[:, 0], slope[:, -1] = lines[:, 1] - lines[:, 0], lines[:, -1] - lines[:, -2]
    return down, right


def _counts(codes: npt.NDArray[np.integer], most: int, weights: Float32Array | None = None) -> npt.NDArray[np.float64]:
    """Return how often, or with which weight, each of `most` codes occurs in each row of (n, m): (n, most)."""
    n = len(codes)
    places = codes + np.arange(0, n * most, most)[:, None]
    sums = np.bincount(places.ravel(), None if weights is None else weights.ravel(), n * most)
    return sums.reshape(n, most).astype(np.float64)


def _medians(planes: Uint8Array) -> Float32Array:
    """Return the median of each of (3, n, m) as (n, 3); 16 bits, because NumPy partitions 8 bits slowly."""
    levels = planes.astype(np.int16)
    half = levels.shape[2] // 2
    levels.partition(half, axis=2)
    high = levels[..., half]
    low = high if levels.shape[2] % 2 else levels[..., :half].max(axis=2)
    medians: Float32Array = ((low + high) / 2).T.astype(np.float32)
    return medians
