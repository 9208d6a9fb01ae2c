"""Explain a model's answer for one photo: replay it with one thing changed at a time, and rank the causes."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unseen.errors import UnseenError
from unseen.explanation.causes import Cause
from unseen.explanation.explained import Accused, Covered, Explanation, Outcome
from unseen.explanation.known_training import Known, seen_as
from unseen.explanation.measures.photo_measures import Measure
from unseen.explanation.measures.signatures import NOTHING
from unseen.explanation.measures.usual_values import Usual
from unseen.explanation.rank_causes import margin, rank
from unseen.explanation.replays import Replay, Seen
from unseen.explanation.try_replays import FEW, LEAST, MORE, Changed, first_tried, in_order, replayed, suspect
from unseen.inference.model import Model, can_be_extended, logits_of
from unseen.records import Float32Array

# Beyond this rareness (1 photo in 100) a measure is shown as unusual.
UNUSUAL = 4.7
# Replays that must agree on another class before an answer without a label is doubted.
AGREEING = 0.67
UNDOUBTED = -0.7  # as sure as that (natural logarithm) that nothing was done to a photo
FAR_PERCENTILE = 0.98
# Nearest training photos that must agree, of five.
NEAR_AGREEING = 4


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model says of a photo: logits (C,); ask: returns logits (N, C) after replays. covered: by training.

    extends: see `can_be_extended`. refused: it gets no label; logits have one more column, see `with_refusal`.
    """

    classes: tuple[str, ...]
    logits: Float32Array
    ask: Callable[[Sequence[Changed]], Float32Array]
    covered: Covered | None = None
    extends: bool = True
    refused: bool = False


def explain_seen(
    model: Model, seen: Seen, label: str | None = None, known: Known | None = None, thorough: bool = False
) -> Explanation:
    """Explain what any `model` says of a photo; label: the right answer, where it is known.

    thorough: try every replay, not only those that the photo itself makes likely.
    """

    def ask(changed: Sequence[Changed]) -> Float32Array:
        return logits_of(model, [pixels for _, pixels in changed])

    before = logits_of(model, [seen.photo])[0]
    of = Answered(model.classes, before, ask, extends=can_be_extended(model))
    return explain_answers(of, seen, label, known or Known(), thorough)


def explain_answers(of: Answered, seen: Seen, label: str | None, known: Known, thorough: bool = False) -> Explanation:
    """Explain an answer; see `explain_seen`."""
    classes = of.classes
    if label is not None and label not in classes:
        raise UnseenError(f"'{label}' is no class of the model: use --label with one of {', '.join(classes)}")
    target = classes.index(label) if label is not None else None
    if target is not None:
        seen = seen_as(seen, known, target)
    told = suspect(seen)
    coming, most = in_order(seen, told), first_tried(told)
    changed = replayed(seen) if thorough else replayed(seen, coming, most)
    rows = of.ask(changed)
    if target is None:
        target = _most_like(of, told) if of.refused else _doubted(of, changed, rows, told)
    wrong = target is not None and target != int(of.logits.argmax())
    unmended = target is not None and wrong and not any(margin(row, target) > 0 for row in rows)
    if unmended and not thorough and most > FEW:
        tried = {replay.name for replay, _ in changed}
        more = replayed(seen, [replay for replay in coming if replay.name not in tried], MORE)
        if more:
            changed = [*changed, *more]
            rows = np.concatenate([rows, of.ask(more)])
    causes: tuple[Accused, ...] = ()
    if target is not None and wrong:
        outcomes = [(replay, row) for (replay, _), row in zip(changed, rows, strict=True) if replay.tells]
        causes = rank(outcomes, of.logits, target, told, known.rates)
        if label is None and of.refused and not (causes and _is_shown(causes[0], told)):
            target, causes = None, ()
        elif not causes and of.covered is not None and of.covered.percentile >= FAR_PERCENTILE:
            causes = (Accused(Cause.NOT_COVERED, 0.0, None, None),)
    return _recorded(of, seen, changed, rows, label, target, causes)


def _recorded(
    of: Answered,
    seen: Seen,
    changed: Sequence[Changed],
    rows: Float32Array,
    label: str | None,
    target: int | None,
    causes: tuple[Accused, ...],
) -> Explanation:
    classes, answers = of.classes, np.concatenate([of.logits[None], rows])
    logits = answers[:, : len(classes)]
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)

    def outcome(replay: Replay, row: Float32Array, answer: int) -> Outcome:
        right = None if target is None else float(row[target])
        return Outcome(replay.name, classes[int(row.argmax())], float(row.max()), right, answer == len(classes))

    telling = {one.replay for one in causes}
    return Explanation(
        path="",
        extends=of.extends,
        classes=classes,
        probabilities=tuple(map(float, likely[0])),
        true=label,
        target=None if target is None else classes[target],
        causes=causes,
        replays=tuple(
            outcome(replay, row, answer)
            for (replay, _), row, answer in zip(changed, likely[1:], answers[1:].argmax(axis=1).tolist(), strict=True)
        ),
        measures=seen.measures,
        unusual=_unusual(seen.measures, seen.usual),
        cut_by=seen.foreground.by,
        box=seen.box,
        covered=of.covered,
        photo=seen.photo,
        changed={replay.name: pixels for replay, pixels in changed if replay.name in telling},
    )


def _most_like(of: Answered, told: Mapping[str, float]) -> int | None:
    """Return the class that a photo without a label is most like; `None` where nothing was done to it."""
    return None if told[NOTHING] > UNDOUBTED else int(of.logits[: len(of.classes)].argmax())


def _is_shown(cause: Accused, told: Mapping[str, float]) -> bool:
    """Whether the photo itself shows a cause, or a change undoes it: signs of other classes get no label, too."""
    return cause.replay is not None or told.get(cause.cause, LEAST) > UNDOUBTED


def _doubted(of: Answered, changed: Sequence[Changed], rows: Float32Array, told: Mapping[str, float]) -> int | None:
    """Return the other class on which replays, and the nearest training photos where known, agree; else `None`.

    A photo that shows nothing unusual is not doubted: replays change it, and may well change its answer.
    """
    if told[NOTHING] > UNDOUBTED:
        return None
    answer = int(of.logits.argmax())
    votes_for = [int(row.argmax()) for (replay, _), row in zip(changed, rows, strict=True) if replay.tells]
    (other, votes), *_ = Counter(votes_for).most_common(1) or [(answer, 0)]
    if other == answer or votes < AGREEING * len(votes_for):
        return None
    near = of.covered.nearest if of.covered is not None else None
    if near is not None and sum(one.label == of.classes[other] for one in near) < NEAR_AGREEING:
        return None
    return other


def _unusual(measures: Mapping[str, float], usual: Usual) -> dict[str, float]:
    rare = {str(name): max(usual.surprise(name, measures[name], high) for high in (False, True)) for name in Measure}
    return {name: value for name, value in rare.items() if value > UNUSUAL}
