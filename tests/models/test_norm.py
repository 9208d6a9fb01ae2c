import pytest
import torch
from torch import nn

from unseen.models.norm import NORMS, BatchRenorm2d, freeze_statistics, make_norm


def activations(seed: int = 0, mean: float = 2.0, scale: float = 3.0) -> torch.Tensor:
    return torch.randn(4, 5, 6, 6, generator=torch.Generator().manual_seed(seed)) * scale + mean


def at_step(step: int, warmup_steps: int = 80) -> BatchRenorm2d:
    layer = BatchRenorm2d(5, warmup_steps)
    assert layer.num_batches_tracked is not None
    layer.num_batches_tracked.fill_(step)
    return layer


@pytest.mark.parametrize("step", [0, 5, 10])
def test_it_is_batch_norm_for_the_first_eighth_of_the_warm_up(step: int) -> None:
    x = activations()
    plain = nn.BatchNorm2d(5, eps=1e-5)
    assert torch.allclose(at_step(step)(x), plain(x), atol=1e-5)


def test_it_leaves_batch_norm_after_the_first_eighth() -> None:
    x = activations()
    assert not torch.allclose(at_step(20)(x), nn.BatchNorm2d(5, eps=1e-5)(x), atol=0.1)


@pytest.mark.parametrize(
    ("step", "r", "d"),
    [(0, 1, 0), (10, 1, 0), (30, 1 + 2 * (2 / 7), 2.5), (50, 1 + 2 * (4 / 7), 5), (80, 3, 5), (500, 3, 5)],
)
def test_limits_open_as_scheduled(step: int, r: float, d: float) -> None:
    r_limit, d_limit = at_step(step).limits()
    assert float(r_limit) == pytest.approx(r, abs=1e-5)
    assert float(d_limit) == pytest.approx(d, abs=1e-5)


def test_training_equals_evaluation_when_the_limits_are_open() -> None:
    layer = at_step(10_000)
    assert layer.running_mean is not None
    assert layer.running_var is not None
    layer.running_mean.fill_(1.0)
    layer.running_var.fill_(4.0)
    x = activations()
    evaluated = ((x - 1.0) / 2.0).detach()
    assert torch.allclose(layer(x), evaluated, atol=1e-4)


def test_r_and_d_are_clipped() -> None:
    layer = at_step(10_000)  # running mean 0 and deviation 1: the batch is 100 deviations off and 50 times wider
    x = activations(mean=100.0, scale=50.0)
    out = layer(x)
    assert out.std(dim=(0, 2, 3), correction=0).tolist() == pytest.approx([3.0] * 5, abs=1e-3)
    assert out.mean(dim=(0, 2, 3)).tolist() == pytest.approx([5.0] * 5, abs=1e-3)


def test_running_statistics_move_a_tenth_of_the_way() -> None:
    layer, x = at_step(0), activations()
    layer(x)
    assert layer.running_mean is not None
    assert layer.running_var is not None
    assert torch.allclose(layer.running_mean, 0.1 * x.mean(dim=(0, 2, 3)))
    assert torch.allclose(layer.running_var, 0.9 + 0.1 * x.var(dim=(0, 2, 3), correction=0))


def test_no_gradient_flows_through_r_and_d() -> None:
    layer = at_step(40)
    x = activations().requires_grad_()
    target = activations(1)
    (layer(x) * target).sum().backward()
    found = x.grad
    assert found is not None

    fresh = at_step(40)
    held = x.detach().clone().requires_grad_()
    variance, mean = torch.var_mean(held, dim=(0, 2, 3), correction=0)
    std = torch.sqrt(variance + 1e-5)
    r_limit, d_limit = fresh.limits()
    running_std = (torch.ones(5) + 1e-5).sqrt()
    r = (std.detach() / running_std).clamp(1 / r_limit, r_limit)
    d = (mean.detach() / running_std).clamp(-d_limit, d_limit)
    by_hand = (held - mean[:, None, None]) / std[:, None, None] * r[:, None, None] + d[:, None, None]
    (by_hand * target).sum().backward()  # type: ignore[no-untyped-call]
    assert held.grad is not None
    assert torch.allclose(found, held.grad, atol=1e-4)


def test_evaluation_uses_running_statistics_and_keeps_them() -> None:
    layer = at_step(40).eval()
    x = activations()
    assert torch.allclose(layer(x), x, atol=1e-4)
    assert layer.running_mean is not None
    assert bool((layer.running_mean == 0).all())


@pytest.mark.parametrize("name", ["batch", "batch-renorm"])
def test_frozen_statistics_stay_and_are_used_in_training(name: str) -> None:
    network = nn.Sequential(nn.Conv2d(5, 5, 1), make_norm(name)(5), nn.ReLU())
    network.train()
    before = {key: value.clone() for key, value in network[1].state_dict().items()}
    freeze_statistics(network)
    x = activations()
    out = network(x)
    assert torch.allclose(out, network[0](x).relu(), atol=1e-4)
    assert all(torch.equal(value, before[key]) for key, value in network[1].state_dict().items())
    assert network[0].training


def test_none_is_the_identity() -> None:
    x = activations()
    assert torch.equal(NORMS["none"](5)(x), x)
