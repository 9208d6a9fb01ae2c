"""Adapt the batch-norm statistics of a trained backbone to photos without labels.

Activations shift with room, light and camera, and statistics measured on the training photos then normalise them
wrongly. Mixing in those of the new photos corrects part of that (Schneider et al., 2020, "Improving
robustness against common corruptions by covariate shift adaptation", arXiv:2006.16971).
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from unseen.errors import UnseenError
from unseen.locate.network_input import input_batches
from unseen.models.backbone import Backbone
from unseen.models.preprocess import Preprocess
from unseen.progress import Progress
from unseen.records import Float32Array, Images, Int64Array

# The training statistics count as much as this many photos: 16 is what the paper recommends for few photos.
PRIOR_PHOTOS = 16
# Largest weight of the new statistics. The paper goes to 1, for noise and blur on the same photos; on photos of other
# people and rooms, more than this cost a fine-tuned network 2 to 15 points of accuracy (docs/log.md).
MOST_SHARE = 0.1
BATCH = 32


class _Layer:
    """The statistics of one batch norm: its original ones, and sums over the batches of new photos so far."""

    def __init__(self, norm: nn.BatchNorm2d, share: float) -> None:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        self.norm, self.share = norm, share
        self.mean, self.var = norm.running_mean.clone(), norm.running_var.clone()
        self.count = 0
        self.first, self.second = torch.zeros_like(self.mean), torch.zeros_like(self.var)

    def measure(self, x: Tensor) -> None:
        """Add the batch `x` (N, C, H, W), and mix the sums so far into the statistics in use."""
        assert self.norm.running_mean is not None
        assert self.norm.running_var is not None
        var, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
        self.first += len(x) * mean
        self.second += len(x) * (var + mean.square())
        self.count += len(x)
        mean = self.first / self.count
        var = (self.second / self.count - mean.square()).clamp(min=0)
        self.norm.running_mean.copy_(torch.lerp(self.mean, mean, self.share))
        self.norm.running_var.copy_(torch.lerp(self.var, var, self.share))


def adapt_statistics(
    backbone: Backbone,
    preprocess: Preprocess,
    photos: Images,
    positions: Int64Array,
    share: float,
    device: torch.device,
    progress: Progress,
    boxes: Float32Array | None = None,
) -> None:
    """Mix the statistics of the photos at `positions` into every batch norm of `backbone`, with weight `share`, 0 to 1.

    Each layer is measured on the output of the adapted layers before it. Raises `UnseenError` where the backbone has no
    batch norm.
    """
    stages = nn.ModuleList(module for _, modules in backbone.stages() for module in modules)
    norms = [module for module in stages.modules() if isinstance(module, nn.BatchNorm2d)]
    if not norms:
        raise UnseenError(
            "the network of this run has no batch normalisation, so --adapt can change nothing: leave it out"
        )
    backbone.to(device).eval()
    hooks = [norm.register_forward_pre_hook(partial(_hook, _Layer(norm, share).measure)) for norm in norms]
    try:
        with torch.inference_mode(), progress.task("adapt", len(positions), "photos") as task:
            for _, pixels in input_batches(preprocess, photos, positions, BATCH, boxes):
                backbone(preprocess.normalise(torch.from_numpy(pixels).to(device).float()))
                task.advance(len(pixels))
    finally:
        for hook in hooks:
            hook.remove()


def _hook(measure: Callable[[Tensor], None], module: nn.Module, inputs: tuple[Tensor, ...]) -> None:  # noqa: ARG001
    measure(inputs[0])
