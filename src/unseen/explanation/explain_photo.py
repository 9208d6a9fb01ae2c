"""Explain a model's answer for one photo: replay it with one thing changed at a time, and rank the causes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from unseen.errors import UnseenError
from unseen.explanation.causes import Cause
from unseen.explanation.explained import Accused, Covered, Explanation, Outcome
from unseen.explanation.foreground import find_foreground
from unseen.explanation.photo_measures import Measure, measure_photo
from unseen.explanation.rank_causes import rank
from unseen.explanation.replays import REPLAYS, Box, Replay, Seen
from unseen.explanation.usual_values import IN_GENERAL, Usual
from unseen.inference.model import Model, logits_of
from unseen.records import Float32Array, Uint8Array

# Beyond this rareness (1 photo in 100) a measure is shown as unusual.
UNUSUAL = 4.7
# Replays that must agree on another class before an answer without a label is doubted.
AGREEING = 0.5
FAR_PERCENTILE = 0.98
# Nearest training photos that must agree, of five.
NEAR_AGREEING = 4


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of training: what its photos are like, and how often each replay moves answers that are right."""

    usual: Usual = IN_GENERAL
    rates: Mapping[str, float] = field(default_factory=dict)


def see(
    photo: Uint8Array,
    usual: Usual,
    box: Box | None = None,
    stored: Uint8Array | None = None,
    short_px: int | None = None,
) -> Seen:
    """Return a photo (H, W, 3 or 4) uint8 as replays need it; `short_px`: of its file, which may have been reduced."""
    pixels = np.ascontiguousarray(photo[..., :3])
    foreground = find_foreground(pixels, box)
    return Seen(pixels, foreground, measure_photo(pixels, foreground, short_px), usual, box, stored)


def replayed(seen: Seen, replays: Sequence[Replay] = REPLAYS) -> list[tuple[Replay, Uint8Array]]:
    """Return the photo after each replay that applies to it."""
    changed = [(replay, replay.change(seen)) for replay in replays]
    return [(replay, pixels) for replay, pixels in changed if pixels is not None]


def explain_seen(model: Model, seen: Seen, label: str | None = None, known: Known | None = None) -> Explanation:
    """Explain what any `model` says of a photo; label: the right answer, where it is known."""
    changed = replayed(seen)
    logits = logits_of(model, [seen.photo, *(pixels for _, pixels in changed)])
    return explain_logits(model.classes, seen, changed, logits, label, known or Known())


def explain_logits(
    classes: tuple[str, ...],
    seen: Seen,
    changed: Sequence[tuple[Replay, Uint8Array]],
    logits: Float32Array,
    label: str | None,
    known: Known,
    covered: Covered | None = None,
) -> Explanation:
    """Explain by what a model said: `logits` (1 + R, C) of the photo as it is, then after each replay of `changed`."""
    if label is not None and label not in classes:
        raise UnseenError(f"'{label}' is no class of the model: use --label with one of {', '.join(classes)}")
    replays = [replay for replay, _ in changed]
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    answer = int(logits[0].argmax())
    target = classes.index(label) if label is not None else _doubted(classes, replays, logits, covered)
    causes: tuple[Accused, ...] = ()
    if target is not None and target != answer:
        tried = list(zip(replays, logits[1:], strict=True))
        causes = rank(tried, logits[0], target, seen.measures, known.usual, known.rates)
        if not causes and covered is not None and covered.percentile >= FAR_PERCENTILE:
            causes = (Accused(Cause.NOT_COVERED, 0.0, None, None),)
    outcomes = [
        Outcome(
            replay.name, classes[int(row.argmax())], float(row.max()), None if target is None else float(row[target])
        )
        for replay, row in zip(replays, likely[1:], strict=True)
    ]
    return Explanation(
        path="",
        classes=classes,
        probabilities=tuple(map(float, likely[0])),
        true=label,
        target=None if target is None else classes[target],
        causes=causes,
        replays=tuple(outcomes),
        measures=seen.measures,
        unusual=_unusual(seen.measures, known.usual),
        cut_by=seen.foreground.by,
        box=seen.box,
        covered=covered,
        photo=seen.photo,
        changed={replay.name: pixels for replay, pixels in changed if replay.name in {one.replay for one in causes}},
    )


def _doubted(
    classes: tuple[str, ...], replays: Sequence[Replay], logits: Float32Array, covered: Covered | None
) -> int | None:
    """Return the other class on which replays, and the nearest training photos where known, agree; else `None`."""
    answer = int(logits[0].argmax())
    told = [int(row.argmax()) for replay, row in zip(replays, logits[1:], strict=True) if replay.tells]
    (other, votes), *_ = Counter(told).most_common(1) or [(answer, 0)]
    if other == answer or votes < AGREEING * len(told):
        return None
    if covered is not None and sum(near.label == classes[other] for near in covered.nearest) < NEAR_AGREEING:
        return None
    return other


def _unusual(measures: Mapping[str, float], usual: Usual) -> dict[str, float]:
    rare = {str(name): max(usual.surprise(name, measures[name], high) for high in (False, True)) for name in Measure}
    return {name: value for name, value in rare.items() if value > UNUSUAL}
