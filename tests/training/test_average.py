import pytest
import torch

from tests.training.tiny import network
from unseen.training.average import MovingAverage


def test_the_average_follows_the_stated_decay() -> None:
    model = network()
    average = MovingAverage(model, steps=600)  # looks back over 40 steps
    start = model.head.state_dict()["2.bias"].clone()
    moved = start + 10.0
    model.head.load_state_dict({**model.head.state_dict(), "2.bias": moved})
    expected = start
    for step in range(500):
        decay = min(1 - 1 / 40, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * moved
        average.update(model, step)
        if step in (0, 5, 20):
            assert torch.allclose(average.model.head.state_dict()["2.bias"], expected, atol=1e-4)
    assert torch.allclose(average.model.head.state_dict()["2.bias"], moved, atol=1e-3)


@pytest.mark.parametrize(("steps", "horizon"), [(10, 10), (150, 10), (1500, 100)])
def test_it_looks_back_over_a_fifteenth_and_ten_steps_at_least(steps: int, horizon: int) -> None:
    assert 1 / (1 - MovingAverage(network(), steps).decay) == pytest.approx(horizon)


def test_it_is_a_copy_in_evaluation_without_gradients_and_counters_are_copied() -> None:
    model = network().train()
    average = MovingAverage(model, 100)
    assert not average.model.training
    assert not any(p.requires_grad for p in average.model.parameters())
    model(torch.zeros(4, 20, 20, 3, dtype=torch.uint8))
    assert not torch.equal(
        average.model.state_dict()["backbone.layers.0.1.running_mean"],
        model.state_dict()["backbone.layers.0.1.running_mean"],
    )
    average.update(model, 0)
    assert int(average.model.state_dict()["backbone.layers.0.1.num_batches_tracked"]) == 1
