"""Save and load checkpoints, so that the folder is complete at any moment; no pickle."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from unseen.errors import UnseenError
from unseen.runs import atomic_path, read_json, write_json

FACTS = "latest.json"
Stateful = nn.Module | torch.optim.Optimizer


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Named tensors, and JSON-ready facts such as the step and the history."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write `checkpoint`; the facts name the tensor file and are written last, so a kill leaves the previous one.

    A tensor file is never overwritten: older ones are removed once no facts name them.
    """
    name = f"step-{checkpoint.facts['step']:07d}.safetensors"
    with atomic_path(folder / name) as temporary:
        temporary.write_bytes(save({key: value.detach().contiguous() for key, value in checkpoint.tensors.items()}))
    write_json(folder / FACTS, {**checkpoint.facts, "tensors": name})
    for old in folder.glob("step-*.safetensors"):
        if old.name != name:
            old.unlink()


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """Return the latest checkpoint of `folder`, or `None` where there is none yet."""
    if not (folder / FACTS).exists():
        return None
    facts = read_json(folder / FACTS)
    name = str(facts.get("tensors", ""))
    path = folder / name
    if path.parent != folder or not path.is_file():
        raise UnseenError(f"{folder / FACTS} names tensors that are not there: delete {folder} to train again")
    try:
        return Checkpoint(load_file(path), facts)
    except SafetensorError as error:
        raise UnseenError(f"{path} is damaged ({error}): delete {folder} to train again") from None


def state_tensors(parts: Mapping[str, Stateful]) -> dict[str, Tensor]:
    """Return the state of networks and optimisers, each under its name."""
    found: dict[str, Tensor] = {}
    for name, part in parts.items():
        state = optimiser_tensors(part) if isinstance(part, torch.optim.Optimizer) else part.state_dict()
        found |= with_prefix(name, state)
    return found


def restore_states(parts: Mapping[str, Stateful], tensors: Mapping[str, Tensor]) -> None:
    """Undo `state_tensors`."""
    for name, part in parts.items():
        if isinstance(part, torch.optim.Optimizer):
            restore_optimiser(part, under_prefix(name, tensors))
        else:
            part.load_state_dict(under_prefix(name, tensors))


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Flatten an optimiser's state to `position.name` tensors."""
    state = optimiser.state_dict()["state"]
    return {f"{position}.{name}": torch.as_tensor(value) for position, s in state.items() for name, value in s.items()}


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Undo `optimiser_tensors`.

    A moment takes the memory format of its parameter: the fused AdamW walks both by address, so a contiguous
    moment of a channels-last parameter would be read in another order.
    """
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        position, name = key.split(".", 1)
        parameter = parameters[int(position)]
        restored = torch.empty_like(parameter).copy_(value) if value.shape == parameter.shape else value
        state.setdefault(int(position), {})[name] = restored
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def with_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors named `prefix/name`."""
    return {f"{prefix}/{name}": value for name, value in tensors.items()}


def under_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Undo `with_prefix`."""
    return {n.removeprefix(f"{prefix}/"): v for n, v in tensors.items() if n.startswith(f"{prefix}/")}
