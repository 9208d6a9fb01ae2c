from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from unseen.models.vgg import VGG16
from unseen.models.weights import find_weights, load_into
from unseen.registry import find_spec

# where timm's and torchvision's `vgg16` keep their convolutions
PUBLISHED = {
    0: (64, 3), 2: (64, 64), 5: (128, 64), 7: (128, 128), 10: (256, 128), 12: (256, 256), 14: (256, 256),
    17: (512, 256), 19: (512, 512), 21: (512, 512), 24: (512, 512), 26: (512, 512), 28: (512, 512),
}  # fmt: skip


@pytest.fixture(scope="module")
def network() -> VGG16:
    return VGG16()


def test_it_has_13_convolutions_and_the_published_count(network: VGG16) -> None:
    assert sum(isinstance(m, nn.Conv2d) for m in network.modules()) == 13
    assert sum(p.numel() for p in network.parameters()) == 14_714_688
    assert [name for name, _ in network.stages()] == ["block0", "block1", "block2", "block3", "block4"]
    per_block = [sum(isinstance(m, nn.Conv2d) for m in modules) for _, modules in network.stages()]
    assert per_block == [2, 2, 3, 3, 3]


def test_it_loads_a_file_with_timms_names(network: VGG16, tmp_path: Path) -> None:
    tensors = {}
    for position, (layer, (outputs, inputs)) in enumerate(PUBLISHED.items()):
        tensors[f"features.{layer}.weight"] = torch.full((outputs, inputs, 3, 3), 0.001 * (position + 1)).half()
        tensors[f"features.{layer}.bias"] = torch.full((outputs,), float(position))
    tensors["pre_logits.fc1.weight"] = torch.zeros(2, 2)
    tensors["head.fc.weight"] = torch.zeros(2, 2)
    path = tmp_path / "vgg16.safetensors"
    save_file(tensors, path)

    spec = find_spec("vgg16")
    weights = find_weights(str(path), spec, 1.0)
    assert weights is not None
    load_into(network, weights, spec)
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    for position, conv in enumerate(convolutions):
        assert conv.bias is not None
        assert torch.allclose(conv.weight, torch.tensor(0.001 * (position + 1)), rtol=1e-3)
        assert bool((conv.bias == position).all())


def test_features_are_the_mean_of_the_last_map(network: VGG16) -> None:
    x = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        maps = network.convolutions(x)
        assert maps.shape == (1, 512, 2, 3)
        assert torch.allclose(network(x), maps.reshape(1, 512, 6).mean(dim=2), atol=1e-6)
