"""How a second set of photos differs from a first: facts, features and groups of both in, a `Comparison` out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unseen.auditing.findings import Finding, FindingKind, PhotoRow, Unit
from unseen.auditing.same_scene import unit_rows
from unseen.auditing.set_shifts import FACTS, SetFacts, Shift, measure_shifts, with_subject
from unseen.augment.alterations import ALTERATIONS
from unseen.probes.out_of_fold import Probe, held_out_folds, out_of_fold
from unseen.records import Float32Array, Float64Array, Interval
from unseen.seeds import generator
from unseen.text import count

MOST = 4_000  # photos of each set that features are compared on, drawn at random
TILE = 1_000
BOOTSTRAP = 400
COVERED = 0.99  # quantile of the first set's own distances that counts as covered
MIN_OUTSIDE = 0.1  # share of photos; 0.01 is expected of photos like the first
MIN_AUC = 0.8  # lower end of the interval
# Share of photos that an alteration brings nearer; 0.5 is chance. The same halves: 0.54 at most. One of them turned by
# a quarter: 0.82-0.99. Mirrored: 0.84 on rps_freeman, but 0.53-0.65 where hands come from both sides.
MIN_NEARER = 0.7
LISTED = 50


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was measured. auc: how well a classifier tells the sets apart on groups it never saw (Lopez-Paz and
    Oquab 2017, arXiv:1610.06545), 0.5 for equal sets. outside: share of the second set that the first does not cover.
    distances, nearest: (M,) cosine distance to, and position of, the nearest photo of the first. nearer: by
    alteration, the share of the second set that it brings nearer to the first. Absent: `None`, empty, value `None`.
    """

    shifts: tuple[Shift, ...]
    auc: Interval
    outside: float | None
    distances: Float32Array
    nearest: npt.NDArray[np.int64]
    nearer: Mapping[str, float]


def measure(first: SetFacts, second: SetFacts, probe: Probe, seed: int) -> Comparison:
    """Compare `second` with `first`; what either does not know is left out."""
    shifts = measure_shifts(first, second)
    if first.features is None or second.features is None:
        nobody = Interval(None, None, None, len(second.paths), len(set(second.groups)))
        return Comparison(shifts, nobody, None, np.zeros(0, np.float32), np.zeros(0, np.int64), {})
    kept = np.sort(generator(seed, "compare", "first").permutation(len(first.paths))[:MOST])
    mean = first.features[kept].mean(axis=0)
    base = unit_rows(first.features[kept] - mean)
    names = np.unique(np.array(first.groups), return_inverse=True)[1][kept]
    own, _ = _nearest(base, base, names)
    distances, nearest = _nearest(unit_rows(second.features - mean), base)
    known = own[np.isfinite(own)]
    outside = float((distances > np.quantile(known, COVERED)).mean()) if len(known) else None
    nearer = {
        name: float((_nearest(unit_rows(changed - mean), base)[0] < distances).mean())
        for name, changed in second.altered.items()
    }
    auc = _told_apart(first, second, probe, seed)
    return Comparison(shifts, auc, outside, distances, kept[nearest], nearer)


def _nearest(
    rows: Float32Array, base: Float32Array, names: npt.NDArray[np.int64] | None = None
) -> tuple[Float32Array, npt.NDArray[np.int64]]:
    """Return cosine distance (n,) and position (n,) of the nearest row of `base`, both unit rows.

    names: groups of `base`, where `rows` is `base`: a row's own group is left out, and a lone group has distance inf.
    """
    distances, positions = np.empty(len(rows), np.float32), np.empty(len(rows), np.int64)
    for start in range(0, len(rows), TILE):
        part = slice(start, start + TILE)
        cosine = rows[part] @ base.T
        if names is not None:
            cosine[names[part, None] == names[None, :]] = -np.inf
        positions[part] = cosine.argmax(axis=1)
        distances[part] = 1 - cosine.max(axis=1)
    return distances, positions


def _told_apart(first: SetFacts, second: SetFacts, probe: Probe, seed: int) -> Interval:
    """Return the AUC with its 95% bootstrap interval over groups; value `None` where a set has one group only."""
    assert first.features is not None and second.features is not None
    rng = generator(seed, "compare", "classifier")
    chosen = [np.sort(rng.permutation(len(one.paths))[:MOST]) for one in (first, second)]
    features = np.concatenate([first.features[chosen[0]], second.features[chosen[1]]])
    labels = np.repeat(np.arange(2), [len(one) for one in chosen])
    groups = [f"1 {first.groups[i]}" for i in chosen[0].tolist()] + [
        f"2 {second.groups[i]}" for i in chosen[1].tolist()
    ]
    names, index = np.unique(np.array(groups), return_inverse=True)
    if not held_out_folds(labels, groups, seed)[1]:
        return Interval(None, None, None, len(labels), len(names))
    judged = out_of_fold(features, labels, groups, 2, probe, seed)
    scores = judged.logits[:, 1] - judged.logits[:, 0]
    of_second = np.array([name.startswith("2") for name in names])
    value = _auc(scores, labels, np.ones(len(labels)))
    drawn = []
    for _ in range(BOOTSTRAP):
        times = np.zeros(len(names))
        for one in (np.flatnonzero(of_second), np.flatnonzero(~of_second)):
            np.add.at(times, rng.choice(one, len(one)), 1)
        drawn.append(_auc(scores, labels, times[index]))
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    return Interval(value, low, high, len(labels), len(names))


def _auc(scores: Float32Array, labels: npt.NDArray[np.int64], weights: Float64Array) -> float:
    """Return the weighted share of pairs (one of each set) that the scores order rightly; ties count half."""
    rank = np.unique(scores, return_inverse=True)[1]
    second = np.bincount(rank, weights * (labels == 1))
    first = np.bincount(rank, weights * (labels == 0))
    below = np.cumsum(first) - first
    return float((second * (below + first / 2)).sum() / max(second.sum() * first.sum(), 1e-12))


def compare(first: SetFacts, second: SetFacts, probe: Probe, seed: int) -> list[Finding]:
    """Return findings on how `second` differs from `first`; an empty list where it does not."""
    return compare_findings(first, second, measure(first, second, probe, seed))


def compare_findings(first: SetFacts, second: SetFacts, found: Comparison) -> list[Finding]:
    """Return `unlike-set`, `outside-coverage`, `altered-...` and `unlike-FACT` where they hold."""
    findings = [_unlike_fact(first, second, shift) for shift in found.shifts if shift.words is not None]
    total = len(second.paths)
    auc = found.auc
    if auc.value is not None and auc.low is not None and auc.low >= MIN_AUC:
        headline = (
            f"{_capital(second.name)} are not like {first.name}: a classifier tells them apart with AUC {auc.value:.2f}"
            f" ({auc.low:.2f}-{auc.high:.2f}, {auc.groups} groups; 0.50 would be no difference)."
        )
        advice = "Train with photos like these too, or expect a lower accuracy on them than on your test photos."
        details = {"low": auc.low, "high": auc.high, "groups": auc.groups}
        findings.append(
            Finding(FindingKind.UNLIKE_SET, 0.7, headline, advice, auc.value, Unit.AUC, total, total, details=details)
        )
    if found.outside is not None and found.outside >= MIN_OUTSIDE:
        findings.append(_outside(first, second, found, found.outside))
    for name, share in found.nearer.items():
        if share >= MIN_NEARER:
            altered = ALTERATIONS[name].text
            headline = (
                f"{_capital(second.name)} seem to be {altered}: {altered}, {share:.0%} of them are nearer to"
                f" {first.name} (50% is chance)."
            )
            advice = (
                f"Check whether the camera takes {altered} photos; rotate them, or train with --flip where signs allow"
                " it."
            )
            findings.append(
                Finding(FindingKind(f"altered-{name}"), 0.6, headline, advice, share, Unit.SHARE_OF_PHOTOS,
                        round(share * total), total)
            )  # fmt: skip
    return findings


def _unlike_fact(first: SetFacts, second: SetFacts, shift: Shift) -> Finding:
    values, words = with_subject(second)[shift.fact], FACTS[shift.fact]
    away = np.where(np.isfinite(values), np.abs(values - shift.first), -1)
    return Finding(
        kind=words.kind,
        severity=words.severity,
        headline=f"{_capital(second.name)} are {shift.words}, compared with {first.name}.",
        advice="Add training photos like them, or photograph like the training photos.",
        value=shift.second / shift.first if words.ratio else (shift.second - shift.first) * words.scale,
        unit=Unit.TIMES if words.ratio else words.unit,
        photos=int(np.isfinite(values).sum()),
        total=len(second.paths),
        paths=tuple(second.paths[int(i)] for i in np.argsort(-away, kind="stable")[:LISTED]),
        details={
            "fact": shift.fact, "words": shift.words, "first_median": shift.first, "second_median": shift.second,
            "ks": shift.statistic, "p_value": shift.p_value,
        },
    )  # fmt: skip


def _outside(first: SetFacts, second: SetFacts, found: Comparison, share: float) -> Finding:
    worst = np.argsort(-found.distances, kind="stable")[:LISTED].tolist()
    number, total = round(share * len(second.paths)), len(second.paths)
    return Finding(
        kind=FindingKind.OUTSIDE_COVERAGE,
        severity=min(0.75, 0.4 + 0.4 * share),
        headline=(
            f"{number:,} of {count(total, 'photo')} ({share:.0%}) show what {first.name} do not cover: nothing"
            " there is as near to them as unseen groups are to each other."
        ),
        advice="Label some of the photos listed first and add them to the training photos.",
        value=share,
        unit=Unit.SHARE_OUTSIDE,
        photos=number,
        total=total,
        paths=tuple(second.paths[i] for i in worst),
        evidence=tuple(PhotoRow((second.paths[i], first.paths[int(found.nearest[i])])) for i in worst),
    )


def sentence(second: SetFacts, found: Comparison) -> str:
    """Return all shifts in one sentence, the most serious first."""
    told = sorted((shift for shift in found.shifts if shift.words), key=lambda shift: -FACTS[shift.fact].severity)
    if not told:
        return f"{_capital(second.name)} differ in none of the {len(found.shifts)} facts that were measured."
    return f"{_capital(second.name)} are " + ", ".join(str(shift.words) for shift in told) + "."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
