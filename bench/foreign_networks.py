"""Train small networks as other people do, each with its own way to prepare photos.

A network is a list of layers, so that the same one is written in PyTorch, Keras and TensorFlow Lite. Its first
convolution has no padding: a change of scale or channel order goes into its weights exactly, and one trained network
stands for many that want photos prepared otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.scaling import AFFINE, network_batch, pixels_of
from unseen.records import Float32Array, Images, Int64Array

Layer = tuple[str, int]
FAMILIES: dict[str, tuple[Layer, ...]] = {
    "cnn": (
        ("first", 16), ("relu", 0), ("pool", 0), ("conv", 32), ("relu", 0), ("pool", 0), ("conv", 64), ("relu", 0),
        ("pool", 0), ("flatten", 0), ("dense", 64), ("relu", 0),
    ),
    "mobile": (
        ("first", 16), ("bn", 0), ("relu6", 0), ("pool", 0), ("depthwise", 0), ("bn", 0), ("relu6", 0), ("point", 32),
        ("bn", 0), ("pool", 0), ("depthwise", 0), ("bn", 0), ("relu6", 0), ("point", 64), ("bn", 0), ("relu6", 0),
        ("pool", 0), ("depthwise", 0), ("bn", 0), ("relu6", 0), ("point", 96), ("bn", 0), ("relu6", 0), ("mean", 0),
    ),
    "vgg": (
        ("first", 16), ("relu", 0), ("conv", 16), ("relu", 0), ("pool", 0), ("conv", 32), ("relu", 0), ("conv", 32),
        ("relu", 0), ("pool", 0), ("conv", 48), ("relu", 0), ("pool", 0), ("flatten", 0), ("dense", 48), ("relu", 0),
    ),
    # drawn networks alone: of photos of up to 192 pixels
    "lenet": (
        ("first", 8), ("relu", 0), ("pool", 0), ("conv", 16), ("relu", 0), ("pool", 0), ("conv", 24), ("relu", 0),
        ("pool", 0), ("conv", 32), ("bn", 0), ("relu", 0), ("pool", 0), ("flatten", 0), ("dense", 32), ("relu", 0),
    ),
    "separable": (
        ("first", 12), ("bn", 0), ("relu", 0), ("pool", 0), ("depthwise", 0), ("point", 24), ("bn", 0), ("relu", 0),
        ("pool", 0), ("depthwise", 0), ("point", 32), ("bn", 0), ("relu", 0), ("pool", 0), ("depthwise", 0),
        ("point", 48), ("bn", 0), ("relu", 0), ("pool", 0), ("conv", 64), ("bn", 0), ("relu", 0), ("mean", 0),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Network:
    """A network and how it wants its photos. module: in PyTorch, channels first, giving logits.

    classes: in the order of the outputs. scaling: (scale, offset) a channel that it applies to its input itself,
    `None` where it does not.
    """

    family: str
    reading: Reading
    channels: int
    classes: tuple[str, ...]
    module: nn.Sequential
    scaling: tuple[tuple[float, ...], tuple[float, ...]] | None = None

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, the last one too."""
        return (*FAMILIES[self.family], ("dense", len(self.classes)))


def torch_network(family: str, channels: int, side_px: int, classes: int) -> nn.Sequential:
    """Return the network of a family in PyTorch, giving logits."""
    layers: list[nn.Module] = []
    depth, side = channels, side_px
    for kind, width in FAMILIES[family]:
        if kind in ("first", "conv", "point", "depthwise"):
            size = 1 if kind == "point" else 3
            out, groups = (depth, depth) if kind == "depthwise" else (width, 1)
            padding = 0 if kind in ("first", "point") else 1
            layers.append(nn.Conv2d(depth, out, size, padding=padding, groups=groups))
            depth, side = out, side - 2 if kind == "first" else side
        elif kind == "dense":
            layers.append(nn.Linear(depth, width))
            depth = width
        elif kind == "mean":
            layers.append(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))
        elif kind == "flatten":
            layers.append(nn.Flatten())
            depth *= side * side
        elif kind == "bn":
            layers.append(nn.BatchNorm2d(depth, eps=1e-3))
        else:
            layers.append({"relu": nn.ReLU(), "relu6": nn.ReLU6(), "pool": nn.MaxPool2d(2)}[kind])
            side = side // 2 if kind == "pool" else side
    return nn.Sequential(*layers, nn.Linear(depth, classes))


def untrained(family: str, classes: tuple[str, ...], reading: Reading, channels: int, seed: int) -> Network:
    """Return a network of random weights."""
    torch.manual_seed(seed)
    return Network(
        family, reading, channels, classes, torch_network(family, channels, reading.height_px, len(classes)).eval()
    )


def train(
    network: Network, images: Images, labels: Int64Array, epochs: int, seed: int = 0, accuracy: float = 0.99
) -> float:
    """Train on decoded photos, with small shifts, for so many epochs or until that accuracy; return what is reached.

    `Network.reading` has a scale near 1, as the optimiser wants it.
    """
    batch = prepared(network, images)
    target = torch.from_numpy(labels)
    optimiser = torch.optim.Adam(network.module.parameters(), lr=2e-3)
    rng = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        network.module.train()
        right = 0
        for rows in torch.randperm(len(batch), generator=rng).split(64):  # type: ignore[no-untyped-call]
            shift = torch.randint(-3, 4, (2,), generator=rng).tolist()
            optimiser.zero_grad()
            logits = network.module(torch.roll(batch[rows], shift, dims=(2, 3)))
            nn.functional.cross_entropy(logits, target[rows]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            right += int((logits.argmax(1) == target[rows]).sum())
        if right / len(batch) > accuracy:
            break
    _settle(network.module, batch)
    with torch.inference_mode():
        said = torch.cat([network.module(part).argmax(1) for part in torch.tensor_split(batch, 9)])
    return float((said == target).float().mean())


def _settle(module: nn.Module, batch: Tensor) -> None:
    """Take the statistics of batch norms from all photos anew: those of a few short epochs lag behind the weights."""
    norms = [one for one in module.modules() if isinstance(one, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean
    module.train()
    with torch.no_grad():
        for part in batch.split(64):  # type: ignore[no-untyped-call]
            module(part)
    module.eval()


def prepared(network: Network, images: Images) -> Tensor:
    """Return the photos as the network wants them, channels first."""
    reading = replace(network.reading, layout="nchw")
    pixels = np.stack([pixels_of(images[i], reading) for i in range(len(images))])
    return torch.from_numpy(network_batch(pixels, reading, network.channels))


def wanting(network: Network, reading: Reading) -> Network:
    """Return the network changed so that it wants `reading`, which differs from its own in scale, order and layout."""
    state = {name: value.clone().double() for name, value in network.module.state_dict().items()}
    if reading.scale != network.reading.scale:
        (old_mean, old_std), (mean, std) = (
            _statistics(one, network.channels) for one in (network.reading, replace(reading, order="rgb"))
        )
        weight = state["0.weight"]  # old input = (new input * std + mean - old mean) / old std
        offset, scale = (torch.from_numpy(one) for one in ((mean - old_mean) / old_std, std / old_std))
        state["0.bias"] += (weight * offset[None, :, None, None]).sum(dim=(1, 2, 3))
        state["0.weight"] = weight * scale[None, :, None, None]
    if (reading.order == "bgr") != (network.reading.order == "bgr"):
        state["0.weight"] = state["0.weight"].flip(1)
    return replace(network, reading=reading, module=_loaded(network, state))


def _statistics(reading: Reading, channels: int) -> tuple[np.ndarray, np.ndarray]:
    mean, std = (np.array(row, np.float64) for row in AFFINE[reading.scale])
    return (mean, std) if channels == 3 else (mean.mean(keepdims=True), std.mean(keepdims=True))


def scaling_itself(network: Network) -> Network:
    """Return the network with its scaling as a first layer, so that it wants grey levels as they are."""
    mean, std = _statistics(network.reading, network.channels)
    if network.reading.order == "bgr":
        mean, std = mean[::-1], std[::-1]
    scaling = tuple(map(float, 1 / std)), tuple(map(float, -mean / std))
    return replace(network, reading=replace(network.reading, scale="raw"), scaling=scaling)


def shuffled(network: Network, order: Sequence[int]) -> Network:
    """Return the network with its outputs, and their classes with them, in another order."""
    state = {name: value.clone() for name, value in network.module.state_dict().items()}
    last = len(network.layers) - 1
    for name in (f"{last}.weight", f"{last}.bias"):
        state[name] = state[name][list(order)]
    return replace(network, module=_loaded(network, state), classes=tuple(network.classes[i] for i in order))


def _loaded(network: Network, state: dict[str, Tensor]) -> nn.Sequential:
    made = torch_network(network.family, network.channels, network.reading.height_px, len(network.classes))
    made.load_state_dict(state)
    return made.eval()


def weights_of(module: nn.Module) -> dict[str, Float32Array]:
    """Return a layer's weights by name."""
    return {name: value.numpy() for name, value in module.state_dict().items()}
