"""Read the graphs of a SavedModel: nodes with what they are set to, and functions. Nothing of them is run."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from unseen.errors import UnseenError
from unseen.models import wire

# The numbers of the fields: of SavedModel and MetaGraphDef, GraphDef, FunctionDef, NodeDef, AttrValue.
META_GRAPHS, META_INFO, GRAPH, SAVER, SIGNATURES, TAGS, RESTORE_NODE = 2, 1, 2, 3, 5, 4, 3
NODES, LIBRARY, FUNCTIONS = 1, 2, 1
_SIGNATURE, _BODY, _RETURNS, _NAME, _ARGUMENTS, _RESULTS = 1, 3, 4, 1, 2, 3
_OP, _INPUTS, _SETTINGS = 2, 3, 5
_LIST, _WORDS, _WHOLE, _DECIMAL, _YES, TYPE, TENSOR, _FUNCTION = 1, 2, 3, 4, 5, 6, 8, 10


@dataclass(frozen=True)
class Node:
    """One step. inputs: what it takes, as `source` reads it, without what it only waits for."""

    name: str
    op: str
    inputs: tuple[str, ...]
    settings: Mapping[str, bytes]

    def whole(self, name: str, default: int = 0) -> int:
        """Return a setting that is a whole number."""
        return [default, *wire.wholes(self.settings.get(name, b""), _WHOLE)][-1]

    def wholes(self, name: str) -> list[int]:
        """Return a setting that is a list of whole numbers."""
        return [one for part in wire.parts(self.settings.get(name, b""), _LIST) for one in wire.wholes(part, _WHOLE)]

    def decimal(self, name: str, default: float) -> float:
        """Return a setting that is a number."""
        found = wire.parts(self.settings.get(name, b""), _DECIMAL)
        return float(struct.unpack("<f", found[-1])[0]) if found else default

    def yes(self, name: str, *, default: bool = False) -> bool:
        """Return a setting that is yes or no."""
        return bool(wire.whole(self.settings.get(name, b""), _YES, default))

    def word(self, name: str) -> str:
        """Return a setting that is text."""
        return wire.text(self.settings.get(name, b""), _WORDS)

    def kind(self, name: str) -> int:
        """Return a setting that is a DataType."""
        return wire.whole(self.settings.get(name, b""), TYPE)

    def function(self, name: str) -> str:
        """Return the name of the function that a setting names."""
        return wire.text(b"".join(wire.parts(self.settings.get(name, b""), _FUNCTION)), 1)

    def tensor(self) -> bytes:
        """Return the tensor of a constant."""
        return b"".join(wire.parts(self.settings.get("value", b""), TENSOR))


@dataclass(frozen=True)
class Body:
    """A graph or a function. arguments: what it is given, by name. returns: what it gives, as `source` reads it."""

    nodes: Mapping[str, Node]
    arguments: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()

    def order(self, wanted: Iterable[str], known: Iterable[str]) -> list[Node]:
        """Return the nodes that `wanted` depend on, what each needs before it. known: names of what is given."""
        given, needs = set(known), dict[str, list[str]]()
        waiting = [source(one)[0] for one in wanted]
        while waiting:
            name = waiting.pop()
            if name in given or name in needs:
                continue
            if name not in self.nodes:
                raise UnseenError(f"its graph needs {name[:80]!r}, which nothing makes: export it again")
            needs[name] = [source(one)[0] for one in self.nodes[name].inputs]
            waiting += needs[name]
        try:
            return [self.nodes[name] for name in TopologicalSorter(needs).static_order() if name in needs]
        except CycleError:
            raise UnseenError("its graph goes round in a circle, which no classifier does: export it again") from None


class Library:
    """The functions of a graph by name, each read when it is asked for."""

    def __init__(self, graph: bytes) -> None:
        functions = [one for part in wire.parts(graph, LIBRARY) for one in wire.parts(part, FUNCTIONS)]
        self._messages = {wire.text(wire.parts(one, _SIGNATURE)[0], _NAME): one for one in functions}
        self._read: dict[str, Body] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._messages

    def body(self, name: str) -> Body:
        """Return a function; raise `UnseenError` where there is none of that name."""
        if name not in self._messages:
            raise UnseenError(f"its graph calls {name[:80]!r}, which is not in it: export it again")
        if name not in self._read:
            self._read[name] = _function(self._messages[name])
        return self._read[name]


def _function(message: bytes) -> Body:
    signature = wire.parts(message, _SIGNATURE)[0]
    arguments, results = (
        tuple(wire.text(one, _NAME) for one in wire.parts(signature, number)) for number in (_ARGUMENTS, _RESULTS)
    )
    returned = {wire.text(one, 1): wire.text(one, 2) for one in wire.parts(message, _RETURNS)}
    return Body(_nodes(message, _BODY), arguments, tuple(returned[one] for one in results))


class MetaGraph:
    """The graph of a SavedModel that is for predicting: its nodes, functions and signatures."""

    def __init__(self, content: bytes) -> None:
        graphs = wire.parts(content, META_GRAPHS)
        if not graphs:
            raise UnseenError("saved_model.pb holds no graph: copy the folder again, or export the model again")
        tagged = [one for one in graphs if b"serve" in wire.parts(b"".join(wire.parts(one, META_INFO)), TAGS)]
        self.message = (tagged or graphs)[0]
        graph = b"".join(wire.parts(self.message, GRAPH))
        self.main, self.library = Body(_nodes(graph, NODES)), Library(graph)

    @cached_property
    def signatures(self) -> dict[str, bytes]:
        """Return what may be asked of the model, by name."""
        entries = wire.parts(self.message, SIGNATURES)
        return {wire.text(one, 1): b"".join(wire.parts(one, 2)) for one in entries}

    @property
    def restores(self) -> str:
        """Return the name of the node that reads the variables from their files."""
        return wire.text(b"".join(wire.parts(self.message, SAVER)), RESTORE_NODE)


def _nodes(message: bytes, number: int) -> dict[str, Node]:
    made = {}
    for one in wire.parts(message, number):
        entries = wire.parts(one, _SETTINGS)
        inputs = [name.decode("utf-8", "replace") for name in wire.parts(one, _INPUTS)]
        node = Node(
            wire.text(one, _NAME), wire.text(one, _OP), tuple(name for name in inputs if not name.startswith("^")),
            {wire.text(entry, 1): b"".join(wire.parts(entry, 2)) for entry in entries},
        )  # fmt: skip
        made[node.name] = node
    return made


def source(reference: str) -> tuple[str, int]:
    """Return the node that a reference names, and which of its results: NODE, NODE:1, or NODE:OUTPUT:1 in functions.

    Of what has several outputs by name, the first is the only one that anything here makes.
    """
    name, *rest = reference.split(":")
    if len(rest) == 2 and rest[0].startswith(("batch_", "reserve_")):
        raise UnseenError(f"its graph needs {reference[:80]!r}, which nothing here makes: export it to .onnx")
    return name, int(rest[-1]) if rest and rest[-1].isdecimal() else 0
