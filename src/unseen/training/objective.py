"""Compute the loss that training lowers: cross-entropy, weighted by class or focused on hard photos."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.probes.class_weights import class_weights
from unseen.records import Int64Array

# The focal loss's gamma (Lin et al., 2017, arXiv:1708.02002): 2 was best in their table 1b.
FOCUS = 2.0


@dataclass(frozen=True, slots=True)
class Objective:
    """Cross-entropy in nats with class weights (C,) and label smoothing.

    focus: the focal loss's gamma; a photo's loss is multiplied by (1 - p)^gamma, p being the probability of its class.
    """

    weights: Tensor | None
    label_smoothing: float
    focus: float = 0.0

    def to(self, device: torch.device) -> "Objective":
        """Return the loss for logits on `device`."""
        return self if self.weights is None else replace(self, weights=self.weights.to(device))

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss, a scalar, of logits (N, C) for class indices (N,) or shares of each class (N, C)."""
        logits = logits.float()
        if not self.focus:
            return F.cross_entropy(logits, targets, weight=self.weights, label_smoothing=self.label_smoothing)
        losses = F.cross_entropy(
            logits, targets, weight=self.weights, label_smoothing=self.label_smoothing, reduction="none"
        )
        shares = targets if targets.ndim == 2 else F.one_hot(targets, logits.shape[1])
        certain = (torch.softmax(logits, dim=1) * shares).sum(dim=1)
        return ((1 - certain).clamp(min=0) ** self.focus * losses).mean()


def make_objective(imbalance: str, labels: Int64Array, classes: int, label_smoothing: float) -> Objective:
    """Return the loss for `imbalance`, which is resolved: none, weights, sampling or focal. labels: of training."""
    weights = torch.from_numpy(class_weights(labels, classes)) if imbalance == "weights" else None
    return Objective(weights, label_smoothing, FOCUS if imbalance == "focal" else 0.0)
