"""Update the few weights of a head by AdamW, without importing torch's compiler.

`torch.optim` imports the compiler at its first step, which takes over a second: a tenth of what 90 photos take to train
on. Fine-tuning, which takes minutes, uses `torch.optim.AdamW`.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

BETAS, EPSILON = (0.9, 0.999), 1e-8  # torch's own


class HeadAdamW:
    """AdamW (Loshchilov and Hutter, 2019, "Decoupled Weight Decay Regularization", arXiv:1711.05101).

    Every parameter is decayed by `weight_decay` times the learning rate of a step.
    """

    def __init__(self, parameters: Iterable[Tensor], weight_decay: float) -> None:
        self._parameters = [one for one in parameters if one.requires_grad]
        self._weight_decay = weight_decay
        self._moments = [(torch.zeros_like(one), torch.zeros_like(one)) for one in self._parameters]
        self._steps = 0

    def step(self, loss: Tensor, rate: float) -> None:
        """Lower `loss`, a scalar of one backward pass, by one step at the learning rate `rate`."""
        gradients = torch.autograd.grad(loss, self._parameters)
        self._steps += 1
        first_share, second_share = (1 - beta**self._steps for beta in BETAS)
        with torch.no_grad():
            for parameter, gradient, (first, second) in zip(self._parameters, gradients, self._moments, strict=True):
                parameter.mul_(1 - rate * self._weight_decay)
                first.lerp_(gradient, 1 - BETAS[0])
                second.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
                spread = (second / second_share).sqrt_().add_(EPSILON)
                parameter.addcdiv_(first, spread, value=-rate / first_share)
