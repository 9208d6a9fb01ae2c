"""Fit a head on frozen features, in seconds.

Linear probing before fine-tuning keeps the pre-trained features from being distorted by a random head
(Kumar et al., 2022, "Fine-Tuning can Distort Pretrained Features", arXiv:2202.10054).
"""

import copy
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen import seeds
from unseen.augment.mixup import MixUp
from unseen.features.feature_set import FeatureSet
from unseen.models.head import Head
from unseen.progress import Progress
from unseen.runtime import one_thread
from unseen.training.adamw import HeadAdamW
from unseen.training.history import EpochRow, choose
from unseen.training.imbalance import epoch_order
from unseen.training.objective import make_objective
from unseen.training.schedule import warmup_cosine

BATCH = 128
EPOCHS = 60
# Bounds the cost on large sets: 3,000 steps take a few seconds whatever the number of photos.
MAX_STEPS = 3000
# 60 epochs of 200 photos are 120 steps, too few even for separable classes; 600 gave what 300 give (docs/log.md).
MIN_STEPS = 300
LEARNING_RATE = 2e-3


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """How to fit the head; `imbalance` is resolved.

    mixup: strength of MixUp among features (Verma et al., 2019, "Manifold Mixup", arXiv:1806.05236). steps: about how
    many there are; by default as many as 60 passes take, within `MIN_STEPS` and `MAX_STEPS`.
    """

    seed: int
    imbalance: str
    weight_decay: float
    label_smoothing: float
    mixup: float = 0.0
    steps: int | None = None


def fit_head(
    head: Head, train: FeatureSet, validation: FeatureSet, options: ProbeOptions, progress: Progress
) -> list[EpochRow]:
    """Fit `head` in place with AdamW; keep the epoch with the lowest validation loss, the last if there is none."""
    head.cpu()
    head.standardise.measure(torch.from_numpy(train.features))
    epoch_steps = -(-len(train.labels) // BATCH)
    usual = min(max(EPOCHS, MIN_STEPS // epoch_steps), MAX_STEPS // epoch_steps)
    epochs = max(1, options.steps // epoch_steps if options.steps else usual)
    optimiser = HeadAdamW(head.parameters(), options.weight_decay)
    rows: list[EpochRow] = []
    best: tuple[float, int, dict[str, Tensor]] | None = None
    with progress.task("head", epochs, "epochs") as task, one_thread():
        for epoch in range(epochs):
            started = time.perf_counter()
            loss, accuracy, rate = _fit_epoch(head, train, options, optimiser, epoch, epochs)
            held_out = head_loss(head, validation, options.label_smoothing)
            seconds = time.perf_counter() - started
            rows.append(EpochRow(epoch + 1, "head", loss, accuracy, *held_out, rate, seconds))
            if held_out[0] is not None and (best is None or held_out[0] < best[0]):
                best = (held_out[0], epoch, copy.deepcopy(head.state_dict()))
            task.advance(1, f"validation {held_out[1]:.3f}" if held_out[1] is not None else "")
    if best is not None:
        head.load_state_dict(best[2])
    head.eval()
    return choose(rows, epochs - 1 if best is None else best[1])


def fitted_copy(head: Head, train: FeatureSet, options: ProbeOptions, progress: Progress) -> Head:
    """Fit a copy of `head` on `train` alone, to its last epoch: whoever is asked later has no part in it."""
    copied = copy.deepcopy(head)
    torch.manual_seed(options.seed)
    nobody = FeatureSet(train.features[:0], train.labels[:0])
    fit_head(copied, train, nobody, options, progress)
    return copied


def _fit_epoch(
    head: Head, data: FeatureSet, options: ProbeOptions, optimiser: HeadAdamW, epoch: int, epochs: int
) -> tuple[float, float, float]:
    """Fit `head` for one of `epochs` passes over `data`.

    Returns mean loss (nats) and accuracy during it, and the last learning rate.
    """
    inputs, targets = torch.from_numpy(data.features), torch.from_numpy(data.labels)
    objective = make_objective(options.imbalance, data.labels, head.classes, options.label_smoothing)
    order = epoch_order(data.labels, options.imbalance, seeds.generator(options.seed, "probe", epoch))
    torch.manual_seed(seeds.derive(options.seed, "probe dropout", epoch))
    head.train()
    epoch_steps = -(-len(inputs) // BATCH)
    loss_sum, right, rate = 0.0, 0, 0.0
    for step, start in enumerate(range(0, len(order), BATCH)):
        chosen = torch.from_numpy(order[start : start + BATCH])
        rows, wanted = inputs[chosen], targets[chosen]
        if options.mixup:
            mix = MixUp.draw(len(chosen), options.mixup, seeds.derive(options.seed, "probe mixup", epoch, step))
            rows, wanted = mix.apply(rows, F.one_hot(wanted, head.classes).float())
        logits = head(rows)
        loss = objective(logits, wanted)
        rate = LEARNING_RATE * warmup_cosine(epoch * epoch_steps + step, epochs * epoch_steps)
        optimiser.step(loss, rate)
        loss_sum += float(loss.detach()) * len(chosen)
        right += int((logits.argmax(1) == targets[chosen]).sum())
    return loss_sum / len(order), right / len(order), rate


def head_loss(head: nn.Module, data: FeatureSet, label_smoothing: float) -> tuple[float | None, float | None]:
    """Return mean loss (nats, smoothed as in training) and accuracy of `head`; `None` where there is no photo."""
    if len(data.labels) == 0:
        return None, None
    head.eval()
    with torch.inference_mode():
        logits = head(torch.from_numpy(data.features))
        targets = torch.from_numpy(data.labels)
        loss = float(F.cross_entropy(logits, targets, label_smoothing=label_smoothing))
        return loss, float((logits.argmax(1) == targets).float().mean())
