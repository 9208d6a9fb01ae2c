"""The graph doubts photos exactly as Python does."""

import numpy as np
import pytest
import torch

from unseen.export.bundle import OUTPUTS, REGIONS, UNKNOWN
from unseen.inference.reference import Reference
from unseen.inference.unknown import builtin_unknown_model, unknown_signals
from unseen.inference.unknown_graph import unknown_fields
from unseen.locate.graph_names import PRESENT
from unseen.models.graph_parts import OPSET, field, number, value_info
from unseen.onnx_session import cpu_session
from unseen.pipelines.stages.what_is_known import Doubt
from unseen.records import Float32Array

FEATURES = 3 - PRESENT
GIVEN = (*OUTPUTS[1:3], REGIONS[2])


def known(*, signs: bool, poses: bool) -> Reference:
    """Of four classes, one without photos; signs: two of them are known signs of seven."""
    rng = np.random.default_rng(5)

    def normal(*shape: int) -> Float32Array:
        return rng.normal(size=shape).astype(np.float32)

    centres = normal(4, 6)
    centres[2] = np.nan
    return Reference(
        mean=normal(FEATURES), std=np.abs(normal(FEATURES)) + np.float32(0.1),
        whiten=normal(FEATURES, 6) / np.float32(9),
        centres=centres,
        logits=normal(9, 4),
        labels=np.zeros(9, np.int64), distances=np.abs(normal(9)) + np.float32(2),
        usual=np.array([5.3, 1.0, 5.3, -2.0], np.float32),
        present=np.array([3.0, -2.0, 1.0, 2.0], np.float32) if poses else np.zeros(0, np.float32),
        turn=normal(5, 5) if poses else np.zeros((0, 0), np.float32),
        places=np.where(np.isnan(centres[:, :1]), np.nan, normal(4, 5)) if poses else np.zeros((0, 0), np.float32),
        signs=normal(5, 7) if signs else np.zeros((0, 0), np.float32),
        sign_bias=normal(7) if signs else np.zeros(0, np.float32),
        sign_classes=np.array([-1, 0, -1, 1, -1, -1, -1]) if signs else np.zeros(0, np.int64),
    )  # fmt: skip


def graph_of(reference: Reference) -> bytes:
    """A model that is nothing but these nodes."""
    shapes = ("photo_count", 4), ("photo_count", FEATURES), ("photo_count",)
    inputs = b"".join(field(11, value_info(name, shape)) for name, shape in zip(GIVEN, shapes, strict=True))
    graph = field(2, b"unknown") + unknown_fields(reference) + inputs
    return number(1, 10) + field(8, number(2, OPSET)) + field(7, graph)


@pytest.mark.parametrize("signs", [True, False])
@pytest.mark.parametrize("poses", [True, False])
def test_the_graph_computes_what_python_does(signs: bool, poses: bool) -> None:
    reference, rng = known(signs=signs, poses=poses), np.random.default_rng(1)
    logits, features = (rng.normal(size=(40, width)).astype(np.float32) * 3 for width in (4, FEATURES))
    features[:, PRESENT] = rng.random(40)
    scores = rng.random(40).astype(np.float32) ** 0.2
    scores[:3] = 1.0, 0.0, np.nan
    signals = unknown_signals(logits, features, scores, reference)
    expected = builtin_unknown_model().probability(signals)
    session = cpu_session(graph_of(reference))
    for photos in (slice(None), slice(7, 8)):  # one photo, too
        given = dict(zip(GIVEN, (logits[photos], features[photos], scores[photos]), strict=True))
        np.testing.assert_allclose(session.run([UNKNOWN], given)[0], expected[photos], atol=2e-5)
    in_torch = Doubt(reference)(*(torch.from_numpy(values) for values in (features, logits, scores)))
    np.testing.assert_allclose(in_torch.numpy(), expected, atol=2e-5)
    assert np.ptp(expected) > 0.5
    assert np.ptp(signals["lost"]) > 1
    assert (signals["lost"] != signals["absent"]).any() == poses
    assert (signals["no_other"] < 1).any() if signs else signals["no_other"].all()
