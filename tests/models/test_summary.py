import torch
from torch import nn

from unseen.models.convnet import TABLES, ConvNet
from unseen.models.head import Head
from unseen.models.summary import stage_parameters, summarise


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.dense = nn.Linear(8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.dense(self.norm(self.depthwise(self.conv(x))).mean(dim=(2, 3)))
        return out


def test_rows_are_counted_by_hand() -> None:
    network = Small()
    network.conv.requires_grad_(False)
    network.train()
    rows = summarise(network, torch.zeros(1, 3, 10, 6))
    found = [(r.name, r.kind, r.output, r.trainable, r.frozen, r.multiply_adds) for r in rows]
    assert found == [
        ("conv", "Conv2d", (8, 5, 3), 0, 8 * 27 + 8, 8 * 15 * 27),
        ("depthwise", "Conv2d", (8, 5, 3), 72, 0, 8 * 15 * 9),
        ("norm", "BatchNorm2d", (8, 5, 3), 16, 0, 0),
        ("dense", "Linear", (5,), 45, 0, 40),
    ]


def test_the_network_is_left_as_it_was() -> None:
    network = Small().train()
    summarise(network, torch.ones(1, 3, 8, 8))
    assert network.training
    assert network.norm.num_batches_tracked is not None
    assert int(network.norm.num_batches_tracked) == 0
    assert not network.conv._forward_hooks


def test_stages_sum_to_the_whole() -> None:
    backbone = ConvNet(TABLES["cnn-fingers"], 48)
    head = Head(backbone.features, 5, (10,))
    backbone.layers[0].requires_grad_(False)
    rows = stage_parameters(backbone, head)
    assert rows[0] == ("layers.0", 0, 6 * 27 + 6)
    assert rows[-1] == ("head", backbone.features * 10 + 10 + 55, 0)
    everything = [*backbone.parameters(), *head.parameters()]
    assert sum(trainable + frozen for _, trainable, frozen in rows) == sum(p.numel() for p in everything)
