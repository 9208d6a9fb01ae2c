"""What holds for every operation: drawing is all that is random, and applying is pure in its parameters."""

import copy

import pytest
import torch

from tests.augment.planted import CPU
from unseen.augment.batch_rng import BatchRng
from unseen.augment.operations import OPERATIONS, Operation
from unseen.augment.policy import Policy

ALWAYS = Policy(
    brightness=0.4, contrast=0.3, saturation=0.4, hue_degrees=20, shade=1, low_light=1, blur=1, noise=1, jpeg=1,
    erase=1, p_unchanged=0.0,
)  # fmt: skip


def photos() -> torch.Tensor:
    return torch.rand(6, 3, 24, 40, generator=torch.Generator().manual_seed(0)) * 255


def drawn(name: str, policy: Policy, seed: int = 3) -> Operation:
    return OPERATIONS[name].draw(BatchRng(seed, CPU), (6, 24, 40), policy)


@pytest.mark.parametrize("name", OPERATIONS)
def test_one_set_of_parameters_makes_one_result_and_stays_as_it_is(name: str) -> None:
    operation = drawn(name, ALWAYS)
    kept = copy.deepcopy(operation)
    first, again = operation.apply(photos()), operation.apply(photos())
    assert torch.equal(first, again)
    assert torch.equal(first, kept.apply(photos()))
    assert float((first - photos()).abs().max()) > 10


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_policy_that_leaves_it_out_changes_nothing(name: str) -> None:
    for policy in (Policy(p_unchanged=0.0), Policy(p_unchanged=1.0, brightness=0.5, shade=1, blur=1, noise=1, jpeg=1)):
        assert torch.allclose(drawn(name, policy).apply(photos()), photos(), atol=1e-3)
