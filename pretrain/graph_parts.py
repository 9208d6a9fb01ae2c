"""Write the graphs of the built-in networks as parts that come with the package: `make parts`.

    python -m pretrain.graph_parts

To be run again when a file of weights changes, or the code of what is exported here; tests/locate/test_prebuilt.py says
when. A network with weights of its own joins `networks`.
"""

import copy
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.export import Dim

from unseen.config import TrainConfig
from unseen.export.bundle import INPUT, OUTPUTS
from unseen.locate.box_crop import BoxPreprocess, View
from unseen.locate.graph_names import BOXES, EXTENT, VIEW
from unseen.locate.hand_graph import hand_graph
from unseen.locate.hand_pose import describe_pose
from unseen.locate.hand_reader import HandReader, builtin_network
from unseen.locate.handnet import HANDNET, HandNet, HandReading
from unseen.locate.hands import HandLocator
from unseen.locate.known_networks import crop_of, features_of, learnt_of
from unseen.locate.landmark_net import LANDMARK_PX, builtin_landmarks
from unseen.locate.landmark_pose import PART, READ, VIEWS
from unseen.locate.pose_conditioned import PoseConditioned
from unseen.locate.prebuilt import CROP, LEARNT, PARTS
from unseen.locate.sign_net import builtin_signs
from unseen.models.backbone import Backbone
from unseen.models.folding import folded
from unseen.models.graph_parts import INITIALISER, NODE, Part, Source, field, weight, write_parts
from unseen.models.onnx_graph import export_model
from unseen.models.onnx_parts import register, renamed
from unseen.models.preprocess import Preprocess
from unseen.models.weights import builtin_weights

# Constants of so many values or less stay in the part; what is larger must be found in a file of weights, or be regular
# enough to be compressed.
INLINE_VALUES = 64
LARGEST_VALUES = 2**17
# Folding in NumPy and in torch differs in the last bits.
CLOSE = 3e-6
_PHOTOS = Dim("photo_count", min=1)


def networks() -> dict[str, nn.Module]:
    """Return the networks whose weights parts are filled from, by the name of their file."""
    return {
        "handnet": builtin_network(),
        "landmarks": builtin_landmarks(),
        "signs": builtin_signs(),
        LEARNT: network_that_learnt(),
    }


@lru_cache(maxsize=1)
def network_that_learnt() -> HandNet:
    """Return a network of the built-in one's form, all weights of which are other ones: a part never keeps them."""
    network = copy.deepcopy(builtin_network())
    rng = torch.Generator().manual_seed(0)
    for value in network.state_dict().values():
        if value.is_floating_point():  # variances stay positive
            value.mul_(1 + 0.2 * torch.rand(value.shape, generator=rng)).add_(
                0.01 * torch.rand(value.shape, generator=rng)
            )
    return network


def models() -> Iterator[tuple[str, onnx.ModelProto, str]]:
    """Export the parts afresh: name, graph, and what it is made for."""
    views = torch.zeros(2, 3, LANDMARK_PX, LANDMARK_PX)
    landmarks = export_model(builtin_landmarks(), (views,), [VIEWS], [READ], ({0: _PHOTOS},))
    register(PART, lambda: landmarks)
    yield "landmarks", landmarks, ""
    reader = HandReader()
    yield "hand_reader", reader.graph(), ""
    locator = HandLocator(reader)
    side = HANDNET.side_px
    preprocess = BoxPreprocess(side, TrainConfig("", "").fit, builtin_weights(HANDNET).normalisation, locator.identity)
    yield "view", _export_view(View(locator.view_px)), ""
    yield "hand_finder", hand_graph(reader, locator.view_px), locator.identity
    yield "hand_crop", _export_crop(preprocess), crop_of(preprocess)
    backbone = locator.condition(copy.deepcopy(builtin_network()), preprocess.normalisation)
    assert isinstance(backbone, PoseConditioned)
    yield "hand_features", _export_features(preprocess, backbone), features_of(preprocess, backbone)
    learnt = locator.condition(network_that_learnt(), preprocess.normalisation)
    assert isinstance(learnt, PoseConditioned)
    yield "hand_learnt", _export_learnt(preprocess, learnt), learnt_of(preprocess, learnt)


class CropToFeatures(nn.Module):
    """From (N, 3, S, S) whole numbers to features; what the reader says is used for the equal backbone too."""

    def __init__(self, preprocess: Preprocess, backbone: PoseConditioned) -> None:
        super().__init__()
        self.preprocess, self.backbone = preprocess, backbone
        self.reader = backbone.reader
        self.last: list[HandReading] = []
        backbone.reader = _Recorder(self.reader, self.last)  # type: ignore[assignment]
        backbone.backbone = _OfReading(self.last, backbone.backbone.features)

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) to (N, D)."""
        out: Tensor = self.backbone(self.preprocess.normalise(pixels))
        return out


class _Recorder(nn.Module):
    def __init__(self, network: HandNet, last: list[HandReading]) -> None:
        super().__init__()
        self.network, self.last = network, last

    def read(self, x: Tensor) -> HandReading:
        self.last[:] = [self.network.read(x)]
        return self.last[0]


class _OfReading(Backbone):
    """`HandNet.forward`, of what was read already."""

    def __init__(self, last: list[HandReading], features: int) -> None:
        super().__init__()
        self.last, self.features = last, features

    def stages(self) -> list[tuple[str, list[nn.Module]]]:
        return []

    def forward(self, x: Tensor) -> Tensor:  # noqa: ARG002 - read already
        read = self.last[0]
        return torch.cat([read.embedding, describe_pose(read.joints, read.palm)], dim=1)


class _Crop(nn.Module):
    def __init__(self, preprocess: BoxPreprocess) -> None:
        super().__init__()
        self.preprocess = preprocess

    def forward(self, view: Tensor, extent: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
        pixels = self.preprocess.crop(view, extent, boxes)
        return pixels, self.preprocess.as_photos(pixels)


def _export_view(view: View) -> onnx.ModelProto:
    example = torch.zeros(2, 61, 97, 3, dtype=torch.uint8)
    sides = {0: _PHOTOS, 1: Dim("height", min=1), 2: Dim("width", min=1)}
    return export_model(view, (example,), [INPUT], [VIEW, EXTENT], (sides,))


def _export_crop(preprocess: BoxPreprocess) -> onnx.ModelProto:
    side = preprocess.view.side_px
    examples = torch.zeros(2, 3, side, side), torch.ones(1, 2), torch.ones(2, 4)
    return export_model(
        _Crop(preprocess), examples, [VIEW, EXTENT, BOXES], [CROP, OUTPUTS[3]], ({0: _PHOTOS}, {}, {0: _PHOTOS})
    )


def _export_features(preprocess: Preprocess, backbone: PoseConditioned) -> onnx.ModelProto:
    network = CropToFeatures(preprocess, folded(backbone))
    example = torch.zeros(2, 3, preprocess.side_px, preprocess.side_px)
    return export_model(network, (example,), [CROP], [OUTPUTS[2]], ({0: _PHOTOS},))


class _Features(nn.Module):
    def __init__(self, preprocess: Preprocess, backbone: PoseConditioned) -> None:
        super().__init__()
        self.preprocess, self.backbone = preprocess, backbone

    def forward(self, pixels: Tensor) -> Tensor:
        out: Tensor = self.backbone(self.preprocess.normalise(pixels))
        return out


def _export_learnt(preprocess: Preprocess, backbone: PoseConditioned) -> onnx.ModelProto:
    example = torch.zeros(2, 3, preprocess.side_px, preprocess.side_px)
    return export_model(_Features(preprocess, folded(backbone)), (example,), [CROP], [OUTPUTS[2]], ({0: _PHOTOS},))


def sources() -> dict[str, Source]:
    """Return every weight that a graph may have: the tensors of all files, batch norms folded in, matrices turned."""
    found: dict[str, Source] = {}
    for file, network in networks().items():
        for name, value in network.state_dict().items():
            if value.ndim == 0 or (value.numel() <= INLINE_VALUES and file != LEARNT):
                continue
            found[f"{file}/{name}"] = Source((f"{file}:{name}",))
            if value.ndim == 2:
                found[f"{file}/{name} turned"] = Source((f"{file}:{name}",), turned=True)
        for path, module in network.named_modules():
            for (one, layer), (two, norm) in pairwise(list(module.named_children())):
                if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    one, two = (f"{path}.{part}".removeprefix(".") for part in (one, two))
                    kernel, key = f"{file}:{one}.weight", f"{file}:{two}"
                    found[f"{file}/{one}.weight folded"] = Source((kernel,), key, norm.eps)
                    found[f"{file}/{one}.bias folded"] = Source((), key, norm.eps)
    return found


class Catalogue:
    """Weights by what they are, so that a graph's own copy of one is recognised."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        tensors = {
            f"{file}:{name}": value.detach().cpu().to(torch.float32).numpy()
            for file, network in networks().items()
            for name, value in network.state_dict().items()
        }
        self.used: dict[str, Source] = {}
        self._sources = sources
        self._by_shape: dict[tuple[int, ...], list[tuple[str, np.ndarray]]] = {}
        for name, source in sources.items():
            array = weight(source, tensors)
            self._by_shape.setdefault(array.shape, []).append((name, array))

    def find(self, array: np.ndarray) -> str | None:
        """Return the name of the weight that `array` is, `None` where it is none or small enough to stay in the part.

        What a network has learnt never stays.
        """
        for name, known in self._by_shape.get(array.shape, []):
            if array.size <= INLINE_VALUES and not name.startswith(f"{LEARNT}/"):
                continue
            if np.abs(known - array).max() <= CLOSE * np.abs(known).max() > 0:
                self.used[name] = self._sources[name]
                return name
        return None


def pack(name: str, model: onnx.ModelProto, catalogue: Catalogue, made_for: str) -> Part:
    """Take the weights out of a graph and give its values names of their own."""
    graph = model.graph
    inputs, outputs = ({end.name: end.SerializeToString() for end in side} for side in (graph.input, graph.output))
    names = {key: key for key in (*inputs, *outputs)}
    inline, weights = [], []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        known = catalogue.find(array) if array.dtype == np.float32 else None
        if known is None and array.size > LARGEST_VALUES:
            raise ValueError(f"{tensor.name} {array.shape} of {name} is in no file of weights: see `networks`")
        if known is not None:
            weights.append(known)
        names[tensor.name] = known or f"{name}/{len(names)}"
        if known is None:
            inline.append(numpy_helper.from_array(array, names[tensor.name]))

    def rename(value: str) -> str:
        return names.setdefault(value, f"{name}/{len(names)}") if value else value

    nodes = []
    for node in graph.node:
        nodes.append(renamed(node, rename))
        _strip(nodes[-1])
    fields = [field(NODE, node.SerializeToString()) for node in nodes]
    fields += [field(INITIALISER, tensor.SerializeToString()) for tensor in inline]
    return Part(b"".join(fields), tuple(dict.fromkeys(weights)), inputs, outputs, made_for)


def _strip(node: onnx.NodeProto) -> None:
    """Remove what no runtime needs."""
    node.ClearField("name")
    node.ClearField("doc_string")
    del node.metadata_props[:]
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            for inner in attribute.g.node:
                _strip(inner)
            del attribute.g.value_info[:]


def write(path: Path, progress: Callable[[str], Any] = print) -> None:
    """Export all parts and write them to `path`."""
    catalogue, parts = Catalogue(sources()), {}
    for name, model, made_for in models():
        parts[name] = pack(name, model, catalogue, made_for)
        progress(f"{name}: {len(parts[name].nodes):,} bytes, {len(parts[name].weights)} weights from files")
    write_parts(path, parts, catalogue.used)
    progress(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else PARTS.path)
