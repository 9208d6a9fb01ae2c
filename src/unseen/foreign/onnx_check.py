"""Look through an ONNX file before a runtime is given it: tensors, files it points to, loops, operators of others."""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unseen.errors import UnseenError
from unseen.models import wire
from unseen.text import count

# Field numbers of onnx.proto.
GRAPH, NODES, INITIALISERS = 7, 1, 5
NODE_INPUT, NODE_OUTPUT, OP_TYPE, ATTRIBUTE, DOMAIN = 1, 2, 4, 5, 7
ATTRIBUTE_NAME, ATTRIBUTE_TENSOR, ATTRIBUTE_GRAPH, ATTRIBUTE_FLOAT = 1, 5, 6, 2
DIMS, TYPE, TENSOR_NAME, RAW, EXTERNAL, LOCATION = 1, 2, 8, 9, 13, 14
BYTES = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2, 21: 0.5, 22: 0.5}
OWN_DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "com.microsoft"}
MAX_DEPTH = 8
EXPORT_AGAIN = "export it again as one .onnx file"


@dataclass(frozen=True, slots=True)
class Step:
    """One node of the graph, as far as it is looked at."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    constant: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class OnnxFacts:
    """What the check found: the steps of the main graph, and its small tensors by name."""

    steps: tuple[Step, ...]
    constants: dict[str, tuple[float, ...]]


def check_onnx(content: bytes, path: Path) -> OnnxFacts:
    """Return what the graph holds; raise `UnseenError` for a file that no runtime should be given."""
    graphs = wire.parts(content, GRAPH)
    if len(graphs) != 1 or not wire.parts(graphs[0], NODES):
        raise UnseenError(f"{path} holds no ONNX graph: {EXPORT_AGAIN}")
    for graph in _graphs(graphs[0], path, 0):
        _check_tensors(graph, path)
    nodes = [_step(node) for node in wire.parts(graphs[0], NODES)]
    _check_order(graphs[0], nodes, path)
    constants = {wire.text(t, TENSOR_NAME): _small(t) for t in wire.parts(graphs[0], INITIALISERS)}
    constants |= {node.outputs[0]: node.constant for node in nodes if node.kind == "Constant" and node.outputs}
    return OnnxFacts(tuple(nodes), {name: value for name, value in constants.items() if value is not None})


def _graphs(graph: bytes, path: Path, depth: int) -> Iterator[bytes]:
    """Yield the graph and those inside its nodes."""
    if depth > MAX_DEPTH:
        raise UnseenError(f"{path} holds graphs within graphs, {MAX_DEPTH} deep: {EXPORT_AGAIN}")
    yield graph
    for node in wire.parts(graph, NODES):
        if (domain := wire.text(node, DOMAIN)) not in OWN_DOMAINS:
            raise UnseenError(f"{path} needs operators of {domain!r}, which only its own library has: {EXPORT_AGAIN}")
        for attribute in wire.parts(node, ATTRIBUTE):
            for inner in wire.parts(attribute, ATTRIBUTE_GRAPH):
                yield from _graphs(inner, path, depth + 1)


def _check_tensors(graph: bytes, path: Path) -> None:
    tensors = wire.parts(graph, INITIALISERS)
    for node in wire.parts(graph, NODES):
        for attribute in wire.parts(node, ATTRIBUTE):
            tensors += wire.parts(attribute, ATTRIBUTE_TENSOR)
    for tensor in tensors:
        dims, name = wire.wholes(tensor, DIMS), wire.text(tensor, TENSOR_NAME)
        if any(dim < 0 for dim in dims):
            raise UnseenError(f"{path}: tensor {name!r} has a negative size: {EXPORT_AGAIN}")
        needed = math.ceil(math.prod(dims) * BYTES.get(wire.whole(tensor, TYPE), 1))
        if wire.whole(tensor, LOCATION) == 1 or wire.parts(tensor, EXTERNAL):
            _check_external(tensor, needed, path)
            continue
        # typed fields spend a byte or more on each number
        stored = sum(len(value) for _, value in wire.fields(tensor) if isinstance(value, bytes))
        least = needed if wire.parts(tensor, RAW) else math.prod(dims)
        if stored < least and len(tensor) < least:
            raise UnseenError(
                f"{path}: tensor {name!r} says it holds {needed:,} bytes and has {stored:,}: {EXPORT_AGAIN}"
            )


def _check_external(tensor: bytes, needed: int, path: Path) -> None:
    """Allow data in a file beside the model, as PyTorch writes it; nothing anywhere else."""
    stated = {wire.text(entry, 1): wire.text(entry, 2) for entry in wire.parts(tensor, EXTERNAL)}
    name = stated.get("location", "")
    beside = path.parent / name
    if not name or Path(name).name != name or "\\" in name or name in (".", "..") or beside.is_symlink():
        raise UnseenError(f"{path} takes its weights from another folder ({name!r}): {EXPORT_AGAIN}")
    if not beside.is_file():
        raise UnseenError(f"{path} needs {name}, which is not beside it: copy both files, or {EXPORT_AGAIN}")
    offset, length = (stated.get(key, fallback) for key, fallback in (("offset", "0"), ("length", str(needed))))
    if not offset.isdecimal() or not length.isdecimal() or int(length) != needed:
        raise UnseenError(f"{path} is not clear about what it takes from {name}: {EXPORT_AGAIN}")
    if int(offset) + needed > beside.stat().st_size:
        raise UnseenError(f"{path} needs more of {name} than there is: copy both files again")


def _check_order(graph: bytes, steps: list[Step], path: Path) -> None:
    """Raise where a node needs what a later one makes: a loop, or a graph that no writer writes."""
    known = {"", *(wire.text(value, 1) for value in wire.parts(graph, 11))}
    known |= {wire.text(tensor, TENSOR_NAME) for tensor in wire.parts(graph, INITIALISERS)}
    known |= {wire.text(wire.parts(sparse, 1)[0], TENSOR_NAME) for sparse in wire.parts(graph, 15)}
    for number, step in enumerate(steps, 1):
        if unknown := [name for name in step.inputs if name not in known]:
            raise UnseenError(
                f"{path}: step {number} of {count(len(steps), 'step')} needs {unknown[0]!r}, which nothing before it "
                f"makes (a loop?): {EXPORT_AGAIN}"
            )
        known.update(step.outputs)


def _step(node: bytes) -> Step:
    constant = None
    for attribute in wire.parts(node, ATTRIBUTE):
        if wire.text(attribute, ATTRIBUTE_NAME) == "value":
            constant = next((_small(tensor) for tensor in wire.parts(attribute, ATTRIBUTE_TENSOR)), None)
        if wire.text(attribute, ATTRIBUTE_NAME) == "value_float":
            constant = struct.unpack("<f", wire.parts(attribute, ATTRIBUTE_FLOAT)[-1])
    inputs, outputs = (
        tuple(one.decode("utf-8", "replace") for one in wire.parts(node, number))
        for number in (NODE_INPUT, NODE_OUTPUT)
    )
    return Step(wire.text(node, OP_TYPE), inputs, outputs, constant)


def _small(tensor: bytes) -> tuple[float, ...] | None:
    """Return the numbers of a float32 tensor of at most four."""
    size = math.prod(wire.wholes(tensor, DIMS))
    if wire.whole(tensor, TYPE) != 1 or size > 4:
        return None
    stored = b"".join(wire.parts(tensor, RAW)) or b"".join(wire.parts(tensor, 4))
    return struct.unpack(f"<{size}f", stored) if len(stored) == 4 * size else None
