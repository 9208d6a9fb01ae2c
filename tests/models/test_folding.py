"""Folding changes no answer, and leaves no batch norm."""

import pytest
import torch
from torch import nn

from unseen.models.folding import folded
from unseen.models.spec import BackboneOptions
from unseen.registry import SPECS, build_backbone

SIDE_PX = 128


@pytest.mark.parametrize("name", sorted(SPECS))
def test_a_folded_network_computes_the_same(name: str) -> None:
    torch.manual_seed(0)
    network = build_backbone(SPECS[name], BackboneOptions(SIDE_PX, norm="batch"))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.1)
    network.eval()
    pixels = torch.randn(2, 3, SIDE_PX, SIDE_PX)
    quick = folded(network)
    with torch.inference_mode():
        torch.testing.assert_close(quick(pixels), network(pixels), atol=1e-4, rtol=1e-3)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in quick.modules())
    assert any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
