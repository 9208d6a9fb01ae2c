"""Join parts of ONNX graphs byte by byte and fill in their weights; neither torch nor the onnx package is needed.

A protobuf message is the sum of its fields: the nodes of one graph written behind those of another are one graph
(protobuf.dev/programming-guides/encoding). Parts meet in values of the same name. Their weights are those of the
networks' own files, so that a part has kilobytes; `pretrain/graph_parts.py` writes them.
"""

import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

# As `models/onnx_graph.py` and `models/onnx_parts.py` have them, which need more than this module does.
OPSET, IR_VERSION = 18, 10
INDEX = "index.json"
# The numbers of the fields in onnx.proto: of a model, of a graph, of a tensor.
_IR, GRAPH, _OPSETS = 1, 7, 8
NODE, GRAPH_NAME, INITIALISER, GRAPH_INPUT, OUTPUT = 1, 2, 5, 11, 12
_DIMS, _TYPE, TENSOR_NAME, _RAW, _FLOAT, _INT64 = 1, 2, 8, 9, 1, 7
# Of a node; of a value, its type, its shape.
NODE_INPUT, NODE_OUTPUT, OPERATOR = 1, 2, 4
VALUE_NAME, _VALUE_TYPE, _TENSOR, _ELEMENT, _SHAPE, _DIM, _LENGTH, _SYMBOL = 1, 2, 1, 1, 2, 1, 1, 2


@dataclass(frozen=True, slots=True)
class Source:
    """Where a weight comes from.

    tensors: "FILE:NAME" each, put together along the first axis. norm: "FILE:NAME" of the batch norm that is folded
    into it, '' for none; without tensors it is the bias that the batch norm leaves. epsilon: of that batch norm.
    turned: whether a matrix is transposed.
    """

    tensors: tuple[str, ...]
    norm: str = ""
    epsilon: float = 0.0
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a graph.

    nodes: fields `node` and `initializer` of a serialised GraphProto. weights: names of those that are filled in.
    inputs, outputs: a serialised ValueInfoProto by name. made_for: what the part holds for, '' for anything.
    """

    nodes: bytes
    weights: tuple[str, ...]
    inputs: Mapping[str, bytes]
    outputs: Mapping[str, bytes]
    made_for: str = ""


class PartFile:
    """A zip of parts, and where their weights come from: safetensors beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _index(self) -> dict[str, Any]:
        with zipfile.ZipFile(self.path) as file:
            return dict(json.loads(file.read(INDEX)))

    def made_for(self, name: str) -> str:
        """Return what the part called `name` holds for."""
        return str(self._index["parts"][name]["made_for"])

    def part(self, name: str) -> Part:
        """Read the part called `name`."""
        facts = self._index["parts"][name]
        with zipfile.ZipFile(self.path) as file:
            nodes = file.read(f"{name}.graph")
        inputs, outputs = (
            {key: bytes.fromhex(value) for key, value in facts[side].items()} for side in ("inputs", "outputs")
        )
        return Part(nodes, tuple(facts["weights"]), inputs, outputs, facts["made_for"])

    def join(
        self,
        names: Sequence[str],
        outputs: Iterable[str] = (),
        more: bytes = b"",
        learnt: Mapping[str, np.ndarray] = MappingProxyType({}),
    ) -> bytes:
        """Return parts as one ONNX model with its weights; each finds its inputs among the outputs of those before it.

        outputs: the values that come out, by default those of the last part. more: further fields of a GraphProto, such
        as the nodes, initializers and outputs of a head (`field` makes them). learnt: tensors by "FILE:NAME" of a file
        that does not lie beside this one.
        """
        parts = [self.part(name) for name in names]
        made: dict[str, bytes] = {}
        wanted: dict[str, bytes] = {}
        for part in parts:
            wanted |= {name: info for name, info in part.inputs.items() if name not in made}
            made |= part.outputs
        ends = [made[name] for name in outputs or (() if more else parts[-1].outputs)]
        weights = dict.fromkeys(name for part in parts for name in part.weights)
        graph = b"".join(
            [
                field(GRAPH_NAME, b"unseen"),
                *(part.nodes for part in parts),
                *(field(INITIALISER, tensor(name, array)) for name, array in self.weights(weights, learnt).items()),
                *(field(GRAPH_INPUT, info) for info in wanted.values()),
                *(field(OUTPUT, info) for info in ends),
                more,
            ]
        )
        return number(_IR, IR_VERSION) + field(_OPSETS, number(2, OPSET)) + field(GRAPH, graph)

    def weights(
        self, names: Iterable[str], learnt: Mapping[str, np.ndarray] = MappingProxyType({})
    ) -> dict[str, np.ndarray]:
        """Return the weights called `names`, float32; learnt: see `join`."""
        from safetensors.numpy import load_file  # whoever opens a run's own graph needs it not

        sources = {name: Source(**self._index["weights"][name]) for name in names}
        files = {key.partition(":")[0] for one in sources.values() for key in (*one.tensors, one.norm) if key}
        files -= {key.partition(":")[0] for key in learnt}
        tensors = {
            f"{file}:{name}": np.asarray(array, np.float32)
            for file in sorted(files)
            for name, array in load_file(self.path.with_name(f"{file}.safetensors")).items()
        } | dict(learnt)
        return {name: weight(source, tensors) for name, source in sources.items()}


def weight(source: Source, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
    """Make what `source` says of `tensors`, by "FILE:NAME"."""
    array = np.concatenate([tensors[name] for name in source.tensors]) if source.tensors else np.float32(0)
    if source.norm:
        gamma, beta, mean, variance = (
            tensors[f"{source.norm}.{name}"] for name in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gamma / np.sqrt(variance + np.float32(source.epsilon))
        array = array * scale.reshape(-1, 1, 1, 1) if source.tensors else beta - mean * scale
    return np.ascontiguousarray(array.T if source.turned else array)


def write_parts(path: Path, parts: Mapping[str, Part], sources: Mapping[str, Source]) -> None:
    """Write a file that `PartFile` reads, the same bytes for the same parts."""
    index: dict[str, Any] = {"parts": {}, "weights": {name: asdict(source) for name, source in sources.items()}}
    for name, part in parts.items():
        ends = {
            side: {key: value.hex() for key, value in values.items()}
            for side, values in (("inputs", part.inputs), ("outputs", part.outputs))
        }
        index["parts"][name] = {"weights": part.weights, **ends, "made_for": part.made_for}
    files = {INDEX: json.dumps(index, indent=1).encode()} | {
        f"{name}.graph": part.nodes for name, part in parts.items()
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, content in files.items():
            file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def tensor(name: str, array: np.ndarray) -> bytes:
    """Serialise an array of float32 or int64 as a TensorProto."""
    dims = b"".join(number(_DIMS, length) for length in array.shape)
    kind, stored = (_INT64, "<i8") if array.dtype == np.int64 else (_FLOAT, "<f4")
    values = array.astype(stored, copy=False).tobytes()
    return dims + number(_TYPE, kind) + field(TENSOR_NAME, name.encode()) + field(_RAW, values)


def node(operator: str, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
    """Serialise a NodeProto without attributes."""
    fields = [
        field(key, name.encode()) for key, names in ((NODE_INPUT, inputs), (NODE_OUTPUT, outputs)) for name in names
    ]
    return b"".join([*fields, field(OPERATOR, operator.encode())])


def value_info(name: str, shape: Sequence[int | str]) -> bytes:
    """Serialise the ValueInfoProto of float32 values; a length that is free has a name."""
    lengths = [number(_LENGTH, one) if isinstance(one, int) else field(_SYMBOL, one.encode()) for one in shape]
    kind = number(_ELEMENT, _FLOAT) + field(_SHAPE, b"".join(field(_DIM, one) for one in lengths))
    return field(VALUE_NAME, name.encode()) + field(_VALUE_TYPE, field(_TENSOR, kind))


def field(key: int, content: bytes) -> bytes:
    """Serialise a field of bytes, of text or of a message."""
    return _varint(key << 3 | 2) + _varint(len(content)) + content


def number(key: int, value: int) -> bytes:
    """Serialise a field of a whole number."""
    return _varint(key << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
