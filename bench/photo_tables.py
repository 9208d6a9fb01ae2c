"""Fit the line that tells unknown photos from known ones, and print how it does on sets that it was not fitted on."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from unseen.evaluation.calibration import calibration
from unseen.evaluation.metrics import softmax
from unseen.inference.unknown import UnknownModel
from unseen.records import Float64Array

if TYPE_CHECKING:
    from bench.know_photos import PhotoShift

SIGNALS = ("absent", "lost", "far", "other", "no_other")
KINDS = ("others", "known signs", "ready")
RIDGE, KEPT, OWN_KEPT, MOST_ROWS, NEWTON_STEPS = 0.02, 0.975, 0.95, 150, 30
# Share of the shifts in which `OWN_KEPT` of the known signs are to be kept, too: one more shift of a hundred costs few
# unknown photos where signs are not known, and four left-out signs of a hundred where they are.
ENOUGH_IN = {"others": 0.9, "known signs": 0.8, "ready": 0.9}
# How much kinds of photos count: known signs of others, left-out signs, no hand, the run's own.
WEIGHTS = {"known": 1.0, "left out": 0.5, "no hand": 0.5, "own": 0.2}
UNKNOWN = ("left out", "no hand")
LEVELS, LEAST_SET, SET_LEVEL = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99), 1e-6, 0.95
TEMPERATURE = 0.75


def unknown_model(found: Sequence["PhotoShift"]) -> UnknownModel:
    """Fit the line by logistic regression; every shift weighs the same. Limits keep `KEPT` of the known signs."""
    x, y, weights = _rows(found)
    mean = np.average(x, axis=0, weights=weights)
    scale = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=weights)) + 1e-6
    z, weights = np.c_[(x - mean) / scale, np.ones(len(x))], weights / weights.sum()
    ridge, slopes = RIDGE * np.diag([1.0] * len(SIGNALS) + [0.0]), np.zeros(len(SIGNALS) + 1)
    for _ in range(NEWTON_STEPS):
        said = 1 / (1 + np.exp(-z @ slopes))
        curve = (z * (weights * said * (1 - said))[:, None]).T @ z + ridge + 1e-9 * np.eye(len(slopes))
        slopes = slopes - np.linalg.solve(curve, z.T @ (weights * (said - y)) + ridge @ slopes)
    means, scales, lines = (tuple(round(float(v), 5) for v in column) for column in (mean, scale, slopes))
    command = "python -m bench.know_photos READINGS --data DIR --fit unknown_model.json"
    kinds = [[one for one in found if one.kind == kind] for kind in KINDS]
    sets, known_sets = (tuple(_least(kind, level) for level in LEVELS) for kind in kinds[:2])
    model = UnknownModel(
        SIGNALS, means, scales, lines[:-1], lines[-1], 1.0, 1.0, 1.0, LEVELS, sets, known_sets, command, len(found)
    )
    others, known, ready = (_limit(model, kind) for kind in kinds)
    return replace(model, at=others, at_known_signs=known, at_ready=ready)


def _least(found: Sequence["PhotoShift"], level: float) -> float:
    """Return the probability that the right class of `level` of the photos reaches, every shift weighing the same."""
    right = [_right_class(one) for one in found]
    together, weights = np.concatenate(right), np.concatenate([np.full(len(one), 1 / len(one)) for one in right])
    order = np.argsort(together)
    at = np.searchsorted(np.cumsum(weights[order]), (1 - level) * weights.sum())
    return round(max(LEAST_SET, float(together[order][at])), 6)


def _right_class(one: "PhotoShift") -> Float64Array:
    said: Float64Array = softmax(one.logits / TEMPERATURE)[np.arange(len(one.labels)), one.labels]
    return said


def _rows(found: Sequence["PhotoShift"]) -> tuple[Float64Array, Float64Array, Float64Array]:
    rows, truth, weights = [], [], []
    for one in found:
        for kind, weight in WEIGHTS.items():
            signals = np.stack([one.signals[kind][name] for name in SIGNALS], axis=1)
            if len(signals):
                rows.append(np.random.default_rng(0).permutation(signals)[:MOST_ROWS])
                truth.append(np.full(len(rows[-1]), float(kind in UNKNOWN)))
                weights.append(np.full(len(rows[-1]), weight / len(rows[-1])))
    return np.concatenate(rows), np.concatenate(truth), np.concatenate(weights)


def _limit(model: UnknownModel, found: Sequence["PhotoShift"]) -> float:
    """Return the probability that `KEPT` of the known signs lie below, every shift weighing the same.

    In `ENOUGH_IN` of the shifts so do `OWN_KEPT` of them.
    """
    said = [model.probability(one.signals["known"]) for one in found]
    together, weights = np.concatenate(said), np.concatenate([np.full(len(one), 1 / len(one)) for one in said])
    order = np.argsort(together)
    pooled = float(together[order][np.searchsorted(np.cumsum(weights[order]), KEPT * weights.sum())])
    by_shift = [float(np.quantile(one, OWN_KEPT)) for one in said]
    return round(max(pooled, float(np.quantile(by_shift, ENOUGH_IN[found[0].kind]))), 4)


def auroc(known: Float64Array, other: Float64Array) -> float:
    """Return how often another photo scores higher than a known one; ties count half."""
    if not len(known) or not len(other):
        return float("nan")
    below = np.searchsorted(np.sort(known), other, "left"), np.searchsorted(np.sort(known), other, "right")
    return float((below[0] + below[1]).mean() / 2 / len(known))


def print_tables(found: Sequence["PhotoShift"]) -> None:
    """Print a line for known signs and one for others: means over shifts, each by a line fitted without its sets."""
    rows: dict[str, list[tuple[float, ...]]] = {kind: [] for kind in KINDS}
    for target in sorted({one.target for one in found}):
        model = unknown_model([one for one in found if target not in (one.source, one.target)])
        for one in (one for one in found if one.target == target):
            rows[one.kind].append(_row(one, model))
    errors = [
        f"{whose}ECE{heat}{less}" for whose in ("", "own ") for heat in ("", " now") for less in ("", " debiased")
    ]
    names = ["no hand", "left out", "kept", "own kept", "no hand unknown", "left out unknown", "right", "right of kept",
             "in set", "set size", *errors]  # fmt: skip
    print("| |" + "|".join(names) + "|\n" + "|-" * (len(names) + 1) + "|")
    for kind, values in rows.items():
        means = "|".join(f"{value:.3f}" for value in np.nanmean(np.array(values), axis=0))
        enough = (np.array(values)[:, 2] >= OWN_KEPT).mean()
        name = f"{kind}, {len(values)} shifts, enough kept in {enough:.2f}"
        print(f"|{name}|{means}|")


def _row(one: "PhotoShift", model: UnknownModel) -> tuple[float, ...]:
    said = {kind: model.probability(signals).astype(np.float64) for kind, signals in one.signals.items()}
    limit = {"others": model.at, "known signs": model.at_known_signs, "ready": model.at_ready}[one.kind]
    if len(said["own"]):
        limit = max(limit, float(np.quantile(said["own"], OWN_KEPT)))
    right, kept = one.logits.argmax(axis=1) == one.labels, said["known"] <= limit
    errors: list[float] = []
    for logits, truth in ((one.logits, one.labels), (one.own_logits, one.own_labels)):
        for heat in (1.0, TEMPERATURE):
            found = calibration(softmax(logits / heat), truth, tuple(map(str, range(len(truth)))), 0)
            errors += [math.nan if error is None else error for error in (found.error.value, found.debiased)]
    shares = [
        float((said[kind] > limit).mean()) if len(said[kind]) else float("nan") for kind in ("no hand", "left out")
    ]
    least = float(np.interp(SET_LEVEL, LEVELS, model.sets if one.kind == "others" else model.sets_known_signs))
    shares_of_classes = softmax(one.logits / TEMPERATURE)
    sizes = np.maximum(1, (shares_of_classes >= least).sum(axis=1))
    in_set = (_right_class(one) >= least) | right
    return (
        auroc(said["known"], said["no hand"]), auroc(said["known"], said["left out"]), float(kept.mean()),
        float((said["own"] <= limit).mean()) if len(said["own"]) else float("nan"), *shares,
        float(right.mean()), float(right[kept].mean()),
        float(in_set.mean()), float(sizes.mean()), *errors,
    )  # fmt: skip
