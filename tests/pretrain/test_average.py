"""The mean of two weight files is half way between them."""

from pathlib import Path

import torch

from pretrain.average import mean_of
from pretrain.train import write_weights
from unseen.model.handnet import HandNet


def test_the_mean_lies_half_way(tmp_path: Path) -> None:
    torch.manual_seed(0)
    files = [tmp_path / f"{i}.safetensors" for i in range(2)]
    networks = [HandNet("same") for _ in files]
    for network, file in zip(networks, files, strict=True):
        write_weights(network, file, 128)
    first, second, mean = (network.state_dict()["joints.weight"] for network in (*networks, mean_of(files)))
    assert torch.allclose(mean, (first + second) / 2, atol=1e-3)
    assert not torch.allclose(mean, first, atol=1e-3)
