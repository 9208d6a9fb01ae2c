"""Files of TensorFlow Lite, in floats and in whole levels: read, and written as ONNX with the same answers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bench.foreign_networks import Network, untrained, wanting
from bench.tflite_graph import Graph, write_tflite
from bench.tflite_levels import write_levels
from tests.foreign.made_models import planted_photos
from unseen.diagnosing.foreign_model import ForeignModel
from unseen.diagnosing.photo_reading import Reading, Scale
from unseen.diagnosing.scaling import as_stored, network_batch, pixels_of
from unseen.diagnosing.search import choices
from unseen.diagnosing.wrapping.wrap import wrap
from unseen.errors import UnseenError
from unseen.foreign.network import Stored
from unseen.foreign.open_model import open_model
from unseen.foreign.tensorflow.tflite_graph import to_onnx
from unseen.inference.predictor import Predictor
from unseen.onnx_session import cpu_session

PHOTOS, LABELS = planted_photos(24)
NAMES = ("green", "orange", "violet")


def made(family: str, scale: Scale) -> Network:
    """A network that tells the photos apart: random, but for its last layer, which is fitted to them."""
    network = untrained(family, NAMES, Reading(24, 24, "imagenet", "rgb", "nchw", "crop"), 3, 1)
    with torch.inference_mode():
        seen = network.module[:-1](torch.from_numpy(numbers(network.reading)))
        seen = torch.hstack([seen, torch.ones(len(seen), 1)])
        wanted = 6.0 * torch.eye(3)[torch.from_numpy(LABELS)]
        fitted = torch.linalg.solve(seen.T @ seen + 1e-3 * torch.eye(seen.shape[1]), seen.T @ wanted).T
        network.module[-1].load_state_dict({"weight": fitted[:, :-1], "bias": fitted[:, -1]})
    return wanting(network, replace(network.reading, scale=scale, layout="nhwc"))


def numbers(reading: Reading) -> np.ndarray:
    """What a network is given of the photos."""
    return network_batch(np.stack([pixels_of(one, reading) for one in PHOTOS]), reading, 3)


@pytest.mark.parametrize(
    ("family", "kind"), [("vgg", "float"), ("mobile", "float"), ("cnn", "uint8"), ("mobile", "int8")]
)
def test_a_bundle_answers_as_the_file_does(family: str, kind: str, tmp_path: Path) -> None:
    network = made(family, "1/127.5-1" if kind != "int8" else "imagenet")
    path = tmp_path / "m.tflite"
    if kind == "float":
        write_tflite(network, path, softmax=True)
    else:
        write_levels(network, path, numbers(network.reading), softmax=True, unsigned=kind == "uint8")
    opened = open_model(path)
    reading = replace(network.reading, scale="raw") if kind == "uint8" else network.reading
    model = ForeignModel(opened, reading, "probabilities", NAMES)
    said = model.predict_proba(PHOTOS)
    assert np.ptp(said, axis=0).max() > 0.5
    agreement = wrap(model, PHOTOS, 640, tmp_path / "w")
    assert agreement.same_answers == len(PHOTOS)
    found = Predictor(tmp_path / "w").predict_proba(PHOTOS)
    assert np.abs(found - said).mean() < 0.01


def test_levels_that_are_a_photos_own_are_one_way_not_several(tmp_path: Path) -> None:
    """uint8 at 1/127.5 a level: dividing first gives the levels that the photo has anyway."""
    network = made("cnn", "1/127.5-1")
    whole_range = np.broadcast_to(np.array([-1, 1], np.float32)[:, None, None, None], (2, 24, 24, 3))
    write_levels(network, tmp_path / "m.tflite", whole_range, softmax=True, unsigned=True)
    opened = open_model(tmp_path / "m.tflite")
    assert opened.input.stored is not None
    assert opened.input.stored.dtype == "uint8"
    assert as_stored("1/127.5-1", opened.input.stored)
    assert {"1/127.5-1", "1/127-1"}.isdisjoint(choices("scale", opened.input))
    assert {"raw", "1/255", "imagenet"} <= set(choices("scale", opened.input))
    # what states nothing takes grey levels as they are, and nothing else
    assert choices("scale", replace(opened.input, stored=Stored("uint8"))) == ("raw",)
    levels = Stored("int8", 1 / 127.5, -1)
    np.testing.assert_allclose(
        levels.levels(levels.meant_by_levels(np.array([0, 128, 255], np.float32))), [-128, 0, 127]
    )


def test_a_file_that_takes_any_size_is_asked_at_each(tmp_path: Path) -> None:
    graph = Graph()
    graph.tensor((1, 1, 1, 3))
    graph.tensors[0].shapeSignature = [1, -1, -1, 3]
    graph.shape = (1, 1, 1, 3)
    graph.add("MEAN", [graph.whole([1, 2])], (1, 3), "ReducerOptions", keepDims=0)
    graph.write(tmp_path / "m.tflite")
    opened = open_model(tmp_path / "m.tflite")
    assert opened.input.height_px is None
    for side in (8, 20):
        picture = np.random.default_rng(side).random((1, side, side, 3), np.float32)
        np.testing.assert_allclose(opened.run(picture), picture.mean(axis=(1, 2)), atol=1e-5)


@pytest.mark.parametrize("kind", ["BILINEAR", "NEAREST_NEIGHBOR"])
@pytest.mark.parametrize("settings", [{}, {"halfPixelCenters": True}, {"alignCorners": True}])
def test_enlarged_pictures_are_as_in_the_file(kind: str, settings: dict[str, bool], tmp_path: Path) -> None:
    """A picture that is resized, then enlarged by a transposed convolution."""
    rng = np.random.default_rng(0)
    graph = Graph()
    graph.tensor((1, 6, 8, 3))
    graph.shape = (1, 6, 8, 3)
    options = "ResizeBilinearOptions" if kind == "BILINEAR" else "ResizeNearestNeighborOptions"
    graph.add(f"RESIZE_{kind}", [graph.whole([7, 11])], (1, 7, 11, 3), options, **settings)
    picture, kernel = graph.last, graph.constant(rng.normal(size=(2, 3, 3, 3)).astype(np.float32))
    graph.last = graph.whole([1, 14, 22, 2])
    steps = {"padding": 0, "strideH": 2, "strideW": 2}
    graph.add("TRANSPOSE_CONV", [kernel, picture], (1, 14, 22, 2), "TransposeConvOptions", **steps)
    graph.add("RESHAPE", [graph.whole([1, 616])], (1, 616))
    graph.write(tmp_path / "m.tflite")
    photo = rng.random((1, 6, 8, 3), np.float32)
    ours = cpu_session(to_onnx(tmp_path / "m.tflite", 6, 8)).run(None, {"given": photo})[0]
    np.testing.assert_allclose(ours, open_model(tmp_path / "m.tflite").run(photo), atol=1e-5)


def test_a_step_that_is_not_known_is_named(tmp_path: Path) -> None:
    graph = Graph()
    graph.tensor((1, 8, 8, 3))
    graph.last, graph.shape = 0, (1, 8, 8, 3)
    graph.add("ZEROS_LIKE", [], (1, 8, 8, 3), "ZerosLikeOptions")
    graph.add("MEAN", [graph.whole([1, 2])], (1, 3), "ReducerOptions", keepDims=0)
    graph.write(tmp_path / "m.tflite")
    with pytest.raises(UnseenError, match="ZEROS_LIKE"):
        to_onnx(tmp_path / "m.tflite", 8, 8)
