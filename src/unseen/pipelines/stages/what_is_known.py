"""Keep what a finished run knows of its photos, and say what to expect for other people."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from unseen.context import RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.estimation.strangers import expect, own_signals
from unseen.evaluation.calibration import calibration
from unseen.evaluation.measure import Measured
from unseen.evaluation.metrics import softmax
from unseen.evaluation.results import Strangers, StrangersMethod
from unseen.inference.reference import FILE, Reference, make_reference
from unseen.inference.unknown import PRESENT_ENOUGH, builtin_unknown_model, own_limit, unknown_signals, usual_odds
from unseen.locate.graph_names import PRESENT
from unseen.locate.pose_conditioned import PoseConditioned
from unseen.locate.regions import MOST
from unseen.models.classifier import Classifier
from unseen.recipe import Recipe
from unseen.records import Float32Array, Int64Array, Part
from unseen.training.history import EpochRow, chosen
from unseen.training.known_signs import KnownSigns, find_known_signs

# Test photos first: validation photos chose the epoch.
_HELD_OUT: tuple[Part, Part] = ("test", "validation")


def keep_reference(
    folder: Path,
    data: SplitDataset,
    measured: Measured,
    temperature: float,
    locates: bool,
    signs: KnownSigns | None,
) -> Reference | None:
    """Write what is known of the photos beside the bundle in `folder`; `None` where none were held out.

    temperature: what the logits were divided by; those that are kept are not. locates: whether the photos show what a
    locator finds. signs: the known signs among the classes.
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
        known = with_locator(known, data.regions.scores[data.split.positions("train")], *trained)
        scores = data.regions.scores[np.concatenate([data.split.positions(part) for part in _HELD_OUT])]
    known = with_signs(known, data.classes, signs)
    own = builtin_unknown_model().probability(unknown_signals(logits, features, scores, known))
    known = replace(known, unknown_at=np.array(own_limit(own, known), np.float32))
    known.save(folder / FILE)
    return known


def with_locator(known: Reference, scores: Float32Array, features: Float32Array, labels: Int64Array) -> Reference:
    """Return the reference with how surely the thing is found in photos: the locator's scores (n,), features (n, D)."""
    classes = len(known.centres)
    read = features.shape[1] >= -PRESENT
    present = usual_odds(features[:, PRESENT], labels, classes, PRESENT_ENOUGH) if read else known.present
    return replace(known, usual=usual_odds(scores, labels, classes), present=present)


def with_signs(known: Reference, classes: Sequence[str], signs: KnownSigns | None) -> Reference:
    """Return the reference with the head that tells the classes from other known signs, where there are others."""
    if signs is None:
        return known
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


def signs_among(context: RunContext, data: SplitDataset, model: Classifier, measured: Measured) -> KnownSigns | None:
    """Return the known signs among the classes, which the head learnt from other people, too."""
    if not isinstance(model.backbone, PoseConditioned):
        return None
    return find_known_signs(
        data.classes, measured.features["train"], measured.predictions["train"].labels, context.config.known_signs
    )


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
