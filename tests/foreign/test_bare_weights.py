"""Weights alone, with the network named: every tensor must have its place, or one line says what is wrong."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from unseen.errors import UnseenError
from unseen.foreign.open_model import open_model


def net(classes: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, classes))


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def create_model(name: str, pretrained: bool, num_classes: int) -> nn.Module:
        if name != "tiny":
            raise RuntimeError(f"Unknown model ({name})")
        assert not pretrained
        return net(num_classes)

    monkeypatch.setattr("unseen.foreign.bare_weights.import_timm", lambda: SimpleNamespace(create_model=create_model))
    torch.manual_seed(0)
    save_file(net(5).state_dict(), tmp_path / "w.safetensors")
    return tmp_path / "w.safetensors"


def test_the_named_network_gets_the_weights(weights: Path) -> None:
    torch.manual_seed(0)
    expected = net(5)
    opened = open_model(weights, arch="timm/tiny")
    assert (opened.kind, opened.input.layout, opened.input.channels) == ("timm/tiny", "nchw", 3)
    photos = torch.rand(2, 3, 16, 16)
    with torch.inference_mode():
        np.testing.assert_allclose(opened.run(photos.numpy()), expected(photos).numpy(), atol=1e-6)


@pytest.mark.parametrize(("arch", "words"), [(None, "--arch"), ("resnet", "--arch"), ("timm/other", "does not fit")])
def test_a_network_that_is_not_named_rightly_is_asked_for(arch: str | None, words: str, weights: Path) -> None:
    with pytest.raises(UnseenError, match=words):
        open_model(weights, arch=arch)


def test_weights_of_another_network_do_not_fit(weights: Path) -> None:
    save_file(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Linear(4, 5)).state_dict(), weights)
    with pytest.raises(UnseenError, match="does not fit timm/tiny"):
        open_model(weights, arch="timm/tiny")
