"""Keep what a finished run knows of its photos, and say what to expect for other people."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from unseen.dataset.dataset import SplitDataset
from unseen.estimation.strangers import expect, own_signals
from unseen.evaluation.calibration import calibration
from unseen.evaluation.measure import Measured
from unseen.evaluation.metrics import softmax
from unseen.evaluation.results import Strangers, StrangersMethod
from unseen.export.bundle import GRAPH, UNKNOWN, UNKNOWN_AT
from unseen.export.graph import add_to_graph
from unseen.inference.ready import CLASSES
from unseen.inference.reference import FARTHEST, Reference, make_reference, read_reference
from unseen.inference.unknown import (
    MOST_OTHER,
    MOST_SURE,
    NEAR,
    NOTHING,
    PRESENT_ENOUGH,
    SMALLEST_SHARE,
    USUAL_DISTANCE,
    builtin_unknown_model,
    own_limit,
    people_turn,
    unknown_signals,
    usual_odds,
)
from unseen.inference.unknown_graph import unknown_fields
from unseen.locate.graph_names import PRESENT
from unseen.locate.regions import MOST
from unseen.recipe import Recipe
from unseen.records import Float32Array, Float64Array, Int64Array, Part
from unseen.training.history import EpochRow, chosen
from unseen.training.known_signs import KnownSigns, SignSpace, read_spaces

# Test photos first: validation photos chose the epoch.
_HELD_OUT: tuple[Part, Part] = ("test", "validation")


def keep_reference(
    folder: Path,
    data: SplitDataset,
    measured: Measured,
    temperature: float,
    locates: bool,
    poses: bool,
    signs: KnownSigns | None,
) -> Reference | None:
    """Write what is known of the photos into the bundle in `folder`, its graph too; `None` where none were held out.

    temperature: what the logits were divided by; those that are kept are not. locates: whether the photos show what a
    locator finds. poses: whether the features end with `pose_conditioned.TOLD`. signs: the known signs among the
    classes.
    """
    said = [measured.predictions[part] for part in _HELD_OUT]
    features = np.concatenate([measured.features[part] for part in _HELD_OUT])
    logits = np.concatenate([one.logits for one in said]) * np.float32(temperature)
    if not len(logits) or not len(measured.predictions["train"].labels):
        return None
    known = make_reference(
        (measured.features["train"], measured.predictions["train"].labels),
        (features, np.concatenate([one.labels for one in said]), logits),
        len(data.classes),
    )
    scores = None
    if locates and data.regions is not None:
        trained = measured.features["train"], measured.predictions["train"].labels
        turn = turn_of(read_spaces()) if poses else None
        known = with_locator(known, data.regions.scores[data.split.positions("train")], *trained, turn)
        scores = data.regions.scores[np.concatenate([data.split.positions(part) for part in _HELD_OUT])]
    known = with_signs(known, data.classes, signs)
    own = builtin_unknown_model().probability(unknown_signals(logits, features, scores, known))
    right = logits.argmax(axis=1) == np.concatenate([one.labels for one in said])
    known = replace(known, unknown_at=np.array(own_limit(own[right], known), np.float32))
    known.save(folder)
    if len(known.usual):
        add_to_graph(folder / GRAPH, unknown_fields(known), [UNKNOWN], {UNKNOWN_AT: f"{float(known.unknown_at):.6g}"})
    return known


def with_locator(
    known: Reference, scores: Float32Array, features: Float32Array, labels: Int64Array, turn: Float64Array | None
) -> Reference:
    """Return the reference with how surely the thing is found in photos, and where their signs lie.

    scores: (n,) of the locator. features: (n, D). turn: see `people_turn`, `None` where the features hold no pose.
    """
    classes = len(known.centres)
    known = replace(known, usual=usual_odds(scores, labels, classes))
    if turn is None:
        return known
    signs, places = features[:, -len(turn) :] @ turn, np.full((classes, len(turn)), np.nan)
    for c in np.unique(labels):
        places[c] = signs[labels == c].mean(axis=0)
    present = usual_odds(features[:, PRESENT], labels, classes, PRESENT_ENOUGH)
    return replace(known, present=present, turn=turn.astype(np.float32), places=places.astype(np.float32))


def turn_of(spaces: Sequence[SignSpace]) -> Float64Array:
    """Return `people_turn` of the spaces that ready models are of, of all where there are none of these."""
    return people_turn([one.spread for one in spaces if one.name in CLASSES] or [one.spread for one in spaces])


def with_signs(known: Reference, classes: Sequence[str], signs: KnownSigns | None) -> Reference:
    """Return the reference with the head that tells the classes from other known signs, where there are others.

    A known sign without a photo of the run lies where other people show it.
    """
    if signs is None:
        return known
    if len(known.places):
        theirs = known.places.copy()
        theirs[list(signs.classes)] = signs.space.means[list(signs.labels)] @ known.turn
        known = replace(known, places=np.where(np.isnan(known.places), theirs, known.places))
    of_label = dict(zip(signs.labels, signs.classes, strict=True))
    # a class that bears the name of a known sign and shows another one is no other sign
    doubtful = {place for name in classes if (place := signs.space.place(name)) is not None} - set(of_label)
    labels = [i for i in range(len(signs.space.labels)) if i not in doubtful]
    if len(labels) == len(of_label):
        return known
    return replace(
        known,
        signs=np.ascontiguousarray(signs.space.weight[labels].T),
        sign_bias=signs.space.bias[labels],
        sign_classes=np.array([of_label.get(i, -1) for i in labels], np.int64),
    )


def expect_of_strangers(
    measured: Measured, known: Reference | None, history: Sequence[EpochRow], shows_hands: bool, known_signs: bool
) -> Strangers | None:
    """Return the accuracy to expect for another person; `None` where the photos are not of hands.

    known_signs: see `expect`. Where people were held out it was measured; else it is estimated from what the model does
    on its own photos.
    """
    test = measured.blocks["test"]
    if test and "person" in test.held_out:
        found = test.accuracy
        return Strangers(found.value, found.low, found.high, StrangersMethod.HELD_OUT)
    if not shows_hands:
        return None
    if known is None:
        return Strangers(None, None, None, StrangersMethod.UNKNOWN)
    best = chosen(history)
    views = best.validation_accuracy if best else None
    return expect(own_signals(known, len(measured.predictions["train"].labels), views), known_signs=known_signs)


def uncalibrated(measured: Measured, temperature: float, seed: int) -> dict[str, Any]:
    """Return the temperature, and the calibration error of the test photos as it would be without."""
    said = measured.predictions["test"]
    before = calibration(softmax(said.logits * np.float32(temperature)), said.labels, said.groups, seed)
    return {"temperature": temperature, "error_before": asdict(before.error)}


def shows_hands(recipe: Recipe, data: SplitDataset) -> bool:
    """Say whether nearly all photos show what the locator of the recipe finds."""
    # the built-in network may have been taken for want of another, for photos of other things
    if recipe.locator is None or data.regions is None:
        return False
    return float((data.regions.scores >= recipe.locator.confident).mean()) >= MOST


class Doubt(nn.Module):
    """How probable it is that a photo shows nothing known: the arithmetic of `inference/unknown.py` in torch.

    known: of photos that show what the locator finds.
    """

    mean: Tensor
    std: Tensor
    turn: Tensor
    centres: Tensor
    usual: Tensor
    present: Tensor
    asked: Tensor
    signs: Tensor
    sign_bias: Tensor
    mine: Tensor

    def __init__(self, known: Reference) -> None:
        super().__init__()
        self.model, self.by_sign = builtin_unknown_model(), len(known.turn)
        self.usual_distance = USUAL_DISTANCE if self.by_sign else max(NEAR, float(np.median(known.distances)))
        centres = known.places if self.by_sign else known.centres
        classes = np.isin(np.arange(len(centres)), known.sign_classes[known.sign_classes >= 0])
        arrays = {
            "mean": known.mean, "std": known.std, "turn": known.turn if self.by_sign else known.whiten,
            "centres": centres[~np.isnan(centres[:, 0])], "usual": known.usual, "present": known.present,
            "asked": classes, "signs": known.signs, "sign_bias": known.sign_bias, "mine": known.sign_classes >= 0,
        }  # fmt: skip
        for name, values in arrays.items():
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32))

    def forward(self, features: Tensor, logits: Tensor, scores: Tensor) -> Tensor:
        """(N, D), (N, C) and (N,) to (N,)."""
        said = logits.argmax(dim=1)
        absent = (self.usual[said] - _odds(torch.nan_to_num(scores), MOST_SURE)).clamp(min=0)
        lost = absent
        if len(self.present):
            lost = (self.present[said] - _odds(features[:, PRESENT], MOST_SURE)).clamp(min=0)
        asked, other = self.asked[said], torch.zeros_like(absent)
        if len(self.signs):
            share = torch.softmax(features[:, -len(self.signs) :] @ self.signs + self.sign_bias, dim=1)
            other = -_odds(share @ self.mine, MOST_OTHER) * asked
        signals = {"absent": absent, "lost": lost, "far": self._far(features), "other": other, "no_other": 1 - asked}
        model = self.model
        terms = zip(model.names, model.means, model.scales, model.weights, strict=True)
        odds = sum((weight / scale * (signals[name] - mean) for name, mean, scale, weight in terms), torch.zeros(()))
        return torch.sigmoid(torch.maximum(odds + model.bias, torch.minimum(absent, lost) - NOTHING))

    def _far(self, features: Tensor) -> Tensor:
        if self.by_sign:
            values = features[:, -self.by_sign :]
        else:
            values = ((features - self.mean) / self.std).clamp(-FARTHEST, FARTHEST)
        squares = ((values @ self.turn)[:, None] - self.centres[None]).square().sum(dim=2)
        return (squares.amin(dim=1).sqrt().clamp(min=NEAR) / self.usual_distance).log()


def _odds(shares: Tensor, most: float) -> Tensor:
    kept = shares.clamp(SMALLEST_SHARE, 1 - SMALLEST_SHARE)
    return (kept / (1 - kept)).log().clamp(-most, most)


def doubt_of(bundle: Path) -> tuple[Doubt, float] | None:
    """Return what tells unknown photos by the bundle, and from which probability on; `None` where none are told."""
    known = read_reference(bundle)
    return (Doubt(known), float(known.unknown_at)) if known and len(known.usual) else None
