"""Count the parameters (trainable and frozen) and multiply-adds of each layer."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from unseen.models.backbone import Backbone


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer that has parameters."""

    name: str
    kind: str
    output: tuple[int, ...]
    trainable: int
    frozen: int
    multiply_adds: int


def summarise(network: nn.Module, inputs: Tensor) -> list[LayerRow]:
    """Run `network` once on `inputs` (a batch of one) and return its layers in the order they ran.

    Multiply-adds count convolutions and dense layers, as papers do; normalisation folds into them.
    """
    rows: list[LayerRow] = []
    hooks = []

    def record(name: str, module: nn.Module) -> None:
        def hook(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
            counts = {True: 0, False: 0}
            for parameter in module.parameters(recurse=False):
                counts[parameter.requires_grad] += parameter.numel()
            shape = tuple(output.shape[1:])
            rows.append(
                LayerRow(name, type(module).__name__, shape, counts[True], counts[False], _macs(module, output))
            )

        hooks.append(module.register_forward_hook(hook))

    for name, module in network.named_modules():
        if next(module.parameters(recurse=False), None) is not None:
            record(name, module)
    was_training = network.training
    try:
        network.eval()
        with torch.no_grad():
            network(inputs)
    finally:
        network.train(was_training)
        for handle in hooks:
            handle.remove()
    return rows


def stage_parameters(backbone: Backbone, head: nn.Module) -> list[tuple[str, int, int]]:
    """Return (stage, trainable, frozen) parameter counts, from the input to the head."""
    rows = []
    for name, modules in [*backbone.stages(), ("head", [head])]:
        parameters = [p for module in modules for p in module.parameters()]
        trainable = sum(p.numel() for p in parameters if p.requires_grad)
        rows.append((name, trainable, sum(p.numel() for p in parameters) - trainable))
    return rows


def _macs(module: nn.Module, output: Tensor) -> int:
    """Multiply-adds of one photo through `module`."""
    if isinstance(module, nn.Conv2d):
        return output[0].numel() * module.weight[0].numel()
    if isinstance(module, nn.Linear):
        return module.weight.numel()
    return 0
