"""Tell whether a photo shows something that a run does not know, from what the graph says of it and of the run's own.

A line in log odds, `unknown_model.json`, puts the signals together; `bench/know_photos.py` fitted it on photos of other
people than a run's (docs/know.md). They are: whether the locator, and the landmark network that looks closer, find the
thing as surely as in the run's photos, how far the photo lies from every class, and, where the classes are known signs,
how much more it looks like another one. How far is measured in what the signs of different people differ by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from unseen.errors import UnseenError
from unseen.inference.reference import Reference, nearest
from unseen.locate.graph_names import PRESENT
from unseen.records import Float32Array, Float64Array
from unseen.runs import read_json
from unseen.saved import read_record

# Whether photos that show nothing the run knows get no label: "auto" where the run's photos show hands; or from which
# probability of that on.
Unknown = float | Literal["auto", "on", "off"]
FILE = Path(__file__).with_name("unknown_model.json")
# Log odds of a locator's score and of a share end here; and from which score on nothing is missing from a photo.
MOST_SURE, MOST_OTHER, SURE_ENOUGH, SMALLEST_SHARE = 7.0, 6.9, 5.3, 1e-6
# The same of the landmark network, whose opinion stands among the features.
PRESENT_ENOUGH = 3.0
# Distances in deviations within a class below which all are alike, and what is usual for photos of other people.
NEAR, USUAL_DISTANCE = 0.5, 7.0
# Log odds less than usual, of the locator and of the landmark network, from which on nothing is more probable than not:
# of known signs of other people 1 in 2,000 has so little, of photos without a hand 40%.
NOTHING = 6.0
# Share of the run's own photos of a class that its usual score is reached by.
USUAL = 0.05


@dataclass(frozen=True, slots=True)
class UnknownModel:
    """A line in log odds. names: of the signals, with mean, scale and weight each.

    at, at_known_signs, at_ready: from which probability on a photo gets no label, in any run, in one whose classes are
    known signs, and by a ready model. levels, sets, sets_known_signs: how probable classes must be for one of them to
    be right in such a share of the photos (`label_sets.py`). made_by: the command. shifts: what it was fitted on.
    """

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    at: float
    at_known_signs: float
    at_ready: float
    levels: tuple[float, ...]
    sets: tuple[float, ...]
    sets_known_signs: tuple[float, ...]
    made_by: str
    shifts: int

    def probability(self, signals: dict[str, Float64Array]) -> Float32Array:
        """Return how probable it is that each of n photos shows nothing that is known, (n,)."""
        found = np.stack([signals[name] for name in self.names], axis=1)
        line: Float64Array = (found - np.array(self.means)) / np.array(self.scales) @ np.array(self.weights) + self.bias
        # where neither finds the thing it does not matter what the rest looks like
        odds = np.maximum(line, np.minimum(signals["absent"], signals["lost"]) - NOTHING)
        out: Float32Array = (1 / (1 + np.exp(-odds))).astype(np.float32)
        return out


@lru_cache(maxsize=1)
def builtin_unknown_model() -> UnknownModel:
    """Return the model that comes with this package."""
    return read_record(UnknownModel, read_json(FILE))


def unknown_signals(
    logits: Float32Array, features: Float32Array, scores: Float32Array | None, known: Reference
) -> dict[str, Float64Array]:
    """Return the signals of n photos: logits (n, C), features (n, D), the locator's scores (n,), `None` without one."""
    said = logits.argmax(axis=1)
    absent = np.zeros(len(said))
    if scores is not None and len(known.usual):
        absent = np.maximum(0.0, known.usual[said] - score_odds(scores))
    lost = absent  # where nothing else looks
    if len(known.present):
        lost = np.maximum(0.0, known.present[said] - score_odds(features[:, PRESENT]))
    other, alone = _other_signs(said, features, known)
    return {"absent": absent, "lost": lost, "far": _far(features, known), "other": other, "no_other": alone}


def people_turn(spreads: Sequence[Float32Array]) -> Float64Array:
    """Return (S, S): from the embedding of a sign to directions in which photos of one sign have deviation 1.

    spreads: of spaces of signs that many people showed, see `training/known_signs.py`.
    """
    squares = [spread.astype(np.float64) @ spread.astype(np.float64).T for spread in spreads]
    out: Float64Array = np.linalg.inv(np.linalg.cholesky(np.mean(squares, axis=0))).T.astype(np.float64)
    return out


def _far(features: Float32Array, known: Reference) -> Float64Array:
    """Return the log of how far photos lie from the nearest class, as a share of what is usual."""
    if len(known.turn):
        signs = features[:, -len(known.turn) :] @ known.turn
        squares = np.square(signs[:, None] - known.places[~np.isnan(known.places[:, 0])][None]).sum(axis=2)
        usual = USUAL_DISTANCE
    else:
        squares, usual = known.squares(features), max(NEAR, float(np.median(known.distances)))
    out: Float64Array = np.log(np.maximum(nearest(squares), NEAR) / usual).astype(np.float64)
    return out


def score_odds(scores: Float32Array) -> Float64Array:
    """Return the log odds of a locator's scores (n,), of NaN the lowest."""
    share = np.clip(np.nan_to_num(scores.astype(np.float64)), SMALLEST_SHARE, 1 - SMALLEST_SHARE)
    out: Float64Array = np.clip(np.log(share / (1 - share)), -MOST_SURE, MOST_SURE)
    return out


def usual_odds(scores: Float32Array, labels: np.ndarray, classes: int, enough: float = SURE_ENOUGH) -> Float32Array:
    """Return the log odds (C,) that nearly all of a run's own photos of each class reach, at most `enough`.

    So a class of photos without the thing, "nothing" for instance, does not lack it.
    """
    odds = score_odds(scores)
    lows = [np.quantile(odds[labels == c], USUAL) if (labels == c).any() else enough for c in range(classes)]
    out: Float32Array = np.minimum(np.array(lows), enough).astype(np.float32)
    return out


def own_limit(own: Float32Array, known: Reference, kept: float = 0.95) -> float:
    """Return the probability from which a photo gets no label.

    own: of the run's held-out photos that are answered right (n,). `kept` of them keep their label, all but one where
    there are few: a run on varied photos needs a higher limit than the shifts say, and one odd photo does not.
    """
    model = builtin_unknown_model()
    from_shifts = model.at_known_signs if len(known.sign_classes) else model.at
    if len(own) < 2:
        return from_shifts
    all_but_one = (len(own) - 2) / (len(own) - 1)
    return max(from_shifts, float(np.quantile(own, min(kept, all_but_one))))


def _other_signs(said: np.ndarray, features: Float32Array, known: Reference) -> tuple[Float64Array, Float64Array]:
    """Return the log odds that a photo shows another known sign than the run's classes, and 1 where that is not known.

    It is known where the answer is itself a known sign.
    """
    other, alone = np.zeros(len(said)), np.ones(len(said))
    is_class = known.sign_classes >= 0
    asked = np.isin(said, known.sign_classes[is_class])
    if not asked.any():
        return other, alone
    scores = features[asked][:, -len(known.signs) :] @ known.signs + known.sign_bias
    share = np.exp(scores - scores.max(axis=1, keepdims=True))
    mine = np.clip(share[:, is_class].sum(axis=1) / share.sum(axis=1), SMALLEST_SHARE, 1 - SMALLEST_SHARE)
    other[asked] = np.clip(-np.log(mine / (1 - mine)), -MOST_OTHER, MOST_OTHER)
    alone[asked] = 0.0
    return other, alone


def limit_of(known: Reference | None, unknown: Unknown) -> tuple[Reference | None, float]:
    """Return what is known of the run's own photos, `None` where no photo is to be unknown, and the limit."""
    if unknown == "off" or (unknown == "auto" and (known is None or not len(known.usual))):
        return None, 1.0
    if known is None:
        raise UnseenError(
            "the model does not say what its own photos are like, so that none can be unknown: train again with this "
            "version, or use --unknown off"
        )
    return known, float(known.unknown_at) if isinstance(unknown, str) else unknown
