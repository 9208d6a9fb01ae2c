"""Write a network in every format that `unseen doctor` opens: ONNX, Keras, TensorFlow Lite, PyTorch's two."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bench.foreign_networks import Network, weights_of
from bench.tflite_graph import write_tflite
from unseen.foreign.keras_file import keras
from unseen.records import Float32Array


class Whole(nn.Module):
    """A network with what it does itself before and after its layers."""

    def __init__(self, network: Network, *, softmax: bool) -> None:
        super().__init__()
        scale, offset = network.scaling or ((1.0,), (0.0,))
        self.scale = nn.Buffer(torch.tensor(scale)[:, None, None])
        self.offset = nn.Buffer(torch.tensor(offset)[:, None, None])
        self.network, self.scales, self.softmax = network.module, network.scaling is not None, softmax
        self.channels_last = network.reading.layout == "nhwc"

    def forward(self, photos: Tensor) -> Tensor:
        """(N, C, H, W) or (N, H, W, C) float32 to (N, classes)."""
        first = photos.permute(0, 3, 1, 2) if self.channels_last else photos
        scaled = first * self.scale + self.offset if self.scales else first
        logits: Tensor = self.network(scaled)
        return torch.softmax(logits, 1) if self.softmax else logits


def _example(network: Network) -> Tensor:
    side, channels = network.reading.height_px, network.channels
    return (
        torch.zeros(2, side, side, channels)
        if network.reading.layout == "nhwc"
        else torch.zeros(2, channels, side, side)
    )


def write_onnx(network: Network, path: Path, *, softmax: bool) -> None:
    """Write an ONNX file as `torch.onnx.export` does."""
    torch.onnx.export(
        Whole(network, softmax=softmax).eval(), (_example(network),), path, dynamo=True, verbose=False,
        dynamic_shapes={"photos": {0: torch.export.Dim("batch")}}, external_data=False,
    )  # fmt: skip


def write_torchscript(network: Network, path: Path, *, softmax: bool) -> None:
    """Write a TorchScript file as `torch.jit.trace` does."""
    whole = Whole(network, softmax=softmax).eval()
    torch.jit.save(torch.jit.trace(whole, _example(network)), path)  # type: ignore[no-untyped-call]


def write_pt2(network: Network, path: Path, *, softmax: bool) -> None:
    """Write a file of `torch.export`."""
    shapes = {"photos": {0: torch.export.Dim("batch")}}
    program = torch.export.export(Whole(network, softmax=softmax).eval(), (_example(network),), dynamic_shapes=shapes)
    torch.export.save(program, path)


def write_keras(network: Network, path: Path, *, softmax: bool) -> None:
    """Write .keras or .h5, by the ending."""
    keras_model(network, softmax=softmax).save(path)


def keras_model(network: Network, *, softmax: bool) -> Any:
    """Return the same network in Keras, channels last."""
    library = keras()
    made, side = library.layers, network.reading.height_px
    layers: list[Any] = [library.Input((side, side, network.channels))]
    if network.scaling:
        scale, offset = network.scaling
        one = len(set(scale)) == len(set(offset)) == 1
        layers.append(made.Rescaling(scale[0] if one else list(scale), offset[0] if one else list(offset)))
    weights: list[list[Float32Array]] = []
    flat: tuple[int, int] | None = None
    depth = network.channels
    for module, (kind, _) in zip(network.module, network.layers, strict=True):
        layer, values = keras_layer(module, kind, made)
        if kind == "flatten":
            flat = depth, side
        elif kind == "dense" and flat:  # from channels first to channels last
            values[0] = values[0].reshape(flat[0], flat[1], flat[1], -1).transpose(1, 2, 0, 3).reshape(values[0].shape)
            flat = None
        side = side - 2 if kind == "first" else side // 2 if kind == "pool" else side
        depth = module.out_channels if isinstance(module, nn.Conv2d) else depth
        layers.append(layer)
        weights += [values] if values else []
    model = library.Sequential([*layers, *([made.Softmax()] if softmax else [])])
    for layer, values in zip([one for one in model.layers if one.weights], weights, strict=True):
        layer.set_weights(values)
    return model


def keras_layer(module: nn.Module, kind: str, made: Any) -> tuple[Any, list[Float32Array]]:
    """Return the layer in Keras and its weights."""
    state = weights_of(module)
    if kind == "depthwise":
        return made.DepthwiseConv2D(3, padding="same"), [state["weight"].transpose(2, 3, 0, 1), state["bias"]]
    if kind in ("first", "conv", "point"):
        kernel = state["weight"].transpose(2, 3, 1, 0)
        padding = "valid" if kind == "first" else "same"
        return made.Conv2D(kernel.shape[3], kernel.shape[0], padding=padding), [kernel, state["bias"]]
    if kind == "bn":
        names = ("weight", "bias", "running_mean", "running_var")
        return made.BatchNormalization(epsilon=1e-3), [state[name] for name in names]
    if kind == "dense":
        return made.Dense(len(state["bias"])), [np.ascontiguousarray(state["weight"].T), state["bias"]]
    simple: dict[str, Callable[[], Any]] = {
        "relu": made.ReLU, "relu6": lambda: made.ReLU(6.0), "pool": made.MaxPooling2D, "flatten": made.Flatten,
        "mean": made.GlobalAveragePooling2D,
    }  # fmt: skip
    return simple[kind](), []


def write_labels(network: Network, model: Path) -> None:
    """Write the classes beside a model, numbered as Teachable Machine does."""
    lines = [f"{i} {name}\n" for i, name in enumerate(network.classes)]
    (model.parent / f"{model.stem}_labels.txt").write_text("".join(lines))


WRITERS: dict[str, Callable[..., None]] = {
    "onnx": write_onnx, "h5": write_keras, "keras": write_keras, "tflite": write_tflite, "pt": write_torchscript,
    "pt2": write_pt2,
}  # fmt: skip
LAYOUTS = {"onnx": "nchw", "h5": "nhwc", "keras": "nhwc", "tflite": "nhwc", "int8": "nhwc", "pt": "nchw", "pt2": "nchw"}
