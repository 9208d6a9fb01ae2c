"""The graphs that come with the package compute what the networks do in torch; `make parts` writes them again."""

import copy
import os
import subprocess
import sys

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor

from pretrain.any_hand import any_hand
from unseen.config import TrainConfig
from unseen.export.bundle import INPUT, OUTPUTS
from unseen.locate.box_crop import BoxPreprocess, View
from unseen.locate.graph_names import EXTENT, VIEW
from unseen.locate.hand_reader import HandReader, builtin_network
from unseen.locate.handnet import HANDNET, HandNet
from unseen.locate.hands import HandLocator
from unseen.locate.known_networks import knows_body, knows_features, knows_learnt_body, learnt_weights
from unseen.locate.prebuilt import BODY, CROP, LEARNT_BODY, PARTS, part_session
from unseen.models.backbone import Backbone
from unseen.models.weights import builtin_weights
from unseen.onnx_session import cpu_session
from unseen.records import Float32Array

STALE = "the parts that come with the package are of other weights or code: run `make parts`"


@pytest.fixture(scope="module")
def photos() -> Tensor:
    """Three rendered hands on grey, beside the middle of photos that are not square."""
    pictures = np.full((3, 200, 260, 3), 90, np.uint8)
    for i in range(3):
        rgba = any_hand(2000 + i, 160, samples=1).seen.rgba
        alpha = rgba[..., 3:] / 255
        pictures[i, 20:180, 60:220] = rgba[..., :3] * alpha + 90 * (1 - alpha)
    return torch.from_numpy(pictures)


@pytest.fixture(scope="module")
def network() -> tuple[BoxPreprocess, Backbone, HandLocator]:
    """What `unseen train` starts from by default."""
    locator, normalisation = HandLocator(), builtin_weights(HANDNET).normalisation
    preprocess = BoxPreprocess(HANDNET.side_px, TrainConfig("", "").fit, normalisation, locator.identity)
    return preprocess, locator.condition(builtin_network(), normalisation).eval(), locator


def same(found: Float32Array, expected: Float32Array, farthest: float) -> bool:
    """Whether features are equal: the sign's are sums of many that are divided by small deviations."""
    apart = np.abs(found - expected)
    return bool(apart.max() < farthest and apart.mean() < farthest / 20)


def test_the_parts_are_of_these_weights(network: tuple[BoxPreprocess, Backbone, HandLocator]) -> None:
    assert knows_features(*network[:2]), STALE
    assert knows_body(*network[:2]), STALE


def test_a_network_that_has_learnt_is_not_taken_for_the_one_that_comes_with_the_package(
    network: tuple[BoxPreprocess, Backbone, HandLocator],
) -> None:
    preprocess, _, locator = network
    other = locator.condition(copy.deepcopy(builtin_network()), preprocess.normalisation)
    assert knows_features(preprocess, other)
    with torch.no_grad():
        next(other.parameters()).add_(1e-3)
    assert not knows_features(preprocess, other)
    assert not knows_body(preprocess, other)


def test_a_network_that_has_learnt_is_known_by_its_form_and_ships_its_own_weights(
    photos: Tensor, network: tuple[BoxPreprocess, Backbone, HandLocator]
) -> None:
    preprocess, builtin, locator = network
    other = copy.deepcopy(builtin_network())
    rng = torch.Generator().manual_seed(5)
    for value in other.state_dict().values():
        if value.is_floating_point():
            value.mul_(1 + 0.05 * torch.rand(value.shape, generator=rng))
    backbone = locator.condition(other, preprocess.normalisation).eval()
    assert knows_learnt_body(preprocess, backbone), STALE
    session = cpu_session(PARTS.join(LEARNT_BODY, OUTPUTS[2:], learnt=learnt_weights(backbone)))
    view, extent = View(locator.view_px)(photos)
    with torch.inference_mode():
        pixels = preprocess.crop(view, extent, locator.find(view, extent)[0])
        expected, before = (one(preprocess.normalise(pixels)).numpy() for one in (backbone, builtin))
    features = session.run([OUTPUTS[2]], {INPUT: photos.numpy()})[0]
    assert same(features, expected, 0.2), STALE
    assert not same(features, before, 0.2)  # every weight would be that of the package


def test_a_network_of_another_form_is_exported(network: tuple[BoxPreprocess, Backbone, HandLocator]) -> None:
    preprocess, _, locator = network
    for other in (HandNet("symmetric"), HandNet("same", "batch-renorm")):
        assert not knows_learnt_body(preprocess, locator.condition(other, preprocess.normalisation))


def test_the_body_computes_what_torch_does(
    photos: Tensor, network: tuple[BoxPreprocess, Backbone, HandLocator]
) -> None:
    preprocess, backbone, locator = network
    session = cpu_session(PARTS.join(BODY, OUTPUTS[2:]))
    view, extent = View(locator.view_px)(photos)
    with torch.inference_mode():
        boxes = locator.find(view, extent)[0]
        pixels = preprocess.crop(view, extent, boxes)
        expected = backbone(preprocess.normalise(pixels)).numpy()
    for number in (3, 1):
        features, seen = session.run(list(OUTPUTS[2:]), {INPUT: photos[:number].numpy()})
        assert np.abs(seen.astype(int) - preprocess.as_photos(pixels[:number]).numpy()).max() <= 1, STALE
        assert same(features, expected[:number], 0.2), STALE
    assert np.ptp(expected, axis=0).max() > 0.5  # the photos differ: a constant graph would pass the lines above


def test_each_part_computes_what_torch_does(
    photos: Tensor, network: tuple[BoxPreprocess, Backbone, HandLocator]
) -> None:
    preprocess, backbone, locator = network
    view, extent = View(locator.view_px)(photos)
    found = part_session("view").run([VIEW, EXTENT], {INPUT: photos.numpy()})
    assert np.array_equal(found[0], view.numpy()), STALE
    assert np.array_equal(found[1], extent.numpy()), STALE
    with torch.inference_mode():
        pixels = preprocess.crop(view, extent, locator.find(view, extent)[0])
        features = backbone(preprocess.normalise(pixels)).numpy()
        places, present = HandReader().read(pixels)
    assert same(part_session("hand_features").run(None, {CROP: pixels.numpy()})[0], features, 0.1), STALE
    read = part_session("hand_reader").run(["places", "present"], {"pixels": pixels.numpy()})
    np.testing.assert_allclose(read[0], places.numpy(), atol=1e-4, err_msg=STALE)
    np.testing.assert_allclose(read[1], present.numpy(), atol=1e-4, err_msg=STALE)


def test_what_is_joined_is_a_valid_model_and_its_weights_are_there_once() -> None:
    model = onnx.load_from_string(PARTS.join(BODY, OUTPUTS[2:]))
    onnx.checker.check_model(model, full_check=True)
    names = [one.name for one in model.graph.initializer]
    assert len(names) == len(set(names))
    assert [one.name for one in model.graph.output] == list(OUTPUTS[2:])
    assert [one.name for one in model.graph.input] == [INPUT]


def test_they_are_opened_without_torch_and_without_onnx() -> None:
    code = (
        "import sys; from unseen.locate.prebuilt import part_session; part_session('hand_reader');"
        "print(sorted({'torch', 'onnx', 'onnxscript'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.strip() == "[]"
