"""Keep what a finished run knows of its photos, and say what to expect for other people."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from unseen.context import RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.estimation.strangers import expect, own_signals
from unseen.evaluation.measure import Measured
from unseen.evaluation.results import Strangers, StrangersMethod
from unseen.inference.reference import FILE, Reference, make_reference
from unseen.locate.pose_conditioned import PoseConditioned
from unseen.models.classifier import Classifier
from unseen.records import Part
from unseen.training.history import EpochRow, chosen
from unseen.training.known_signs import find_known_signs, nearly_all_known

# Test photos first: validation photos chose the epoch.
_HELD_OUT: tuple[Part, Part] = ("test", "validation")


def keep_reference(folder: Path, data: SplitDataset, measured: Measured) -> Reference | None:
    """Write what is known of the photos beside the bundle in `folder`; `None` where none were held out."""
    said = [measured.predictions[part] for part in _HELD_OUT]
    if not any(len(one.labels) for one in said) or not len(measured.predictions["train"].labels):
        return None
    known = make_reference(
        (measured.features["train"], measured.predictions["train"].labels),
        (
            np.concatenate([measured.features[part] for part in _HELD_OUT]),
            np.concatenate([one.labels for one in said]),
            np.concatenate([one.logits for one in said]),
        ),
        len(data.classes),
    )
    known.save(folder / FILE)
    return known


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


def learnt_from_others(context: RunContext, data: SplitDataset, model: Classifier, measured: Measured) -> bool:
    """Say whether the head learnt nearly all classes from other people, too."""
    if not isinstance(model.backbone, PoseConditioned):
        return False
    known = find_known_signs(
        data.classes, measured.features["train"], measured.predictions["train"].labels, context.config.known_signs
    )
    return nearly_all_known(known, len(data.classes))
