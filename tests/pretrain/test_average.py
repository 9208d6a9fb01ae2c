"""The mean of two weight files is half way between them."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from pretrain.average import mean_of
from pretrain.train import write_weights
from unseen.locate.handnet import HandNet
from unseen.models.weights import read_tensors


def test_the_mean_lies_half_way(tmp_path: Path) -> None:
    torch.manual_seed(0)
    files = [tmp_path / f"{i}.safetensors" for i in range(2)]
    networks = [HandNet("same") for _ in files]
    for network, file in zip(networks, files, strict=True):
        write_weights(network, file, 128)
    first, second, mean = (network.state_dict()["joints.weight"] for network in (*networks, mean_of(files)))
    assert torch.allclose(mean, (first + second) / 2, atol=1e-3)
    assert not torch.allclose(mean, first, atol=1e-3)


def test_what_one_file_lacks_is_taken_from_the_other(tmp_path: Path) -> None:
    """A reading that was added later stays as it was learnt."""
    files = [tmp_path / f"{i}.safetensors" for i in range(2)]
    networks = [HandNet("same") for _ in files]
    for network, file in zip(networks, files, strict=True):
        write_weights(network, file, 128)
    tensors, metadata = read_tensors(files[0])
    save_file({name: value for name, value in tensors.items() if not name.startswith("refine.")}, files[0], metadata)
    mean = mean_of(files).state_dict()
    assert torch.allclose(mean["refine.0.weight"], networks[1].state_dict()["refine.0.weight"], atol=1e-3)
