"""Any timm model as a backbone: needs the extra `unseen[timm]`."""

import importlib
from typing import Any

from torch import Tensor, nn

from unseen.errors import UnseenError
from unseen.models.backbone import Backbone
from unseen.models.preprocess import IMAGENET, Normalisation
from unseen.models.spec import BackboneOptions, HubWeights, ModelSpec


class TimmBackbone(Backbone):
    """A timm model without its classifier; its top-level children are the stages, containers opened."""

    def __init__(self, name: str, side_px: int) -> None:
        super().__init__()
        timm = import_timm()
        try:
            self.model = timm.create_model(name, pretrained=False, num_classes=0, img_size=side_px)
        except TypeError:  # convolutional models take any side and no img_size
            self.model = timm.create_model(name, pretrained=False, num_classes=0)
        self.features = int(self.model.num_features)

    def stages(self) -> list[tuple[str, list[nn.Module]]]:
        """Return the children in order; a `Sequential` or `ModuleList` counts one stage a member."""
        # class tokens and position embeddings belong to no child: they enter before the first
        tokens = nn.ParameterList(self.model.parameters(recurse=False))
        named: list[tuple[str, list[nn.Module]]] = [("tokens", [tokens])]
        for name, child in self.model.named_children():
            if isinstance(child, nn.Sequential | nn.ModuleList) and len(child):
                named += [(f"{name}.{i}", [part]) for i, part in enumerate(child)]
            else:
                named.append((name, [child]))
        return [(name, parts) for name, parts in named if any(list(p.parameters()) for p in parts)]

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) float32, normalised, to (N, D)."""
        out: Tensor = self.model(x)
        return out


def import_timm() -> Any:
    """Import timm, or say how to install it."""
    try:
        return importlib.import_module("timm")
    except (ImportError, RuntimeError) as error:  # RuntimeError: torchvision built for another torch
        raise UnseenError(
            f'timm cannot be imported ({error}): pip install "unseen[timm]", or use --model mobilenetv2'
        ) from error


def timm_spec(name: str) -> ModelSpec:
    """Return the spec of timm's `name`, with the side, normalisation and hub repository that timm states."""
    timm = import_timm()
    if not timm.is_model(name):
        raise UnseenError(f"timm has no model '{name}': see timm.list_models()")
    stated = timm.get_pretrained_cfg(name)
    normalisation, hub, side_px = IMAGENET, {}, 224
    if stated is not None:
        mean, std = (tuple(255 * v for v in values) for values in (stated.mean, stated.std))
        normalisation = Normalisation(mean, std)
        side_px = int(stated.input_size[-1])
        if stated.hf_hub_id:
            hub = {1.0: HubWeights(stated.hf_hub_id, normalisation=normalisation, licence="see its model card")}
    return ModelSpec(
        name=f"timm/{name}",
        build=lambda options: _build(name, options),
        side_px=side_px,
        text="a timm model",
        hub=hub,
        renames={"": "model."},
        scratch=normalisation,
    )


def _build(name: str, options: BackboneOptions) -> Backbone:
    return TimmBackbone(name, options.side_px)
