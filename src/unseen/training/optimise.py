"""Update a classifier's weights by one optimisation step."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen import seeds
from unseen.augment.mixup import MixUp
from unseen.augment.pipeline import Augment
from unseen.models.classifier import Classifier
from unseen.runtime import Runtime
from unseen.training.objective import Objective

# The learning rate of each stage is this share of that of the stage after it: early features are general
# (Howard and Ruder, 2018, arXiv:1801.06146, discriminative fine-tuning).
STAGE_DECAY = 0.8
GRADIENT_NORM = 5.0


def parameter_groups(model: Classifier, learning_rate: float, weight_decay: float) -> list[dict[str, object]]:
    """Group the trainable parameters by stage; each group knows its own peak rate as `peak`.

    Weights of one axis (biases, normalisation) are not decayed: shrinking them regularises nothing.
    """
    stages: list[tuple[float, list[nn.Module]]] = [(1.0, [model.head])]
    for distance, (_, modules) in enumerate(reversed(model.backbone.stages())):
        stages.append((STAGE_DECAY**distance, modules))
    groups: list[dict[str, object]] = []
    for share, modules in stages:
        parameters = [p for module in modules for p in module.parameters() if p.requires_grad]
        for decay, chosen in (
            (weight_decay, [p for p in parameters if p.ndim > 1]),
            (0.0, [p for p in parameters if p.ndim < 2]),
        ):
            if chosen:
                peak = learning_rate * share
                groups.append({"params": chosen, "weight_decay": decay, "lr": peak, "peak": peak})
    return groups


@dataclass(frozen=True, slots=True)
class Batch:
    """Photos on one canvas (N, H, W, 3 or 4) uint8, their shapes (N, 2), class indices (N,) and the step's seed.

    side_px: what augmented photos are reduced to, if at all.
    """

    canvas: Tensor
    shapes: Tensor
    targets: Tensor
    seed: int
    side_px: int | None = None

    def augmented(self, augment: Augment, device: torch.device) -> Tensor:
        """Return the augmented photos that the model is given, (N, 3, S, S) float32 in 0..255."""
        photos: Tensor = augment(self.canvas.to(device), self.shapes.to(device), self.seed, self.targets.to(device))
        return photos


@dataclass(frozen=True, slots=True)
class Stepper:
    """Everything one step needs besides the batch. mixup: strength, 0 for none."""

    model: Classifier
    augment: Augment
    optimiser: torch.optim.Optimizer
    objective: Objective
    runtime: Runtime
    mixup: float = 0.0

    def step(self, batch: Batch, rate_share: float) -> tuple[Tensor, Tensor]:
        """Update the weights once; return the loss and the number of correct predictions, both scalars on the device.

        A mixture of two photos counts as correct where the label of its larger part is predicted.
        """
        targets = batch.targets.to(self.runtime.device)
        pixels, labels = batch.augmented(self.augment, self.runtime.device), targets
        if batch.side_px:
            pixels = F.interpolate(pixels, (batch.side_px,) * 2, mode="bilinear", antialias=True, align_corners=False)
        if self.mixup:
            shares = F.one_hot(targets, self.model.head.classes).float()
            mix = MixUp.draw(len(pixels), self.mixup, seeds.derive(batch.seed, "mixup"))
            pixels, labels = mix.apply(pixels, shares)
        torch.manual_seed(batch.seed)  # dropout
        with self.runtime.autocast():
            logits = self.model.from_pixels(pixels.contiguous(memory_format=torch.channels_last))
        loss = self.objective(logits, labels)
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * rate_share
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), GRADIENT_NORM)
        self.optimiser.step()
        return loss.detach(), (logits.argmax(1) == targets).sum()
