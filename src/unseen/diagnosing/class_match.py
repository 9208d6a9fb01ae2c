"""Find which output of a network stands for which folder: by name, in order, or by what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from unseen.photos.class_names import in_figures, tidy
from unseen.records import Float64Array, Int64Array

How = Literal["names", "order", "answers"]
MOST_NATS = 5.0  # what one photo can cost at most, so that a few sure mistakes do not decide
# Share of the photos that a match by answers must get right beyond the stated order: it is chosen on the same photos.
MARGIN = 0.1


FIGURES, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# What a network of so many outputs is usually for: J and Z move, so that sets of photos leave them out.
USUAL_NAMES = {
    10: FIGURES, 24: LETTERS.replace("J", "").replace("Z", ""), 26: LETTERS, 35: FIGURES[1:] + LETTERS,
    36: FIGURES + LETTERS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClassMap:
    """outputs: for each class of the photos, the position of its output. how: where that is known from.

    An output of -1 is not known yet.
    """

    outputs: tuple[int, ...]
    how: How

    def correct(self, logs: Float64Array, labels: Int64Array) -> Float64Array:
        """Return 1.0 for each photo whose largest of all outputs is that of its class, (N,)."""
        return np.asarray(logs.argmax(axis=1) == np.array(self.outputs)[labels], np.float64)

    def nats(self, logs: Float64Array, labels: Int64Array) -> Float64Array:
        """Return the clipped log-loss of each photo, (N,)."""
        return np.asarray(np.minimum(-logs[np.arange(len(logs)), np.array(self.outputs)[labels]], MOST_NATS))


def stated_map(folders: Sequence[str], classes: Sequence[str] | None, outputs: int) -> ClassMap | None:
    """Return the map that names state, of some folders at least, or that the order of folders states; else `None`."""
    named = by_name(folders, classes if classes is not None and len(classes) == outputs else ())
    if any(place >= 0 for place in named):
        return ClassMap(named, "names")
    if len(folders) != outputs:
        return None
    # Keras and torchvision sort the names of folders as texts: "10" comes before "2"
    order = sorted(range(len(folders)), key=lambda place: folders[place])
    return ClassMap(tuple(order.index(place) for place in range(len(folders))), "order")


def by_name(folders: Sequence[str], classes: Sequence[str]) -> tuple[int, ...]:
    """Return the output of each folder that one class alone is named like, -1 of any other."""
    names, wanted = [plain_name(name) for name in classes], [plain_name(name) for name in folders]
    return tuple(names.index(one) if names.count(one) == wanted.count(one) == 1 else -1 for one in wanted)


def folders_meant(folders: Sequence[str], classes: Sequence[str] | None, outputs: int) -> tuple[str, ...]:
    """Return the folders that the network can mean: all, unless most are named and others are beyond its names.

    A folder without a name of its own is kept where as many names have no folder: it is spelt otherwise. Without names,
    and with fewer outputs than folders, those are taken that a network of so many outputs is usually for.
    """
    names = classes if classes is not None and len(classes) == outputs else None
    if names is None and outputs < len(folders):
        names = tuple(USUAL_NAMES.get(outputs, ()))
    known = [place >= 0 for place in by_name(folders, names or ())]
    found, missing = sum(known), len(folders) - sum(known)
    most = found >= max(2, missing) or 2 <= found == outputs
    if not most or missing == outputs - found:
        return tuple(folders)
    return tuple(name for name, kept in zip(folders, known, strict=True) if kept)


def plain_name(name: str) -> str:
    """Return a class name as two are compared: in any case, numbers in figures, without dashes."""
    return in_figures(tidy(name).casefold().replace("_", " ").replace("-", " "))


def match_by_answers(
    logs: Float64Array, labels: Int64Array, folders: int, known: Sequence[int] | None = None
) -> ClassMap:
    """Return the map under which the photos' classes are likeliest; each folder has an output of its own.

    known: the outputs that are not to be changed, -1 for the others.
    """
    costs = np.full((folders, logs.shape[1]), MOST_NATS)
    for folder in range(folders):
        rows = np.minimum(-logs[labels == folder], MOST_NATS)
        if len(rows):
            costs[folder] = rows.mean(axis=0)
    for folder, output in enumerate(known or ()):
        if output >= 0:
            costs[folder] += folders * MOST_NATS  # more than all others together can cost
            costs[folder, output] = 0
            costs[np.arange(folders) != folder, output] += folders * MOST_NATS
    return ClassMap(tuple(assign(costs)), "answers")


def choose_map(logs: Float64Array, labels: Int64Array, stated: ClassMap | None, folders: int) -> ClassMap:
    """Return the stated map, unless the answers speak clearly for another."""
    matched = match_by_answers(logs, labels, folders)
    if stated is None:
        return matched
    if -1 in stated.outputs:
        stated = replace(stated, outputs=match_by_answers(logs, labels, folders, stated.outputs).outputs)
    gain = matched.correct(logs, labels).mean() - stated.correct(logs, labels).mean()
    return matched if gain > MARGIN else stated


def assign(costs: Float64Array) -> list[int]:
    """Return for each row the column that it is given, so that the sum of costs is the least: the Hungarian method.

    costs: (R, C) with R <= C. Shortest augmenting paths (Jonker and Volgenant, Computing 38, 1987).
    """
    rows, columns = costs.shape
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    owner = np.zeros(columns + 1, np.int64)  # 1-based row of each column, 0: free
    for row in range(1, rows + 1):
        owner[0], place = row, 0
        least, used = np.full(columns + 1, np.inf), np.zeros(columns + 1, bool)
        back = np.zeros(columns + 1, np.int64)
        while owner[place]:
            used[place] = True
            current = owner[place]
            reduced = costs[current - 1] - row_price[current] - column_price[1:]
            better = ~used[1:] & (reduced < least[1:])
            least[1:][better], back[1:][better] = reduced[better], place
            following = int(np.where(used[1:], np.inf, least[1:]).argmin()) + 1
            step = least[following]
            row_price[owner[used]] += step
            column_price[used] -= step
            least[~used] -= step
            place = following
        while place:
            owner[place] = owner[back[place]]
            place = int(back[place])
    found = [0] * rows
    for column in range(1, columns + 1):
        if owner[column]:
            found[owner[column] - 1] = column - 1
    return found
