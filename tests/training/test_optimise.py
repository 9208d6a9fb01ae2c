from dataclasses import replace

import pytest
import torch
from torch.nn.functional import one_hot

from tests.training.tiny import RUNTIME, SIDE_PX, network
from unseen.augment.mixup import MixUp
from unseen.augment.pipeline import Augment
from unseen.augment.policy import POLICIES
from unseen.models.classifier import unfreeze
from unseen.seeds import derive
from unseen.training.objective import Objective
from unseen.training.optimise import GRADIENT_NORM, STAGE_DECAY, Batch, Stepper, parameter_groups


def test_each_stage_nearer_the_input_learns_slower_and_only_matrices_decay() -> None:
    model = network()
    groups = parameter_groups(model, 0.1, 0.02)
    peaks = {}
    for group in groups:
        parameters = group["params"]
        assert isinstance(parameters, list)
        for parameter in parameters:
            peaks[id(parameter)] = group["peak"]
            assert group["weight_decay"] == (0.02 if parameter.ndim > 1 else 0.0)
    for name, parameter in model.named_parameters():
        distance = 0 if name.startswith("head") else 1 - int(name.split(".")[2])
        assert peaks[id(parameter)] == pytest.approx(0.1 * STAGE_DECAY**distance), name
    assert len(peaks) == len(list(model.parameters()))


def test_frozen_stages_are_in_no_group() -> None:
    model = network()
    unfreeze(model.backbone, "none")
    held = [p for group in parameter_groups(model, 0.1, 0.02) for p in group["params"]]  # type: ignore[attr-defined]
    assert {id(p) for p in held} == {id(p) for p in model.head.parameters()}


def stepper(seed: int = 1) -> Stepper:
    model = network(seed, dropout=0.5).train()
    optimiser = torch.optim.SGD(parameter_groups(model, 1.0, 0.0), lr=1.0)
    return Stepper(model, Augment(POLICIES["none"], SIDE_PX, "squash"), optimiser, Objective(None, 0.0), RUNTIME)


def batch(seed: int = 5, scale: int = 1) -> Batch:
    canvas = torch.randint(0, 256, (8, 20, 20, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))
    return Batch(canvas, torch.tensor([[20, 20]] * 8), torch.arange(8) % 4, seed)


def test_a_step_lowers_the_loss_and_counts_right_answers() -> None:
    training = stepper()
    losses = [float(training.step(batch(), 0.05)[0]) for _ in range(30)]
    assert losses[-1] < losses[0] / 2
    assert int(training.step(batch(), 0.0)[1]) >= 6


def test_the_share_scales_each_groups_own_peak() -> None:
    training = stepper()
    training.step(batch(), 0.25)
    for group in training.optimiser.param_groups:
        assert group["lr"] == pytest.approx(group["peak"] * 0.25)


def test_no_rate_is_no_change() -> None:
    training = stepper()
    before = [p.clone() for p in training.model.parameters()]
    training.step(batch(), 0.0)
    assert all(torch.equal(p, old) for p, old in zip(training.model.parameters(), before, strict=True))


def test_a_mixture_is_learnt_as_the_shares_it_is_made_of() -> None:
    plain, mixing = stepper(), replace(stepper(), mixup=1.0)
    for training in (plain, mixing):
        training.model.eval()
    whole, mixed = (float(training.step(batch(), 0.0)[0]) for training in (plain, mixing))
    pixels, shares = MixUp.draw(len(batch().targets), 1.0, derive(5, "mixup")).apply(
        batch().augmented(plain.augment, plain.runtime.device), one_hot(batch().targets, 4).float()
    )
    with torch.inference_mode():
        logits = plain.model.from_pixels(pixels)
    assert mixed == pytest.approx(float(-(shares * logits.log_softmax(1)).sum(1).mean()), rel=1e-4)
    assert mixed != pytest.approx(whole, rel=2e-4)


def test_gradients_are_clipped_to_the_norm() -> None:
    training = stepper()
    with torch.no_grad():
        training.model.head[2].weight.mul_(1e4)  # type: ignore[operator]
    training.step(batch(), 0.0)
    total = torch.sqrt(sum((p.grad**2).sum() for p in training.model.parameters() if p.grad is not None))  # type: ignore[arg-type]
    assert float(total) == pytest.approx(GRADIENT_NORM, rel=1e-3)


def test_dropout_is_a_function_of_the_batchs_seed() -> None:
    losses = []
    for seed, disturb in ((5, 0), (5, 99), (6, 0)):
        training = stepper()
        torch.manual_seed(disturb)
        losses.append(float(training.step(batch(seed), 0.0)[0]))
    assert losses[0] == losses[1] != losses[2]
