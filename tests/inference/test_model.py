"""Anything with classes and probabilities is measured like a bundle."""

import numpy as np
import pytest

from tests.conftest import TinyRun
from unseen.errors import UnseenError
from unseen.evaluation.measure import predict_photos
from unseen.evaluation.metrics import measure
from unseen.inference.model import CallableModel, Model, logits_of
from unseen.inference.predictor import Predictor
from unseen.photos.decode import decode
from unseen.progress import Silent

PHOTOS = [np.full((8, 8, 4), level, np.uint8) for level in (10, 200, 240, 30)]


def by_brightness(images: object) -> np.ndarray:
    levels = np.array([image.mean() / 255 for image in images], np.float32)  # type: ignore[attr-defined]
    return np.stack([1 - levels, levels], axis=1)


def test_a_function_is_measured_by_what_it_gets_right() -> None:
    model = CallableModel(("dark", "light"), by_brightness)
    labels, paths = np.array([0, 1, 0, 0]), list("abcd")
    found = predict_photos(model, PHOTOS, np.arange(4), labels, paths, paths, Silent(), "measure")
    assert measure(found, 0).accuracy.value == 0.75
    assert np.allclose(np.exp(logits_of(model, PHOTOS)), by_brightness(PHOTOS), atol=1e-6)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.zeros((4, 3)), "for 4 photos and 2 classes"),
        (np.full((4, 2), np.nan), "finite"),
        (np.full((4, 2), 3.0), "sum to 1"),
    ],
)
def test_what_is_no_probability_is_refused(rows: np.ndarray, words: str) -> None:
    with pytest.raises(UnseenError, match=words):
        CallableModel(("a", "b"), lambda _: rows).predict_proba(PHOTOS)


def test_a_bundle_is_a_model_with_features_and_preprocessing(tiny_run: TinyRun) -> None:
    predictor = Predictor(tiny_run.root)
    model: Model = predictor
    files = sorted((tiny_run.photos / "blue").iterdir())[:3]
    images = [decode(file, predictor.facts.decode_side_px) for file in files]
    said = predictor.predict(files)
    assert [one.probabilities for one in said] == [tuple(row) for row in model.predict_proba(images).tolist()]
    assert said[1] == predictor.predict(files[1])
    assert np.array_equal(logits_of(model, images), predictor.run(images).logits)
    assert predictor.features(images).shape == (3, predictor.facts.features)
    assert predictor.preprocess(images).shape == (3, predictor.facts.side_px, predictor.facts.side_px, 3)
