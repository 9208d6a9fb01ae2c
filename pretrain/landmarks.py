"""Take over MediaPipe's hand landmark network: from its ONNX form to `landmarks.safetensors`.

    python -m tf2onnx.convert --tflite hand_landmark_full.tflite --output hand_landmark_full.onnx --opset 17
    python -m pretrain.landmarks hand_landmark_full.onnx src/unseen/locate/landmarks.safetensors

tf2onnx 1.17 beside tensorflow-cpu 2.21; neither is needed afterwards. The published weights are 16-bit floats, and so
are those written.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import save_file
from torch import Tensor, nn

from unseen.locate.landmark_net import LandmarkNet


def take_over(graph: onnx.GraphProto) -> dict[str, Tensor]:
    """Return the weights of `graph` under the names of `LandmarkNet`: its convolutions are met in the same order."""
    values = {value.name: torch.from_numpy(numpy_helper.to_array(value).copy()) for value in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    tensors: dict[str, Tensor] = {}
    for (name, module), node in zip(_convolutions(LandmarkNet()), convolutions, strict=True):
        weight, bias = (values[key] for key in node.input[1:3])
        assert weight.shape == module.weight.shape, name
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = weight, bias
    ends = {node.output[0]: node for node in graph.node if node.op_type == "Gemm"}
    present, left = (_dense(values, ends, graph, name) for name in ("Identity_1", "Identity_2"))
    for name, output in (("places", "Identity"), ("world", "Identity_3")):
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = _dense(values, ends, graph, output)
    tensors["judge.weight"], tensors["judge.bias"] = (torch.cat(pair) for pair in zip(present, left, strict=True))
    return {name: value.to(torch.float16).contiguous() for name, value in tensors.items()}


def _convolutions(network: LandmarkNet) -> Iterator[tuple[str, nn.Conv2d]]:
    return ((name, module) for name, module in network.named_modules() if isinstance(module, nn.Conv2d))


def _dense(
    values: dict[str, Tensor], ends: dict[str, onnx.NodeProto], graph: onnx.GraphProto, output: str
) -> tuple[Tensor, Tensor]:
    """Return weight and bias of the dense layer behind `output`, through the sigmoid where there is one."""
    before = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Sigmoid"}
    node = ends[before.get(output, output)]
    return values[node.input[1]].T, values[node.input[2]]


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    save_file(take_over(onnx.load(source).graph), target, metadata={"licence": "Apache-2.0"})
