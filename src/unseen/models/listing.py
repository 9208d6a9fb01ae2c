"""What `unseen models` lists: widths in, one row a network out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch

from unseen.models.registry import SPECS, BackboneOptions, build_backbone
from unseen.models.summary import summarise


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
