"""Train small networks as other people do, each with its own preprocessing, and write them in every format.

A network is a list of layers, from which the same network is made in PyTorch and in Keras.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.scaling import network_batch, pixels_of
from unseen.records import Float32Array, Images, Int64Array

Layer = tuple[str, int] | tuple[str]
FAMILIES: dict[str, tuple[Layer, ...]] = {
    "cnn": (
        ("conv", 16), ("relu",), ("pool",), ("conv", 32), ("relu",), ("pool",), ("conv", 64), ("relu",), ("pool",),
        ("flatten",), ("dense", 64), ("relu",),
    ),
    "mobile": (
        ("conv", 16), ("bn",), ("relu6",), ("pool",), ("depthwise",), ("bn",), ("relu6",), ("point", 32), ("bn",),
        ("pool",), ("depthwise",), ("bn",), ("relu6",), ("point", 64), ("bn",), ("relu6",), ("pool",),
        ("depthwise",), ("bn",), ("relu6",), ("point", 96), ("bn",), ("relu6",), ("mean",),
    ),
    "vgg": (
        ("conv", 16), ("relu",), ("conv", 16), ("relu",), ("pool",), ("conv", 32), ("relu",), ("conv", 32), ("relu",),
        ("pool",), ("conv", 48), ("relu",), ("pool",), ("flatten",), ("dense", 48), ("relu",),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained network: its layers with their channels, the weights in PyTorch's order, and how it reads photos."""

    family: str
    reading: Reading
    channels: int
    classes: tuple[str, ...]
    module: nn.Sequential
    accuracy: float


def torch_network(family: str, channels: int, side_px: int, classes: int) -> nn.Sequential:
    """Return the network of a family in PyTorch, giving logits."""
    layers: list[nn.Module] = []
    depth, side = channels, side_px
    for layer in FAMILIES[family]:
        kind, width = layer[0], layer[1] if len(layer) > 1 else 0
        if kind in ("conv", "point", "depthwise"):
            size = 1 if kind == "point" else 3
            out, groups = (depth, depth) if kind == "depthwise" else (width, 1)
            layers.append(nn.Conv2d(depth, out, size, padding=size // 2, groups=groups))
            depth = out
        elif kind == "bn":
            layers.append(nn.BatchNorm2d(depth, eps=1e-3))
        elif kind in ("relu", "relu6"):
            layers.append(nn.ReLU() if kind == "relu" else nn.ReLU6())
        elif kind == "pool":
            layers.append(nn.MaxPool2d(2))
            side //= 2
        elif kind == "mean":
            layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        elif kind == "flatten":
            layers.append(nn.Flatten())
            depth *= side * side
        else:
            layers.append(nn.Linear(depth, width))
            depth = width
    return nn.Sequential(*layers, nn.Linear(depth, classes))


def train(
    family: str, images: Images, labels: Int64Array, classes: tuple[str, ...], reading: Reading, *, epochs: int = 12,
    channels: int = 3, seed: int = 0,
) -> Trained:  # fmt: skip
    """Train on decoded photos prepared as `reading` says, with small shifts, until the last epoch or 99.5%."""
    torch.manual_seed(seed)
    pixels = np.stack([pixels_of(images[i], reading) for i in range(len(images))])
    batch = torch.from_numpy(network_batch(pixels, _first(reading), channels))
    network = torch_network(family, channels, reading.height_px, len(classes))
    scale = 1 / max(1.0, float(batch.std()))  # a first layer that suits the numbers, as batch norm would make it
    with torch.no_grad():
        first = network[0]
        assert isinstance(first, nn.Conv2d)
        first.weight.mul_(scale)
    optimiser = torch.optim.Adam(
        [{"params": first.parameters(), "lr": 2e-3 * scale}, {"params": network[1:].parameters()}], lr=2e-3
    )
    target, accuracy = torch.from_numpy(labels), 0.0
    for _ in range(epochs):
        network.train()
        right = 0
        for rows in torch.randperm(len(batch)).split(64):
            shift = [int(one) for one in torch.randint(-3, 4, (2,))]
            part = torch.roll(batch[rows], shift, dims=(2, 3))
            optimiser.zero_grad()
            logits = network(part)
            nn.functional.cross_entropy(logits, target[rows]).backward()
            optimiser.step()
            right += int((logits.argmax(1) == target[rows]).sum())
        if right / len(batch) > 0.995:
            break
    network.eval()
    with torch.inference_mode():
        said = torch.cat([network(part).argmax(1) for part in batch.split(256)])
    accuracy = float((said == target).float().mean())
    return Trained(family, reading, channels, classes, network, accuracy)


def _first(reading: Reading) -> Reading:
    """Return the reading with channels first, as PyTorch takes them."""
    return Reading(
        reading.height_px, reading.width_px, reading.scale, reading.order, "nchw", reading.fit, reading.interpolation
    )


def shuffled(trained: Trained, order: Sequence[int]) -> Trained:
    """Return the network with its outputs in another order; its classes with them."""
    network = torch_network(trained.family, trained.channels, trained.reading.height_px, len(trained.classes))
    state = {name: value.clone() for name, value in trained.module.state_dict().items()}
    last = str(len(network) - 1)
    for name in (f"{last}.weight", f"{last}.bias"):
        state[name] = state[name][list(order)]
    network.load_state_dict(state)
    classes = tuple(trained.classes[i] for i in order)
    return Trained(trained.family, trained.reading, trained.channels, classes, network.eval(), trained.accuracy)


class Rescaled(nn.Module):
    """A network that divides by 255 itself, and gives probabilities where that is asked."""

    def __init__(self, network: nn.Module, divide: float, *, softmax: bool) -> None:
        super().__init__()
        self.network, self.divide, self.softmax = network, divide, softmax

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) float32 to (N, classes)."""
        scaled = photos / self.divide if self.divide != 1.0 else photos
        logits: torch.Tensor = self.network(scaled)
        return torch.softmax(logits, 1) if self.softmax else logits


def _example(trained: Trained) -> torch.Tensor:
    return torch.zeros(2, trained.channels, trained.reading.height_px, trained.reading.width_px)


def write_onnx(trained: Trained, path: Path, *, divide: float = 1.0, softmax: bool = False) -> None:
    """Write an ONNX file as `torch.onnx.export` does."""
    batch = {0: torch.export.Dim("batch")}
    torch.onnx.export(
        Rescaled(trained.module, divide, softmax=softmax).eval(), (_example(trained),), path, dynamo=True, verbose=False,
        dynamic_shapes={"photos": batch}, external_data=False,
    )  # fmt: skip


def write_torchscript(trained: Trained, path: Path, *, divide: float = 1.0, softmax: bool = False) -> None:
    """Write a TorchScript file as `torch.jit.trace` does."""
    torch.jit.save(torch.jit.trace(Rescaled(trained.module, divide, softmax=softmax).eval(), _example(trained)), path)


def write_pt2(trained: Trained, path: Path, *, divide: float = 1.0, softmax: bool = False) -> None:
    """Write a `torch.export` file."""
    batch = {0: torch.export.Dim("batch")}
    model = Rescaled(trained.module, divide, softmax=softmax).eval()
    torch.export.save(torch.export.export(model, (_example(trained),), dynamic_shapes={"photos": batch}), path)


def keras_network(trained: Trained, *, divide: float = 1.0, softmax: bool = True) -> Any:
    """Return the same network in Keras, channels last."""
    import keras

    layers: list[Any] = [keras.Input((trained.reading.height_px, trained.reading.width_px, trained.channels))]
    if divide != 1.0:
        layers.append(keras.layers.Rescaling(1 / divide))
    weights: list[list[Float32Array]] = []
    modules = [module for module in trained.module if not isinstance(module, nn.Flatten)]
    side = trained.reading.height_px
    kinds = [layer[0] for layer in FAMILIES[trained.family]]
    depth, flat = 0, False
    for module, kind in zip(modules, [*(k for k in kinds if k != "flatten"), "dense"], strict=True):
        flat = flat or (kind == "dense" and "flatten" in kinds and depth > 0 and not flat)
        layer, values = _keras_layer(module, kind, keras)
        if kind == "dense" and "flatten" in kinds and depth:
            layers.append(keras.layers.Flatten())
            kernel = values[0].reshape(depth, side, side, -1).transpose(1, 2, 0, 3)
            values[0], depth = kernel.reshape(-1, kernel.shape[-1]), 0
        layers.append(layer)
        weights.append(values)
        side = side // 2 if kind == "pool" else side
        depth = module.out_channels if isinstance(module, nn.Conv2d) else depth
    if softmax:
        layers.append(keras.layers.Softmax())
    model = keras.Sequential(layers)
    for layer, values in zip([x for x in model.layers if x.weights], [v for v in weights if v], strict=True):
        layer.set_weights(values)
    return model


def _keras_layer(module: nn.Module, kind: str, keras: Any) -> tuple[Any, list[Float32Array]]:
    state = {name: value.numpy() for name, value in module.state_dict().items()}
    if kind == "depthwise":
        kernel = state["weight"].transpose(2, 3, 0, 1)
        return keras.layers.DepthwiseConv2D(3, padding="same"), [kernel, state["bias"]]
    if kind in ("conv", "point"):
        kernel = state["weight"].transpose(2, 3, 1, 0)
        return keras.layers.Conv2D(kernel.shape[3], kernel.shape[0], padding="same"), [kernel, state["bias"]]
    if kind == "bn":
        names = ("weight", "bias", "running_mean", "running_var")
        return keras.layers.BatchNormalization(epsilon=1e-3), [state[name] for name in names]
    if kind == "dense":
        return keras.layers.Dense(len(state["bias"])), [state["weight"].T, state["bias"]]
    simple = {
        "relu": lambda: keras.layers.ReLU(), "relu6": lambda: keras.layers.ReLU(6.0),
        "pool": lambda: keras.layers.MaxPooling2D(), "mean": lambda: keras.layers.GlobalAveragePooling2D(),
    }  # fmt: skip
    return simple[kind](), []


def write_names(trained: Trained, folder: Path) -> None:
    """Write `labels.txt` as Teachable Machine does."""
    (folder / "labels.txt").write_text("".join(f"{i} {name}\n" for i, name in enumerate(trained.classes)))


def facts(trained: Trained) -> str:
    """Return what is known of a network as JSON."""
    return json.dumps({"family": trained.family, "reading": str(trained.reading), "accuracy": trained.accuracy})
