"""Average a model's weights over training steps, exponentially.

The average of late weights generalises better than the last ones (Izmailov et al., 2018, arXiv:1803.05407).
"""

import copy

import torch
from torch import nn

from unseen.models.classifier import Classifier

# The average spans about this share of all steps, and at least 10.
HORIZON_SHARE = 1 / 15
LEAST_HORIZON = 10


class MovingAverage:
    """An averaged copy of a model, in evaluation mode, without gradients."""

    def __init__(self, model: Classifier, steps: int) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = 1 - 1 / max(LEAST_HORIZON, steps * HORIZON_SHARE)

    def update(self, model: Classifier, step: int) -> None:
        """Move towards `model` after `step` (from 0); early steps move it further, so that the start is forgotten."""
        decay = min(self.decay, (1 + step) / (10 + step))
        follow(self.model, model, 1 - decay)


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, share: float) -> None:
    """Move the weights and statistics of `average` by `share` of the way to those of `model`; counters are copied."""
    averaged, current = average.state_dict(), model.state_dict()
    floating = [name for name, value in averaged.items() if value.is_floating_point()]
    torch._foreach_lerp_([averaged[n] for n in floating], [current[n] for n in floating], share)
    for name, value in averaged.items():
        if not value.is_floating_point():
            value.copy_(current[name])
