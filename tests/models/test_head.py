import torch
from torch import nn

from unseen.models.head import Head, Standardise


def test_standardise_starts_as_the_identity_and_then_takes_the_mean_out() -> None:
    layer = Standardise(3)
    features = torch.tensor([[1.0, 10.0, 5.0], [3.0, 30.0, 5.0]])
    assert torch.equal(layer(features), features)
    layer.measure(features)
    assert layer.mean.tolist() == [2, 20, 5]
    assert layer.std.tolist() == [1, 10, 1]  # the dead feature keeps 1
    assert layer(features).tolist() == [[-1, -1, 0], [1, 1, 0]]


def test_layers_follow_the_name() -> None:
    head = Head(7, 3, (5, 4), dropout=0.3)
    kinds = [type(layer) for layer in head]
    dense = [nn.Dropout, nn.Linear]
    assert kinds == [Standardise, *dense, nn.ReLU, *dense, nn.ReLU, *dense]
    assert [(m.in_features, m.out_features) for m in head if isinstance(m, nn.Linear)] == [(7, 5), (5, 4), (4, 3)]
    assert {m.p for m in head if isinstance(m, nn.Dropout)} == {0.3}
    assert head.classes == 3
    assert head.standardise is head[0]


def test_a_linear_head_is_linear_in_evaluation() -> None:
    head = Head(4, 2, dropout=0.5).eval()
    a, b = torch.randn(1, 4), torch.randn(1, 4)
    zero = head(torch.zeros(1, 4))
    assert torch.allclose(head(a + b) - zero, head(a) - zero + head(b) - zero, atol=1e-5)
