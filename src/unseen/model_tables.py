"""List the built-in networks, and the layers of one of them, without photos or weights."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch
from torch import nn

from unseen.config import Unfreeze
from unseen.errors import SettingError
from unseen.models.classifier import unfreeze as unfreeze_stages
from unseen.models.head import Head
from unseen.models.spec import BackboneOptions
from unseen.models.summary import LayerRow, summarise
from unseen.registry import SPECS, build_backbone, find_spec


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One network at one width: counts without the head; `weights` is the hub repository or `builtin`, if any."""

    name: str
    width: float
    has_width: bool
    side_px: int
    parameters: int
    multiply_adds: int
    features: int
    weights: str | None

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy."""
        return asdict(self)


def list_models(widths: Sequence[float]) -> list[ModelRow]:
    """Return every built-in network, those with a width at each of `widths`."""
    rows = []
    for spec in SPECS.values():
        for width in widths if spec.has_width else (1.0,):
            backbone = build_backbone(spec, BackboneOptions(spec.side_px, width, norm=spec.norm))
            layers = summarise(backbone, torch.zeros(1, 3, spec.side_px, spec.side_px))
            hub = spec.hub.get(width)
            rows.append(
                ModelRow(
                    spec.name, width, spec.has_width, spec.side_px,
                    sum(layer.trainable + layer.frozen for layer in layers),
                    sum(layer.multiply_adds for layer in layers),
                    backbone.features, "builtin" if spec.builtin else hub.repository if hub else None,
                )
            )  # fmt: skip
    return rows


def describe(
    model: str,
    width: float,
    hidden_layers: Sequence[int] | None,
    norm: str,
    image_size: int | None,
    class_count: int,
    unfreeze: Unfreeze,
) -> list[LayerRow]:
    """Return the layers of backbone and head, in the order they run."""
    if class_count < 2:
        raise SettingError("classes", f"is {class_count}: a classifier needs 2 or more")
    spec = find_spec(model)
    side = image_size or spec.side_px
    backbone = build_backbone(spec, BackboneOptions(side, width, norm=spec.norm if norm == "auto" else norm))
    unfreeze_stages(backbone, unfreeze)
    hidden = spec.hidden_layers if hidden_layers is None else hidden_layers
    network = nn.Sequential()
    network.add_module("backbone", backbone)
    network.add_module("head", Head(backbone.features, class_count, hidden))
    return summarise(network, torch.zeros(1, 3, side, side))
