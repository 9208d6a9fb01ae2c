"""What an epoch is judged by: plain photos alone, or photos before other backgrounds as well."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.tiny import fit, quadrants, tuner
from unseen.augment.pipeline import Augment
from unseen.augment.policy import POLICIES
from unseen.training.validation import validate, varied_loss

PLAIN = quadrants(60, 24)
# planted: the varied photos show another class than they are labelled, so that what is right on plain ones fails there
WRONG = [PLAIN.pixels[(i + 1) % len(PLAIN.labels)] for i in range(len(PLAIN.labels))]


def test_varied_photos_are_judged_apart_and_the_same_at_every_call(tmp_path: Path) -> None:
    training = tuner(replace(PLAIN, varied=WRONG))
    fit(training, tmp_path, epochs=6)
    model, augment = training.model, Augment(POLICIES["none"], 16, "squash")
    plain, accuracy = validate(model, PLAIN, PLAIN.validation, 0.0, training.runtime)
    assert plain is not None
    varied = varied_loss(model, augment, replace(PLAIN, varied=WRONG), 0.0, 3, training.runtime)
    same = varied_loss(model, augment, replace(PLAIN, varied=PLAIN.pixels), 0.0, 3, training.runtime)
    assert varied is not None
    assert same == pytest.approx(plain, abs=0.1)  # the two resize differently
    assert abs(varied - plain) > 0.3
    assert varied_loss(model, augment, replace(PLAIN, varied=WRONG), 0.0, 3, training.runtime) == varied
    assert accuracy is not None


def test_without_mattes_or_photos_nothing_is_judged_but_the_plain_loss() -> None:
    training = tuner(PLAIN)
    augment = Augment(POLICIES["none"], 16, "squash")
    nobody = replace(PLAIN, varied=WRONG, validation=np.zeros(0, np.int64))
    assert varied_loss(training.model, augment, PLAIN, 0.0, 3, training.runtime) is None
    assert varied_loss(training.model, augment, nobody, 0.0, 3, training.runtime) is None


def test_the_kept_epoch_is_the_best_on_plain_and_varied_photos_together(tmp_path: Path) -> None:
    training = tuner(replace(PLAIN, varied=WRONG, varied_share=1.0), learning_rate=1e-4)
    state = fit(training, tmp_path, epochs=3)
    plain, _ = training.validate(training.model, PLAIN.validation)
    varied = varied_loss(training.model, training.stepper.augment, training.photos, 0.0, 7, training.runtime)
    assert plain is not None
    assert varied is not None
    assert state.best_loss == pytest.approx((plain + varied) / 2, abs=1e-5)
