"""The discriminants classify planted clusters, and say nothing of labels that mean nothing."""

from pathlib import Path

import numpy as np
import pytest

from unseen.probes.discriminant import DiscriminantClassifier, discriminant_logits, held_out_accuracies
from unseen.probes.fit_predict import predict_folds, predict_split
from unseen.records import Float32Array, Int64Array, Part, Photo, PhotoSet, Split

PHOTOS, CLASSES = 120, 3


def clusters(seed: int = 0) -> tuple[Float32Array, Int64Array]:
    rng = np.random.default_rng(seed)
    labels = np.arange(PHOTOS) % CLASSES
    return (3 * np.eye(CLASSES, 8)[labels] + rng.normal(size=(PHOTOS, 8))).astype(np.float32), labels


def photos(labels: Int64Array) -> PhotoSet:
    names = tuple(f"class {c}" for c in range(CLASSES))
    return PhotoSet(tuple(Photo(f"{i}.jpg", Path(), names[c]) for i, c in enumerate(labels.tolist())), (), names)


def test_a_class_that_was_not_fitted_is_never_predicted() -> None:
    features, labels = clusters()
    fitted = labels < 2
    logits = discriminant_logits(features[fitted], labels[fitted], features, CLASSES)
    assert set(logits.argmax(axis=1)) == {0, 1}


def test_shuffled_labels_reach_the_chance_level_and_true_ones_do_not() -> None:
    features, labels = clusters()
    rng = np.random.default_rng(1)
    labellings = [labels, *(rng.permutation(labels) for _ in range(50))]
    accuracies = held_out_accuracies(features, labellings, np.arange(PHOTOS) // CLASSES % 5, CLASSES)
    assert accuracies[0] > 0.9
    assert accuracies[1:].mean() == pytest.approx(1 / 3, abs=0.05)


def test_folds_predict_every_photo_once_and_a_split_its_test_set() -> None:
    features, labels = clusters()
    classifier, data = DiscriminantClassifier(features, labels, CLASSES), photos(labels)
    groups = [f"g{i}" for i in range(PHOTOS)]
    by_folds = predict_folds(classifier, data, np.arange(PHOTOS) // CLASSES % 5, groups)
    assert by_folds.ids == tuple(photo.path for photo in data.photos)
    assert (by_folds.logits.argmax(axis=1) == labels).mean() > 0.9
    parts: list[Part] = ["train"] * 90
    parts += ["test"] * 30
    split = Split(tuple(parts), tuple(groups))
    predicted = predict_split(classifier, data, split, groups)
    assert predicted.ids == tuple(f"{i}.jpg" for i in range(90, 120))
    assert (predicted.logits.argmax(axis=1) == labels[90:]).mean() > 0.9


def test_without_a_test_set_nothing_is_predicted() -> None:
    features, labels = clusters()
    parts: list[Part] = ["train"] * PHOTOS
    split = Split(tuple(parts), ("g",) * PHOTOS)
    found = predict_split(DiscriminantClassifier(features, labels, CLASSES), photos(labels), split, split.groups)
    assert found.logits.shape == (0, CLASSES)
