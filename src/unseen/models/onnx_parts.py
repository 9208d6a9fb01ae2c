"""Put ONNX graphs together from parts that were exported on their own.

A part may be called several times: its nodes are copied, its weights are there once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count

import onnx
import torch
from onnx import AttributeProto, NodeProto, TensorProto, ValueInfoProto, helper
from torch import Tensor

from unseen.models.onnx_graph import OPSET

# Nodes of this domain call a part by its name; none is left in a graph that was put together.
DOMAIN = "unseen"
IR_VERSION = 10  # of opset 18 and later; older runtimes read it


def call(part: str, inputs: Sequence[Tensor], shapes: Sequence[Sequence[int]]) -> Sequence[Tensor]:
    """Call a part from a module that is being exported; float32 outputs of these shapes."""
    types = [torch.float32] * len(shapes)
    return torch.onnx.ops.symbolic_multi_out(f"{DOMAIN}::{part}", inputs, dtypes=types, shapes=shapes, version=1)


_REGISTERED: dict[str, Callable[[], onnx.ModelProto]] = {}


def register(part: str, graph: Callable[[], onnx.ModelProto]) -> None:
    """State what graph the part is that modules call by this name; `inlined` puts it in whoever calls it."""
    _REGISTERED[part] = graph


def inlined(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return `model` with the registered parts that it calls in place of the calls."""
    called = {node.op_type for node in model.graph.node if node.domain == DOMAIN} & set(_REGISTERED)
    if not called:
        return model
    own = {node.op_type for node in model.graph.node if node.domain == DOMAIN} - called
    assert not own, f"{own} would have to be put in place first"
    whole = Assembly({name: _REGISTERED[name]() for name in called})
    names = whole.add(model, {value.name: value.name for value in model.graph.input})
    return whole.model(model.graph.input, model.graph.output, names)


class Assembly:
    """A graph that grows part by part.

    parts: what nodes of `DOMAIN` stand for, by name.
    """

    def __init__(self, parts: Mapping[str, onnx.ModelProto] | None = None) -> None:
        self._parts = dict(parts or {})
        self._nodes: list[NodeProto] = []
        self._initialisers: dict[str, TensorProto] = {}
        self._labels: dict[int, tuple[str, onnx.ModelProto]] = {}
        self._numbers = count()

    def add(self, part: onnx.ModelProto, inputs: Mapping[str, str]) -> dict[str, str]:
        """Add the nodes of `part`, fed with the values that `inputs` names; return its outputs' names in this graph."""
        nodes, outputs = self._copy(part, inputs)
        self._nodes += nodes
        return outputs

    def add_if(
        self, condition: str, part: onnx.ModelProto, inputs: Mapping[str, str], otherwise: Mapping[str, str]
    ) -> dict[str, str]:
        """Add `part`, computed where the bool `condition` holds; else its outputs are those of `otherwise`."""
        nodes, inner = self._copy(part, inputs)
        number = next(self._numbers)
        kept = {name: f"else{number}/{name}" for name in otherwise}
        others = [helper.make_node("Identity", [otherwise[name]], [kept[name]]) for name in otherwise]
        types = {value.name: value for value in part.graph.output}
        outputs = {name: f"if{number}/{name}" for name in otherwise}
        branches = [
            helper.make_graph(body, label, [], [_named(types[name], names[name]) for name in otherwise])
            for label, body, names in (("then", nodes, inner), ("else", others, kept))
        ]
        self._nodes.append(
            helper.make_node(
                "If", [condition], list(outputs.values()), then_branch=branches[0], else_branch=branches[1]
            )
        )
        return outputs

    def model(
        self,
        inputs: Iterable[ValueInfoProto],
        outputs: Iterable[ValueInfoProto],
        names: Mapping[str, str],
        opsets: Mapping[str, int] | None = None,
    ) -> onnx.ModelProto:
        """Return the graph: what `names` says of each of `outputs` comes out under the output's own name; checked.

        opsets: of each domain, where parts of other writers need more than `OPSET`.
        """
        outputs = list(outputs)
        ends = [helper.make_node("Identity", [names[value.name]], [value.name]) for value in outputs]
        graph = helper.make_graph(
            [*self._nodes, *ends], "unseen", list(inputs), outputs, list(self._initialisers.values())
        )
        imports = [helper.make_opsetid(*one) for one in (opsets or {"": OPSET}).items()]
        model = helper.make_model(graph, opset_imports=imports, ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return model

    def _copy(self, part: onnx.ModelProto, inputs: Mapping[str, str]) -> tuple[list[NodeProto], dict[str, str]]:
        """Return the nodes of `part` under names of their own, the parts they call in place, and the outputs' names."""
        label, _ = self._labels.setdefault(id(part), (f"part{len(self._labels)}", part))
        weights = {tensor.name: f"{label}/{tensor.name}" for tensor in part.graph.initializer}
        for tensor in part.graph.initializer:
            if weights[tensor.name] not in self._initialisers:
                copied = TensorProto()
                copied.CopyFrom(tensor)
                copied.name = weights[tensor.name]
                self._initialisers[copied.name] = copied
        number = next(self._numbers)
        known = weights | dict(inputs)

        def rename(name: str) -> str:
            return known.get(name, f"{number}/{name}") if name else name

        nodes = [renamed(node, rename) for node in part.graph.node]
        return list(self._expanded(nodes)), {value.name: rename(value.name) for value in part.graph.output}

    def _expanded(self, nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
        for node in nodes:
            if node.domain != DOMAIN:
                yield node
                continue
            part = self._parts[node.op_type]
            inputs = {value.name: name for value, name in zip(part.graph.input, node.input, strict=True)}
            inner, outputs = self._copy(part, inputs)
            yield from inner
            for value, name in zip(part.graph.output, node.output, strict=True):
                yield helper.make_node("Identity", [outputs[value.name]], [name])


def _named(value: ValueInfoProto, name: str) -> ValueInfoProto:
    out = ValueInfoProto()
    out.CopyFrom(value)
    out.name = name
    return out


def renamed(node: NodeProto, rename: Callable[[str], str]) -> NodeProto:
    """Return a copy of `node` with every value renamed, those of its branches too."""
    out = NodeProto()
    out.CopyFrom(node)
    out.name = rename(node.name)
    out.input[:] = [rename(name) for name in node.input]
    out.output[:] = [rename(name) for name in node.output]
    for attribute in out.attribute:
        if attribute.type == AttributeProto.GRAPH:
            graph = attribute.g
            for named in (*graph.input, *graph.output, *graph.initializer, *graph.value_info):
                named.name = rename(named.name)
            nodes = [renamed(inner, rename) for inner in graph.node]
            del graph.node[:]
            graph.node.extend(nodes)
    return out
