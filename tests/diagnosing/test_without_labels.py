"""Photos without labels: what a second reader reads decides, or else a bound alone is said."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.foreign.made_models import COLOURS, MEANINGS, planted_photos, write_planted
from unseen.config import DoctorConfig
from unseen.dataset.dataset import Dataset
from unseen.diagnosing import without_labels as module
from unseen.diagnosing.without_labels import without_labels
from unseen.inference.model import CallableModel
from unseen.pipelines.stages.doctor_photos import labelled_photos
from unseen.progress import Silent
from unseen.records import Float32Array, Uint8Array

OWN, LABELS = planted_photos(60, seed=9)
FOLDERS = ("green", "orange", "violet")


def by_colour(names: Sequence[str], wrong: float = 0.0, sure: float = 1.0) -> Any:
    """A reader of the planted colours; of so many of the photos, by their own noise, it says the next class."""

    def read(images: Sequence[Uint8Array]) -> Float32Array:
        middles = np.stack([image[10:30, 30:50].mean(axis=(0, 1)) for image in images])
        kinds = np.abs(middles[:, None] - COLOURS[None]).sum(axis=2).argmin(axis=1)
        places = np.array([FOLDERS.index(MEANINGS[kind]) for kind in kinds])
        drawn = np.array([int(image.sum()) % 1000 / 1000 for image in images])
        places = np.where(drawn < wrong, (places + 1) % 3, places)
        return np.asarray(np.eye(3)[places] * sure + (1 - sure) / 3, np.float32)

    return CallableModel(tuple(names), read)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = write_planted(tmp_path_factory.mktemp("labelled") / "colours")
    return labelled_photos(str(folder), DoctorConfig(str(folder), "", ""), Silent())


def test_a_reader_that_knows_the_signs_tells_the_accuracy(labelled: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    signs = dict(zip(FOLDERS, ("paper", "rock", "scissors"), strict=True))
    photos = tuple(replace(photo, label=signs[photo.label]) for photo in labelled.photos)
    named = replace(labelled, photos=photos, classes=tuple(signs.values()))
    readers: list[str] = []

    def reader(name: str) -> Any:
        readers.append(name)
        read = by_colour(tuple(signs.values()))
        return SimpleNamespace(classes=read.classes, logits=read.predict_proba)

    monkeypatch.setattr(module, "Predictor", reader)
    found = without_labels(by_colour(("Paper", "Rock", "Scissors"), wrong=0.5), named, OWN, "mine", 0)
    drawn = np.array([int(image.sum()) % 1000 / 1000 for image in OWN])
    assert readers == ["signs:rps"]
    assert found.accuracy.value == pytest.approx((drawn >= 0.5).mean())
    assert found.accuracy.low is not None
    assert found.accuracy.high is not None
    # wider than sampling alone: the reader errs, too
    assert found.accuracy.high - found.accuracy.low > 2 * module.LEAST_ERROR
    assert found.read is not None
    assert found.read.value == 1


def test_without_such_a_reader_a_bound_is_all_that_is_said(labelled: Dataset) -> None:
    found = without_labels(by_colour(FOLDERS), labelled, OWN, "mine", 0)
    assert (found.accuracy.value, found.accuracy.low, found.reader) == (None, 0.0, None)
    assert found.accuracy.high == pytest.approx(1.0)
    assert "at most" in found.sentence()
    # as sure of its own photos as here, where half of them are wrong
    wrong = without_labels(by_colour(FOLDERS, wrong=0.5), labelled, OWN, "mine", 0)
    assert wrong.accuracy.high is not None
    assert wrong.accuracy.high < 0.7


def test_few_photos_tell_nothing(labelled: Dataset) -> None:
    found = without_labels(by_colour(FOLDERS), labelled, OWN[:3], "mine", 0)
    assert found.accuracy.high is None
    assert "10 or more" in found.sentence()
