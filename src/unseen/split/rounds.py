"""Find rounds of one camera's counter through the classes.

One camera often photographs person after person, each showing every class once: IMG_1118 shows 0, IMG_1127
shows 9, IMG_1128 shows 0 again, by the next person. No name tells the people apart, but the counter does.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from unseen.photos.natural import natural_key
from unseen.records import Float32Array, Int64Array, Photo
from unseen.seeds import generator
from unseen.split.fingerprint import GRID_PX

MIN_CLASSES = 3  # of two classes, "alternating" is also what photos before and after something look like
MIN_ROUNDS = 5  # fewer people cannot be measured either
MIN_UNIQUE = 0.98  # share of counters met once; per-class numbering and two cameras on one prefix fall below it
# Share of steps from a class to the one that mostly follows it: 0.98 on sign_digits, 0.13 with its labels permuted.
MIN_ORDER = 0.7
# Standard deviations above permuted labels. Chebyshev's bound is 1% whatever their distribution;
# sign_digits lies 240 above.
MIN_LEAD = 10.0
MAX_SPAN = 10  # counters in a round for each class: a camera counts on, and few collections keep one photo in ten
PERMUTATIONS = 100
FULL = 2 / 3  # share of the classes in a full round, which must be no longer than FULL_LENGTH times the classes
FULL_LENGTH = 1.5
MIN_IN_FULL = 0.8  # share of photos in full rounds; 0.99 on sign_digits
MAX_PIECES = 6  # rising runs of one round: a person who went back more often is cut in two
MAX_STARTS = 8  # classes tried as the first of a round
LOOK_CELLS = 8  # squared: the part of a thumbnail that says light and place rather than fingers
MAX_COMPARED = 4096
# Standard deviations above rounds made of other photos of the same classes: 152 on sign_digits, 8-14 on five of its
# students, -1 where each class of it is shuffled before numbering.
MIN_LOOK = 5.0


@dataclass(frozen=True, slots=True)
class _Sequence:
    """Photos of one prefix by counter: positions, counters and labels, (n,) int64; labels 0 to `classes` - 1."""

    positions: Int64Array
    counters: Int64Array
    labels: Int64Array
    classes: int


def name_rounds(photos: Sequence[Photo]) -> tuple[str | None, ...]:
    """Return the round of each photo ('IMG_1118 to IMG_1127'), aligned with `photos`; `None` where there is none.

    A camera's photos have rounds only where nearly all of them go round the classes in one order. Two people are
    sooner taken for one than one for two: the first wastes a group, the second leaks.
    """
    found: list[str | None] = [None] * len(photos)
    for sequence in _sequences(photos):
        for members in _rounds(sequence):
            first, last = (PurePosixPath(photos[i].path).stem for i in (members[0], members[-1]))
            for i in members:
                found[i] = f"{first} to {last}"
    return tuple(found)


def _sequences(photos: Sequence[Photo]) -> list[_Sequence]:
    """Return the photos of each prefix that is followed by a counter of its own, sorted by counter."""
    buckets: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for i, photo in enumerate(photos):
        # Nine digits: a camera's counter has four or five, a time in milliseconds thirteen.
        if counted := re.fullmatch(r"(|.*\D)(\d{1,9})", PurePosixPath(photo.path).stem, re.DOTALL):
            buckets[counted[1]].append((int(counted[2]), i))
    result = []
    for bucket in buckets.values():
        names = sorted({photos[i].label for _, i in bucket}, key=natural_key)
        counters = np.array(sorted(bucket), dtype=np.int64)
        enough = len(names) >= MIN_CLASSES and len(bucket) >= FULL * MIN_ROUNDS * len(names)
        if enough and len(np.unique(counters[:, 0])) >= MIN_UNIQUE * len(bucket):
            index = {name: k for k, name in enumerate(names)}
            labels = np.array([index[photos[i].label] for i in counters[:, 1]], dtype=np.int64)
            result.append(_Sequence(counters[:, 1], counters[:, 0], labels, len(names)))
    return result


def _rounds(sequence: _Sequence) -> list[list[int]]:
    """Return the positions of each round of two photos or more; nothing where the evidence is not overwhelming."""
    jumps = np.diff(sequence.counters)
    by_class = np.lexsort((sequence.counters, sequence.labels))
    same = np.diff(sequence.labels[by_class]) == 0
    if not same.any():
        return []
    # A jump as long as a round, which is how far apart a class comes back, may hide a whole person.
    span = np.median(np.diff(sequence.counters[by_class])[same])
    if span > MAX_SPAN * sequence.classes:
        return []
    near = jumps < span
    place = _order(sequence, near)
    if place is None:
        return []
    runs = np.split(np.arange(len(sequence.labels)), np.flatnonzero(~near) + 1)
    rounds = _from_best_start(place[sequence.labels], runs, sequence.classes, natural=place)
    full = [
        len(r)
        for r in rounds
        if len(np.unique(sequence.labels[r])) >= FULL * sequence.classes and len(r) <= FULL_LENGTH * sequence.classes
    ]
    if len(full) < MIN_ROUNDS or sum(full) < MIN_IN_FULL * len(sequence.labels):
        return []
    return [sequence.positions[r].tolist() for r in rounds if len(r) > 1]


def _order(sequence: _Sequence, near: npt.NDArray[np.bool_]) -> Int64Array | None:
    """Return the place of each class in the cycle that steps follow, (classes,) int64; `None` if chance would do.

    The null is what a shuffled upload looks like: the same counters, the labels permuted.
    """
    share, follower = _followed(sequence.labels, near, sequence.classes)
    if share < MIN_ORDER:
        return None
    rng = generator(0, "split", "rounds")
    null = [_followed(rng.permutation(sequence.labels), near, sequence.classes)[0] for _ in range(PERMUTATIONS)]
    if share < np.mean(null) + MIN_LEAD * np.std(null):
        return None
    place = np.full(sequence.classes, -1, np.int64)
    at = 0
    for k in range(sequence.classes):
        if at < 0 or place[at] >= 0:
            return None  # a class without a follower, or a cycle that leaves classes out
        place[at] = k
        at = int(follower[at])
    return place if at == 0 else None


def _followed(labels: Int64Array, near: npt.NDArray[np.bool_], classes: int) -> tuple[float, Int64Array]:
    """Return the share of near steps to each class's main follower, and that follower, (classes,) int64 or -1."""
    a, b = labels[:-1][near], labels[1:][near]
    steps, counts = np.unique((a * classes + b)[a != b], return_counts=True)
    rising = np.argsort(counts, kind="stable")
    follower, most = np.full(classes, -1, np.int64), np.zeros(classes, np.int64)
    follower[steps[rising] // classes] = steps[rising] % classes  # the last write, of the largest count, stays
    most[steps[rising] // classes] = counts[rising]
    return float(most.sum() / max(1, len(a))), follower


def _from_best_start(
    places: Int64Array, runs: Sequence[Int64Array], classes: int, natural: Int64Array
) -> list[Int64Array]:
    """Cut `runs` into rounds that begin at the place that fits best; nothing where two fit equally well.

    A wrong start would give every person's first signs to the person before. Where the order is that of the class
    names (`natural`), its first class wins a tie, as when the first photo was lost.
    """
    ends = Counter([0])
    for run in runs:
        ends.update([int(places[run[0]]), int(places[run[-1]] + 1) % classes])
    in_order = bool((np.diff(natural) > 0).all())
    tried = []
    for start, _ in ends.most_common(MAX_STARTS):
        cuts = [_cut((places[run] - start) % classes, classes) for run in runs]
        cost = sum(cost for cost, _ in cuts)
        pieces = [piece for run, (_, at) in zip(runs, cuts, strict=True) for piece in np.split(run, at)]
        tried.append(((cost, not (in_order and start == 0)), pieces))
    tried.sort(key=lambda option: option[0])
    if len(tried) > 1 and tried[0][0] == tried[1][0]:
        return []
    return tried[0][1]


def _cut(places: Int64Array, classes: int) -> tuple[int, list[int]]:
    """Return the cheapest cost of cutting one run into rounds, and where the second and later rounds begin.

    A round costs 2 a class it lacks, 2 a photo it repeats, and 1 a place it steps back; it begins only at a step
    back. So a repeated sign, two signs swapped or a lost photo do not shift the rounds after it, as starting anew
    at each repeated label would, and who began again after 0123 is still one person.
    """
    edges = [0, *(np.flatnonzero(np.diff(places) < 0) + 1).tolist(), len(places)]
    pieces = [places[a:b].tolist() for a, b in pairwise(edges)]
    # (cost, rounds, where the last begins): of equal costs the fewest rounds.
    best: list[tuple[int, int, int]] = [(0, 0, 0)] + [(2 * len(places) * classes + 1, 0, 0)] * len(pieces)
    for i in range(len(pieces)):
        seen: set[int] = set()
        back = 0
        for j in range(i, min(len(pieces), i + MAX_PIECES)):
            back += pieces[j - 1][-1] - pieces[j][0] if j > i else 0
            seen.update(pieces[j])
            repeats = edges[j + 1] - edges[i] - len(seen)
            cost = 2 * (classes - len(seen) + repeats) + back
            best[j + 1] = min(best[j + 1], (best[i][0] + cost, best[i][1] + 1, i))
    begins, at = [], len(pieces)
    while at:
        at = best[at][2]
        begins.append(edges[at])
    return best[-1][0], begins[-2::-1]


def look_together(rounds: Sequence[str | None], labels: Sequence[str], thumbs: Float32Array) -> bool:
    """Say whether photos of one round look more alike than photos of the same classes from other rounds.

    Names alone cannot tell a camera from a program that numbered its pictures class by class in turn. All three
    are aligned; thumbs are those of `Fingerprints`, (N, 1024) float32.
    """
    chosen = [i for i, name in enumerate(rounds) if name is not None][:MAX_COMPARED]
    if not chosen:
        return False
    class_of = np.unique([labels[i] for i in chosen], return_inverse=True)[1]
    members = [np.flatnonzero(class_of == k) for k in range(class_of.max() + 1)]
    cells = thumbs[chosen].reshape(-1, LOOK_CELLS, GRID_PX // LOOK_CELLS, LOOK_CELLS, GRID_PX // LOOK_CELLS)
    looks = cells.mean(axis=(2, 4), dtype=np.float64).reshape(len(chosen), -1)
    for of_class in members:  # what a class shares is its sign; what is left is the hand, its place, the light
        looks[of_class] -= looks[of_class].mean(axis=0)
    looks /= np.maximum(np.linalg.norm(looks, axis=1, keepdims=True), 1e-9)
    round_of = np.unique([str(rounds[i]) for i in chosen], return_inverse=True)[1]
    in_rounds = np.argsort(round_of, kind="stable")
    begins = np.searchsorted(round_of[in_rounds], np.arange(round_of.max() + 1))

    def likeness(order: Int64Array) -> float:  # sum of correlations within rounds, each photo's own included
        return float((np.add.reduceat(looks[order], begins) ** 2).sum())

    rng = generator(0, "split", "rounds", "look")
    null = []
    for _ in range(PERMUTATIONS):
        swapped = np.empty(len(chosen), np.int64)
        for of_class in members:
            swapped[of_class] = rng.permutation(of_class)
        null.append(likeness(swapped[in_rounds]))
    return likeness(in_rounds) > float(np.mean(null) + MIN_LOOK * np.std(null))
