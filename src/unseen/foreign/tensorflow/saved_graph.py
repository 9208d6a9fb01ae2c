"""Follow the graph of a SavedModel from a picture to the scores, through the functions that it calls, as ONNX."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from unseen.errors import UnseenError
from unseen.foreign.tensorflow.graph_def import Body, MetaGraph, Node, source
from unseen.foreign.tensorflow.saved_steps import convert
from unseen.foreign.tensorflow.step_graph import Handle, StepGraph, Value
from unseen.foreign.tensorflow.stored_numbers import Numbers, dims, element_type, texts
from unseen.foreign.tensorflow.tensor_bundle import Bundle, open_bundle
from unseen.models import wire

MAX_BYTES = 2**31 - 2**24  # what protobuf allows, and what one ONNX file can hold
_MAX_STEPS, _MAX_DEPTH = 100_000, 64
_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
_CHOICES = ("If", "StatelessIf")
_STORED = ("VariableV2", "Variable")  # of TensorFlow 1: the node gives the numbers themselves
_PICTURES = "export a function that takes one batch of pictures, (N, H, W, 3)"


@dataclass(frozen=True, slots=True)
class End:
    """An input or an output of the model: which result of which node, its DataType, its shape."""

    reference: str
    kind: int
    shape: tuple[int, ...]

    def stated(self) -> tuple[int, list[int | None]]:
        """Return its type and its shape for ONNX."""
        return element_type(self.kind), [length if length >= 0 else None for length in self.shape]


def to_onnx(folder: Path) -> bytes:
    """Return the bytes of an ONNX file of the same network; raise `UnseenError` for what nothing here converts."""
    file = folder / "saved_model.pb"
    if file.stat().st_size > MAX_BYTES:
        raise UnseenError("saved_model.pb is larger than TensorFlow itself allows: export the model again")
    walk = Walk(MetaGraph(file.read_bytes()), folder)
    given, results = _ends(walk.meta)
    graph, picture = walk.graph, given.stated()
    graph.channels["given"] = given.shape[-1] if given.shape else 0
    made = walk.results(walk.meta.main, [one.reference for one in results], {source(given.reference)[0]: ["given"]})
    named = {graph.node("Identity", graph.name(value)): end.stated() for value, end in zip(made, results, strict=True)}
    return graph.written({"given": picture}, named)


class Walk:
    """What is known on the way: the graph that grows, the numbers that were read."""

    def __init__(self, meta: MetaGraph, folder: Path) -> None:
        self.meta, self.graph = meta, StepGraph(MAX_BYTES)
        self._folder, self._steps = folder, 0
        self._read: dict[str, Numbers] = {}

    def results(
        self, body: Body, wanted: Sequence[str], known: Mapping[str, Sequence[Value]], depth: int = 0
    ) -> list[Value]:
        """Return what a graph makes of what it is given."""
        made = dict(known)
        for node in body.order(wanted, known):
            self._steps += 1
            if self._steps > _MAX_STEPS:
                raise UnseenError(f"its graph has more than {_MAX_STEPS:,} steps: export it again")
            made[node.name] = self._step(node, [made[name][place] for name, place in map(source, node.inputs)], depth)
        return [made[name][place] for name, place in map(source, wanted)]

    def _step(self, node: Node, inputs: Sequence[Value], depth: int) -> Sequence[Value]:
        called, passed = node.op if node.op in self.meta.library else "", inputs
        if node.op in _CALLS:
            called = node.function("f")
        if node.op in _CHOICES and isinstance(inputs[0], np.ndarray):
            called, passed = node.function("then_branch" if inputs[0].any() else "else_branch"), inputs[1:]
        if called:
            if depth == _MAX_DEPTH:
                raise UnseenError(f"its functions call one another more than {_MAX_DEPTH} deep: export it again")
            body = self.meta.library.body(called)
            arguments = {name: [value] for name, value in zip(body.arguments, passed, strict=True)}
            return self.results(body, body.returns, arguments, depth + 1)
        if node.op == "VarHandleOp":
            return [Handle(node.name)]
        if node.op in _STORED:
            return [self._variable(node.name)]
        if node.op == "ReadVariableOp" and isinstance(inputs[0], Handle):
            return [self._variable(inputs[0].name)]
        return convert(self.graph, node, inputs)

    @cached_property
    def _bundle(self) -> Bundle:
        return open_bundle(self._folder)

    @cached_property
    def _keys(self) -> dict[str, str]:
        return restored(self.meta)

    def _variable(self, name: str) -> Numbers:
        if name not in self._read:
            if name not in self._keys:
                raise UnseenError(f"nothing says where its variable {name[:80]!r} is stored: export it again")
            self._read[name] = self._bundle.read(self._keys[name])
        return self._read[name]


def restored(meta: MetaGraph) -> dict[str, str]:
    """Return by which key each variable is stored, from the steps by which TensorFlow itself would read them."""
    body, handles = meta.main, dict[str, str]()
    node = body.nodes.get(meta.restores)
    if node is not None and node.op in _CALLS:
        body = meta.library.body(node.function("f"))
        handles = {name: source(given)[0] for name, given in zip(body.arguments, node.inputs, strict=True)}
    stated: dict[str, list[str]] = {}
    for one in body.nodes.values():
        if one.op == "RestoreV2":
            stated[one.name] = texts(body.nodes[source(one.inputs[1])[0]].tensor())
    found = {}
    for one in body.nodes.values():
        if one.op not in ("AssignVariableOp", "Assign"):
            continue
        target, (name, place) = source(one.inputs[0])[0], source(one.inputs[1])
        while name in body.nodes and body.nodes[name].op == "Identity" and name not in found:
            name, place = source(body.nodes[name].inputs[0])
        if place < len(stated.get(name, ())):
            found[handles.get(target, target)] = stated[name][place]
    return found


def _ends(meta: MetaGraph) -> tuple[End, list[End]]:
    """Return the input and the outputs of the signature that answers about pictures."""
    named = {name: one for name, one in meta.signatures.items() if name != "__saved_model_init_op"}
    chosen = next((named[name] for name in ("serving_default", "serve", *named) if name in named), None)
    if chosen is None:
        raise UnseenError(f"it has no signature, so nothing can be asked of it: {_PICTURES}")
    given, results = (_sides(chosen, number) for number in (1, 2))
    if len(given) != 1:
        raise UnseenError(f"it takes {list(given) or 'nothing'}: {_PICTURES}")
    return next(iter(given.values())), list(results.values())


def _sides(signature: bytes, number: int) -> dict[str, End]:
    found = {}
    for entry in wire.parts(signature, number):
        stated = b"".join(wire.parts(entry, 2))
        shape = dims(b"".join(wire.parts(stated, 3)))
        found[wire.text(entry, 1)] = End(wire.text(stated, 1), wire.whole(stated, 2), shape)
    return found
