"""Ready models: they open without torch, know their classes, and read rendered hands that nobody photographed."""

import subprocess
import sys

import numpy as np
import pytest

from pretrain.any_hand import any_hand
from unseen.config import TrainConfig
from unseen.errors import BadBundle
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.export.bundle import INPUT, UNKNOWN
from unseen.inference.predictor import Predictor
from unseen.inference.ready import CLASSES, FEATURES, SIDE_PX, ready_model
from unseen.locate.pose_conditioned import PoseConditioned
from unseen.onnx_session import cpu_session
from unseen.recipe import build, resolve


@pytest.mark.parametrize("space", sorted(CLASSES))
def test_each_ready_model_answers(space: str) -> None:
    predictor = Predictor(f"signs:{space}")
    said = predictor.predict(np.full((120, 90, 3), 128, np.uint8))
    assert predictor.classes == CLASSES[space]
    assert sum(said.probabilities) == pytest.approx(1, abs=1e-5)


def test_it_is_the_network_that_a_run_starts_from() -> None:
    predictor = Predictor("signs:rps")
    model = build(resolve(TrainConfig("photos", "out", model="handnet")), 3, [], np.zeros(0, np.int64))
    assert isinstance(model.backbone, PoseConditioned)
    assert (model.backbone.features, model.preprocess.side_px) == (FEATURES, SIDE_PX)
    photo = np.random.default_rng(0).integers(0, 255, (1, 150, 200, 3), np.uint8)
    assert predictor.features(list(photo)).shape == (1, FEATURES)


@pytest.mark.parametrize("space", sorted(CLASSES))
def test_what_shows_no_hand_gets_no_label_from_model_explanation_or_graph(space: str) -> None:
    predictor, alone = ExplainingPredictor(f"signs:{space}"), cpu_session(ready_model(f"signs:{space}")[1])
    rng = np.random.default_rng(0)
    empty = [np.full((120, 90, 3), 128, np.uint8), rng.integers(0, 255, (90, 120, 3), np.uint8)]
    for photo, said in zip(empty, predictor.predict(empty), strict=True):
        assert said.label is None
        assert said.unknown is not None
        assert said.unknown > predictor.unknown_at
        assert alone.run([UNKNOWN], {INPUT: photo[None]})[0] == pytest.approx([said.unknown], abs=1e-4)
    explained = predictor.explain(empty[0])
    assert (explained.as_dict()["label"], explained.nameless) == (None, True)


def test_a_hand_keeps_its_label() -> None:
    predictor = Predictor("signs:counting")
    hands = [any_hand(2000 + i, 240, samples=1).seen.rgba for i in range(8)]
    doubts = [said.unknown or 0.0 for said in predictor.predict(hands)]
    # any pose, so that some are none of the signs
    assert np.median(doubts) < predictor.unknown_at


def test_torch_is_not_needed() -> None:
    code = (
        "import sys, numpy as np; from unseen import load; load('signs:digits').predict(np.zeros((9, 9, 3), np.uint8));"
        "sys.exit(any(name in sys.modules for name in ('torch', 'onnx')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(BadBundle, match="signs:letters, signs:digits, signs:counting, signs:rps"):
        Predictor("signs:morse")
