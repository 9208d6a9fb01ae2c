"""Normalisation layers by name: `none`, `batch`, or `batch-renorm`, for (N, C, H, W) activations."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

BATCH_NORM_EPSILON = 1e-5


class BatchRenorm2d(nn.BatchNorm2d):
    """Batch renormalisation: train with the statistics that evaluation will use, even in small batches.

    Ioffe, 2017, "Batch Renormalization", arXiv:1702.03275. The batch-normalised value is corrected by
    r = std_batch / std_running and d = (mean_batch - mean_running) / std_running, both treated as constants and
    clipped. With r = 1, d = 0 it is batch normalisation, and so it starts: the paper keeps that for 5,000 of
    160,000 steps, then widens r to 3 by step 40,000 and d to 5 by step 25,000. Runs here are far shorter, so the
    schedule is in shares of `warmup_steps` (the paper's 40,000): 1/8 plain, d open at 5/8, r open at 1.
    """

    r_limit = 3.0
    d_limit = 5.0

    def __init__(self, channels: int, warmup_steps: int = 400) -> None:
        # momentum 0.1 (PyTorch's convention) is 10 times the paper's 0.01: short runs must reach their statistics
        super().__init__(channels, eps=BATCH_NORM_EPSILON)
        self.warmup_steps = warmup_steps

    def limits(self) -> tuple[Tensor, Tensor]:
        """Return the present clip limits of r (1 to 3) and d (0 to 5)."""
        assert self.num_batches_tracked is not None
        share = self.num_batches_tracked.float() / self.warmup_steps
        r_share = ((share - 1 / 8) / (7 / 8)).clamp(0, 1)
        d_share = ((share - 1 / 8) / (4 / 8)).clamp(0, 1)
        return 1 + (self.r_limit - 1) * r_share, self.d_limit * d_share

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        if not self.training:
            return super().forward(x)
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
        std = torch.sqrt(variance + self.eps)
        with torch.no_grad():
            running_std = torch.sqrt(self.running_var + self.eps)
            r_limit, d_limit = self.limits()
            r = torch.clamp(std / running_std, 1 / r_limit, r_limit)
            d = torch.clamp((mean - self.running_mean) / running_std, -d_limit, d_limit)
            self.running_mean += 0.1 * (mean - self.running_mean)
            self.running_var += 0.1 * (variance - self.running_var)
            self.num_batches_tracked += 1
        scale = r / std * self.weight
        shift = (d - mean * r / std) * self.weight + self.bias
        return x * scale[:, None, None] + shift[:, None, None]


NORMS: dict[str, Callable[[int], nn.Module]] = {
    "none": lambda channels: nn.Identity(),  # noqa: ARG005
    "batch": lambda channels: nn.BatchNorm2d(channels, eps=BATCH_NORM_EPSILON),
    "batch-renorm": BatchRenorm2d,
}


def make_norm(name: str) -> Callable[[int], nn.Module]:
    """Return the maker of the layer called `name`: channels in, module out."""
    return NORMS[name]


def freeze_statistics(network: nn.Module) -> None:
    """Put every normalisation layer in evaluation mode: its running statistics are used and stay as they are."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
