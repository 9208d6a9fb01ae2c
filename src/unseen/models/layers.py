"""A model's settings in, its layers out, without photos or weights: what `unseen summary` shows."""

import torch
from torch import nn

from unseen.errors import UnseenError
from unseen.models.classifier import unfreeze
from unseen.models.head import Head
from unseen.models.registry import BackboneOptions, build_backbone, find_spec
from unseen.models.summary import LayerRow, summarise


def describe(
    model: str, width: float, head: str, norm: str, side_px: int | None, classes: int, unfreeze_stages: str
) -> list[LayerRow]:
    """Return the layers of backbone and head, in the order they run."""
    if classes < 2:
        raise UnseenError(f"{classes} classes asked: a classifier needs 2 or more")
    spec = find_spec(model)
    side = side_px or spec.side_px
    backbone = build_backbone(spec, BackboneOptions(side, width, norm=spec.norm if norm == "auto" else norm))
    unfreeze(backbone, unfreeze_stages)
    named = spec.head if head == "auto" else head
    network = nn.Sequential()
    network.add_module("backbone", backbone)
    network.add_module("head", Head(backbone.features, classes, named))
    return summarise(network, torch.zeros(1, 3, side, side))
