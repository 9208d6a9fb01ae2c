"""Assign whole groups to parts so that each class gets its wished shares."""

import numpy as np

from unseen.records import Float64Array, Int64Array
from unseen.seeds import generator

# A part without one photo costs more than a class missing from a part, and that more than any unevenness, whose
# squares are at most about 1 a part.
EMPTY_COST = 100.0
RESTARTS = 12
FEW_GROUPS = 64  # up to here every swap of two groups is tried; beyond it single moves are fine-grained enough
MAX_MOVES = 400


def assign(counts: Int64Array, shares: Float64Array, needs: Float64Array, seed: int, purpose: str) -> Int64Array:
    """Return the part, (G,) int64 in [0, P), of each group so that totals and classes are near `shares`.

    counts: (G, C) photos of each class in each group. shares: (P,) positive, summing to 1.
    needs: (P,) what one class missing from a part costs; the larger, the sooner the part gets the class.
    Greedy by size, then moves and swaps while they help; the best of several shuffled starts. (Exact assignment is
    multiway number partitioning, which is NP-hard.)
    """
    problem = _Problem(counts.astype(np.float64), shares, needs)
    restarts = RESTARTS if len(counts) <= FEW_GROUPS else 2
    best, best_cost = np.zeros(len(counts), np.int64), np.inf
    for restart in range(restarts):
        # Filling rare classes first serves few groups; with many it spends large groups on small parts.
        start = problem if restart % 2 else _Problem(counts.astype(np.float64), shares, np.zeros_like(needs))
        parts = start.greedy(generator(seed, "split", purpose, restart))
        problem.improve(parts)
        cost = problem.cost(parts)
        if cost < best_cost - 1e-12:
            best, best_cost = parts, cost
    return best


class _Problem:
    """The cost of an assignment is a sum over parts, so that a move changes two terms only."""

    def __init__(self, counts: Float64Array, shares: Float64Array, needs: Float64Array) -> None:
        self._counts = counts  # (G, C)
        self._needs = needs[:, None]  # (P, 1)
        per_class = counts.sum(axis=0)  # (C,)
        self._targets = shares[:, None] * per_class  # (P, C)
        self._per_class = np.maximum(per_class, 1)
        self._total = counts.sum()

    def _part_costs(self, have: Float64Array, parts: slice | Int64Array = slice(None)) -> Float64Array:
        """Return (..., P') costs of parts that hold `have`, (..., P', C) photos of each class."""
        excess = have - self._targets[parts]
        classes = ((excess / self._per_class) ** 2).mean(axis=-1)
        total = (excess.sum(axis=-1) / self._total) ** 2
        missing = np.where(have < 0.5, self._needs[parts], 0.0).mean(axis=-1)
        costs: Float64Array = classes + total + missing + EMPTY_COST * (have.sum(axis=-1) < 0.5)
        return costs

    def _have(self, parts: Int64Array) -> Float64Array:
        have: Float64Array = np.zeros_like(self._targets)
        np.add.at(have, parts, self._counts)
        return have

    def cost(self, parts: Int64Array) -> float:
        """Return the cost of an assignment; lower is better."""
        return float(self._part_costs(self._have(parts)).sum())

    def greedy(self, rng: np.random.Generator) -> Int64Array:
        """Place groups from large to small, each where it costs least; equal sizes come in random order."""
        sizes = self._counts.sum(axis=1)
        order = np.lexsort((rng.random(len(sizes)), -sizes * rng.uniform(0.9, 1.1, len(sizes))))
        parts = np.zeros(len(sizes), np.int64)
        have = np.zeros_like(self._targets)
        costs = self._part_costs(have)
        for group in order:
            added = self._part_costs(have + self._counts[group])
            part = int(np.argmin(added - costs))
            parts[group] = part
            have[part] += self._counts[group]
            costs[part] = added[part]
        return parts

    def improve(self, parts: Int64Array) -> None:
        """Apply the best move or swap to `parts` until none helps."""
        for _ in range(MAX_MOVES):
            if not (self._move(parts) or (len(parts) <= FEW_GROUPS and self._swap(parts))):
                return

    def _move(self, parts: Int64Array) -> bool:
        have = self._have(parts)
        costs = self._part_costs(have)
        left = self._part_costs(have[parts] - self._counts, parts) - costs[parts]  # (G,)
        joined = self._part_costs(have + self._counts[:, None, :]) - costs  # (G, P)
        change = left[:, None] + joined
        change[np.arange(len(parts)), parts] = 0
        group, part = np.unravel_index(int(np.argmin(change)), change.shape)
        if change[group, part] > -1e-9:
            return False
        parts[group] = part
        return True

    def _swap(self, parts: Int64Array) -> bool:
        have = self._have(parts)
        costs = self._part_costs(have)
        exchanged = self._counts[None, :, :] - self._counts[:, None, :]  # (G, G, C): what part of row gains
        gain = self._part_costs(have[parts][:, None, :] + exchanged, parts[:, None]) - costs[parts][:, None]
        change = np.where(parts[:, None] == parts[None, :], 0, gain + gain.T)
        a, b = np.unravel_index(int(np.argmin(change)), change.shape)
        if change[a, b] > -1e-9:
            return False
        parts[a], parts[b] = parts[b], parts[a]
        return True
