"""Validation: on plain photos alone, or on photos before other backgrounds as well; inputs computed once."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.tiny import RUNTIME, fit, network, quadrants, tuner
from unseen.augment.pipeline import Augment
from unseen.augment.policy import POLICIES
from unseen.inputs.training_images import TrainingImages
from unseen.models.classifier import Classifier
from unseen.records import Images
from unseen.training import validation
from unseen.training.validation import (
    LabelledPixels,
    ValidationInputs,
    augmented_inputs,
    logits_of,
    loss_and_accuracy,
    plain_inputs,
)

PLAIN = quadrants(60, 24)
# planted: the cutouts show another class than they are labelled, so that what is right on plain ones fails there
WRONG = [PLAIN.pixels[(i + 1) % len(PLAIN.labels)] for i in range(len(PLAIN.labels))]


def validate(model: Classifier, inputs: Iterable[LabelledPixels]) -> tuple[float | None, float | None]:
    return loss_and_accuracy(*logits_of(model, inputs, RUNTIME), 0.0)


def augmented(cutouts: Images | None, photos: int = 24) -> ValidationInputs | None:
    images = TrainingImages(PLAIN.pixels, Augment(POLICIES["none"], 16, "squash"), cutouts)
    return augmented_inputs(images, PLAIN.validation[:photos], PLAIN.labels, 3, RUNTIME.device)


def test_augmented_photos_are_measured_apart_and_the_same_at_every_call(tmp_path: Path) -> None:
    training = tuner(replace(PLAIN, cutouts=WRONG))
    fit(training, tmp_path, epochs=6)
    plain, accuracy = validate(training.model, training.data.validation)
    losses = [validate(training.model, augmented(cutouts) or ())[0] for cutouts in (WRONG, PLAIN.pixels, WRONG)]
    assert plain is not None
    assert losses[1] == pytest.approx(plain, abs=0.1)  # the two resize differently
    assert losses[0] is not None
    assert abs(losses[0] - plain) > 0.3
    assert losses[0] == losses[2]
    assert accuracy is not None


def test_without_cutouts_or_photos_there_are_no_augmented_inputs() -> None:
    assert augmented(None) is None
    assert augmented(WRONG, photos=0) is None
    assert validate(network(), ()) == (None, None)


def test_the_kept_epoch_is_the_best_on_plain_and_augmented_photos_together(tmp_path: Path) -> None:
    training = tuner(replace(PLAIN, cutouts=WRONG), learning_rate=1e-4)
    state = fit(training, tmp_path, epochs=3)
    plain, _ = validate(training.model, training.data.validation)
    varied, _ = validate(training.model, training.data.augmented_validation or ())
    assert plain is not None
    assert varied is not None
    assert state.best_loss == pytest.approx((plain + varied) / 2, abs=1e-5)


def test_validation_is_the_mean_over_photos_whatever_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    photos, model = quadrants(20, 33), network()

    def measure() -> tuple[float | None, float | None]:
        inputs = plain_inputs(model.preprocess, photos.pixels, photos.validation, photos.labels)
        return validate(model, inputs)

    whole = measure()
    monkeypatch.setattr(validation, "VALIDATION_BATCH", 7)
    assert measure() == pytest.approx(whole, abs=1e-5)


@pytest.mark.parametrize(("most", "computed"), [(1 << 20, 5), (2 * 40, 5 + 3 + 3), (0, 5 + 5 + 5)])
def test_inputs_are_computed_once_up_to_the_limit_of_memory(
    most: int, computed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: batches of 40, 40, 40, 40 and 10 bytes, whose first pixel is their number."""
    monkeypatch.setattr(validation, "MOST_BYTES", most)
    calls: list[int] = []

    def compute(first: int) -> Iterator[LabelledPixels]:
        for number, size in list(enumerate((40, 40, 40, 40, 10)))[first:]:
            calls.append(number)
            yield torch.full((size,), number, dtype=torch.uint8), torch.zeros(1, dtype=torch.int64)

    inputs = ValidationInputs(5, compute)
    for _ in range(3):
        assert [int(pixels[0]) for pixels, _ in inputs] == [0, 1, 2, 3, 4]
    assert len(calls) == computed


def test_a_pass_that_was_broken_off_leaves_the_inputs_in_order() -> None:
    photos = quadrants(20, 200)
    model = network()
    inputs = plain_inputs(model.preprocess, photos.pixels, photos.validation, photos.labels)
    next(iter(inputs))
    labels = np.concatenate([labels.numpy() for _, labels in inputs])
    assert labels.tolist() == photos.labels[photos.validation].tolist()
    assert len(inputs) == 200
