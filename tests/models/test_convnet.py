import pytest
import torch
from torch import nn

from unseen.models.convnet import TABLES, ConvNet
from unseen.models.summary import summarise


@pytest.mark.parametrize(
    ("name", "side_px", "outputs", "features"),
    [
        ("cnn-fingers", 224, [(6, 222, 222), (16, 108, 108), (16, 49, 49)], 9216),
        (
            "cnn-asl", 128,
            [(32, 126, 126), (64, 61, 61), (128, 28, 28), (256, 12, 12), (512, 4, 4)], 2048,
        ),
    ],
)  # fmt: skip
def test_layers_have_the_shapes_that_were_published(
    name: str, side_px: int, outputs: list[tuple[int, ...]], features: int
) -> None:
    network = ConvNet(TABLES[name], side_px)
    layers = summarise(network, torch.zeros(1, 3, side_px, side_px))
    assert [layer.output for layer in layers] == outputs
    assert network.features == features


def test_cnn_fingers_counts_by_hand() -> None:
    network = ConvNet(TABLES["cnn-fingers"], 64)
    expected = (3 * 9 + 1) * 6 + (6 * 16 + 1) * 16 + (16 * 25 + 1) * 16
    assert sum(p.numel() for p in network.parameters()) == expected


def test_a_normalisation_takes_the_place_of_the_bias_and_starts_unmoved() -> None:
    network = ConvNet(TABLES["cnn-fingers"], 48, "batch")
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert len(norms) == len(convolutions) == 3
    assert all(m.bias is None for m in convolutions)
    assert network.training
    for norm in norms:
        assert norm.running_mean is not None
        assert norm.num_batches_tracked is not None
        assert float(norm.running_mean.abs().sum()) == 0
        assert int(norm.num_batches_tracked) == 0


def test_features_are_the_flattened_maps_in_order() -> None:
    network = ConvNet(TABLES["cnn-fingers"], 48)
    x = torch.rand(2, 3, 48, 48)
    assert torch.equal(network(x), network.layers(x).flatten(1))
    assert network(x).shape == (2, network.features)
