"""Read the weights of MobileNetV2 that Keras publishes (HDF5), which are there for every width of the paper.

Keras names layers `block_3_expand` and stores kernels as (height, width, in, out); its batch norms add 1e-3 to the
variance where PyTorch's add 1e-5.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from unseen.errors import UnseenError
from unseen.models.mobilenet import STAGES

SUFFIXES = (".h5", ".hdf5")
KERAS_EPSILON, TORCH_EPSILON = 1e-3, 1e-5
_NORM = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
_STEPS = {"expand": ("conv_pw", "bn1"), "depthwise": ("conv_dw", "bn2"), "project": ("conv_pwl", "bn3")}
_FIRST_STEPS = {"depthwise": ("conv_dw", "bn1"), "project": ("conv_pw", "bn2")}


def read_keras(path: Path) -> dict[str, Tensor]:
    """Read a weight file of Keras Applications' MobileNetV2 by the names used here; its classifier is left behind."""
    layers = layer_names()
    tensors: dict[str, Tensor] = {}
    for layer, name, values in _arrays(path):
        if layer in layers:
            parameter = _NORM.get(name, "weight")
            tensors[f"{layers[layer]}.{parameter}"] = _turned(name, values)
    if not tensors:
        raise UnseenError(f"{path} holds no layer of Keras' MobileNetV2: use one of its weight files, or .safetensors")
    return tensors


def layer_names() -> dict[str, str]:
    """Return the name here of every layer of Keras' MobileNetV2."""
    names = {"Conv1": "conv_stem", "bn_Conv1": "bn1", "Conv_1": "conv_head", "Conv_1_bn": "bn2"}
    number = 0
    for stage, (_, _, repeats, _) in enumerate(STAGES):
        for repeat in range(repeats):
            theirs, steps = (f"block_{number}", _STEPS) if number else ("expanded_conv", _FIRST_STEPS)
            for step, (layer, norm) in steps.items():
                names[f"{theirs}_{step}"] = f"blocks.{stage}.{repeat}.{layer}"
                names[f"{theirs}_{step}_BN"] = f"blocks.{stage}.{repeat}.{norm}"
            number += 1
    return names


def _arrays(path: Path) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield layer, weight name without its number, and values of every array in the file."""
    try:
        import h5py
    except ModuleNotFoundError:
        raise UnseenError(f"{path} is HDF5, which needs h5py: pip install 'unseen[keras]'") from None
    found: list[tuple[str, str, np.ndarray]] = []

    def visit(name: str, node: object) -> None:
        if isinstance(node, h5py.Dataset):
            parts = name.removeprefix("model_weights/").split("/")
            found.append((parts[0], parts[-1].partition(":")[0], np.asarray(node, np.float32)))

    try:
        with h5py.File(path) as file:
            file.visititems(visit)
    except OSError as error:
        raise UnseenError(f"{path} is not a weight file of Keras ({error}): download it again") from None
    yield from found


def _turned(name: str, values: np.ndarray) -> Tensor:
    if name == "moving_variance":
        values = values + np.float32(KERAS_EPSILON - TORCH_EPSILON)
    if name == "depthwise_kernel":
        values = values.transpose(2, 3, 0, 1)
    elif name == "kernel":
        values = values.transpose(3, 2, 0, 1)
    return torch.from_numpy(np.ascontiguousarray(values))
