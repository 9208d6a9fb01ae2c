"""Write a network as a .tflite file of whole levels, as the converter's full integer quantisation does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bench.foreign_networks import Network, weights_of
from bench.tflite_graph import Graph, Shape
from unseen.records import Float32Array

INT8, UINT8, INT32 = 9, 3, 2


class LevelGraph(Graph):
    """A graph whose tensors are int8. size, zero: of the last tensor."""

    size, zero = 1.0, 0

    def levels(
        self, shape: Sequence[int], scales: Any, zeros: Any, values: Any = None, kind: int = INT8, axis: int = 0
    ) -> int:
        """Add a tensor of levels: a number is (level - zero) x scale."""
        number = self.tensor(shape, values, kind)
        stated = self.schema.QuantizationParametersT()
        stated.scale = np.atleast_1d(np.asarray(scales, np.float32))
        stated.zeroPoint = np.broadcast_to(np.asarray(zeros, np.int64), stated.scale.shape).copy()
        stated.quantizedDimension = axis
        self.tensors[number].quantization = stated
        return number

    def then(
        self, code: str, others: Sequence[int], shape: Shape, options: str, seen: Tensor | None, **settings: int
    ) -> None:
        """Add a step; its levels are those of `seen`, what the network computes there, or stay as they are."""
        self.add(code, others, shape, options, **settings)
        self.tensors.pop()
        if seen is not None:
            self.size, self.zero = fitted(seen)
        self.last = self.levels(shape, self.size, self.zero)
        self.steps[-1].outputs = [self.last]

    def weighted(self, weights: Float32Array, bias: Float32Array, axis: int) -> list[int]:
        """Add the weights of a layer, a scale for each output, and its bias."""
        axes = tuple(i for i in range(weights.ndim) if i != axis)
        scales = np.maximum(np.abs(weights).max(axis=axes), 1e-6) / 127
        shape = [-1 if i == axis else 1 for i in range(weights.ndim)]
        whole = np.rint(weights / scales.reshape(shape)).astype(np.int8)
        first = self.levels(weights.shape, scales, 0, whole, INT8, axis)
        both = np.asarray(scales * self.size, np.float32)
        return [first, self.levels(bias.shape, both, 0, np.rint(bias / both).astype(np.int32), INT32)]


def fitted(values: Tensor) -> tuple[float, int]:
    """Return the scale and the zero that hold all values."""
    low, high = min(0.0, float(values.min())), max(1e-3, float(values.max()))
    size = (high - low) / 255
    return size, round(-128 - low / size)


def write_levels(network: Network, path: Path, batch: Float32Array, *, softmax: bool, unsigned: bool) -> None:
    """Write it; batch: (N, side, side, channels) float32 that it is fitted to. unsigned: uint8 at both ends."""
    graph, side = LevelGraph(), network.reading.height_px
    value = torch.from_numpy(batch.transpose(0, 3, 1, 2).copy())
    shape: Shape = (1, side, side, network.channels)
    graph.size, graph.zero = fitted(value)
    if unsigned:
        graph.last = graph.levels(shape, graph.size, graph.zero + 128, kind=UINT8)
        graph.shape = shape
        graph.then("QUANTIZE", [], shape, "QuantizeOptions", None)
    else:
        graph.last, graph.shape = graph.levels(shape, graph.size, graph.zero), shape
    layers = [(module, kind) for module, (kind, _) in zip(network.module, network.layers, strict=True)]
    flat: Shape | None = None
    while layers:
        module, kind = layers.pop(0)
        state, parts = weights_of(module), [module]
        while (
            kind in ("first", "conv", "point", "depthwise", "dense")
            and layers
            and layers[0][1] in ("bn", "relu", "relu6")
        ):
            parts.append(layers.pop(0)[0])
        before = value
        with torch.inference_mode():
            value = nn.Sequential(*parts)(before)
        flat = graph.shape if kind == "flatten" else flat
        _add(graph, kind, state, parts, value, flat)
        flat = None if kind == "dense" else flat
    if softmax:
        graph.then("SOFTMAX", [], graph.shape, "SoftmaxOptions", torch.tensor([0.0, 255 / 256]), beta=1)
    if unsigned:
        number = graph.levels(graph.shape, graph.size, graph.zero + 128, kind=UINT8)
        graph.add("QUANTIZE", [], graph.shape, "QuantizeOptions")
        graph.tensors.pop()
        graph.last, graph.steps[-1].outputs = number, [number]
    graph.write(path)


def _add(graph: LevelGraph, kind: str, state: Any, parts: list[nn.Module], value: Tensor, flat: Shape | None) -> None:
    shape, steps = graph.shape, {"strideW": 1, "strideH": 1}
    relu = 3 if any(isinstance(one, nn.ReLU6) for one in parts) else int(any(isinstance(one, nn.ReLU) for one in parts))
    if kind in ("pool", "flatten"):
        out: Shape = (1, shape[1] // 2, shape[2] // 2, shape[3]) if kind == "pool" else (1, int(np.prod(shape)))
        if kind == "pool":
            sides = {"strideW": 2, "strideH": 2, "filterWidth": 2, "filterHeight": 2}
            graph.then("MAX_POOL_2D", [], out, "Pool2DOptions", None, padding=1, **sides)
        else:
            graph.then("RESHAPE", [graph.whole(out)], out, "", None)
        return
    if kind == "mean":
        graph.then("MEAN", [graph.whole([1, 2])], (1, shape[3]), "ReducerOptions", value, keepDims=0)
        return
    weights, bias = state["weight"], state["bias"]
    for norm in [weights_of(one) for one in parts if isinstance(one, nn.BatchNorm2d)]:
        scale = norm["weight"] / np.sqrt(norm["running_var"] + 1e-3)
        weights, bias = weights * scale[:, None, None, None], (bias - norm["running_mean"]) * scale + norm["bias"]
    if kind == "dense":
        if flat:
            weights = weights.reshape(-1, flat[3], flat[1], flat[2]).transpose(0, 2, 3, 1).reshape(weights.shape)
        more = graph.weighted(np.ascontiguousarray(weights), bias, 0)
        options, out = "FullyConnectedOptions", (1, len(weights))
        graph.then("FULLY_CONNECTED", more, out, options, value, fusedActivationFunction=relu)
    elif kind == "depthwise":
        more = graph.weighted(np.ascontiguousarray(weights.transpose(1, 2, 3, 0)), bias, 3)
        graph.then("DEPTHWISE_CONV_2D", more, shape, "DepthwiseConv2DOptions", value, padding=0, depthMultiplier=1,
                   fusedActivationFunction=relu, **steps)  # fmt: skip
    else:
        less = 2 if kind == "first" else 0
        more = graph.weighted(np.ascontiguousarray(weights.transpose(0, 2, 3, 1)), bias, 0)
        graph.then("CONV_2D", more, (1, shape[1] - less, shape[2] - less, len(weights)), "Conv2DOptions", value,
                   padding=1 if kind == "first" else 0, fusedActivationFunction=relu, **steps)  # fmt: skip
