"""A weight file as Keras writes it gives the features that Keras' network has."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from torch import nn

from unseen.errors import UnseenError
from unseen.models.keras_mobilenet import KERAS_EPSILON
from unseen.models.mobilenet import MobileNetV2
from unseen.models.preprocess import CENTRE
from unseen.models.spec import BackboneOptions
from unseen.models.weights import find_weights, load_into
from unseen.registry import build_backbone, find_spec

SPEC = find_spec("mobilenetv2")
# layers of Keras in the order in which its network is built, beside those of MobileNetV2 in the same order
LAYERS = ["Conv1", "bn_Conv1"] + [
    f"{block}_{step}{end}"
    for block in ["expanded_conv", *(f"block_{i}" for i in range(1, 17))]
    for step in (("depthwise", "project") if block == "expanded_conv" else ("expand", "depthwise", "project"))
    for end in ("", "_BN")
] + ["Conv_1", "Conv_1_bn"]  # fmt: skip


def planted() -> MobileNetV2:
    torch.manual_seed(0)
    network = MobileNetV2(0.35, "same").eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_var is not None
            assert module.running_mean is not None
            module.eps = KERAS_EPSILON
            for value in (module.weight, module.running_var):
                value.data.uniform_(0.02, 1.0)
            for value in (module.bias, module.running_mean):
                value.data.uniform_(-0.5, 0.5)
    return network


def write_keras(network: MobileNetV2, path: Path, top: str = "") -> None:
    modules = [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.BatchNorm2d)]
    with h5py.File(path, "w") as file:
        for name, module in zip(LAYERS, modules, strict=True):
            group = file.create_group(f"{top}{name}/{name}")
            if isinstance(module, nn.BatchNorm2d):
                names = ("gamma", "beta", "moving_mean", "moving_variance")
                values = (module.weight, module.bias, module.running_mean, module.running_var)
                for key, value in zip(names, values, strict=True):
                    assert value is not None
                    group[f"{key}:0"] = value.detach().numpy()
            elif module.groups > 1:
                group["depthwise_kernel:0"] = module.weight.detach().numpy().transpose(2, 3, 0, 1)
            else:
                group["kernel:0"] = module.weight.detach().numpy().transpose(2, 3, 1, 0)
        file.create_group(f"{top}predictions/predictions")["kernel:0"] = np.zeros((1280, 3), np.float32)


@pytest.mark.parametrize("top", ["", "model_weights/"])
def test_the_features_are_those_of_the_network_that_was_written(tmp_path: Path, top: str) -> None:
    network, path = planted(), tmp_path / "mobilenet_v2_0.35.h5"
    write_keras(network, path, top)
    weights = find_weights(str(path), SPEC, 0.35)
    assert weights is not None
    assert (weights.normalisation, weights.padding) == (CENTRE, "same")
    backbone = build_backbone(SPEC, BackboneOptions(64, 0.35, weights.padding))
    load_into(backbone, weights, SPEC)
    pixels = torch.rand(2, 3, 64, 64) * 2 - 1
    with torch.inference_mode():
        torch.testing.assert_close(backbone.eval()(pixels), network(pixels), atol=1e-4, rtol=1e-3)


def test_another_file_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("no weights")
    with pytest.raises(UnseenError, match="is not a weight file of Keras"):
        find_weights(str(tmp_path / "text.h5"), SPEC, 0.35)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["dense/dense/kernel:0"] = np.zeros((2, 2))
    with pytest.raises(UnseenError, match="no layer of Keras' MobileNetV2"):
        find_weights(str(tmp_path / "other.h5"), SPEC, 0.35)


def test_weights_of_another_width_are_refused(tmp_path: Path) -> None:
    write_keras(planted(), tmp_path / "w.h5")
    weights = find_weights(str(tmp_path / "w.h5"), SPEC, 1.0)
    assert weights is not None
    with pytest.raises(UnseenError, match="--width"):
        load_into(build_backbone(SPEC, BackboneOptions(64, 1.0, "same")), weights, SPEC)
