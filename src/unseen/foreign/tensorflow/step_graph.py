"""Hold what is known of a TensorFlow graph while its steps are written as nodes of ONNX."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from unseen.errors import UnseenError
from unseen.foreign.tensorflow.graph_def import Node
from unseen.foreign.tensorflow.growing_graph import GrowingGraph
from unseen.foreign.tensorflow.stored_numbers import Numbers


@dataclass(frozen=True, slots=True)
class Handle:
    """A variable of the main graph, before its numbers are read."""

    name: str


@dataclass(frozen=True, slots=True)
class Spread:
    """A picture of which every so many-th pixel is taken at a time: how TensorFlow writes a dilated convolution."""

    picture: str
    every: tuple[int, ...]


Value: TypeAlias = str | Numbers | Handle | Spread


class StepGraph(GrowingGraph):
    """An ONNX graph that grows after the steps of a TensorFlow graph. channels: of the pictures, where known."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self.channels: dict[str, int] = {}
        self._names: dict[int, tuple[str, Numbers]] = {}
        self._left = max_bytes

    def name(self, value: Value) -> str:
        """Return the name of what is computed, or of numbers, which are stored once."""
        if isinstance(value, str):
            return value
        if not isinstance(value, np.ndarray):
            raise UnseenError("a step is given what is no picture and no number: export it to .onnx")
        if id(value) not in self._names:
            self._names[id(value)] = self.keep(value), value
        return self._names[id(value)][0]

    def channels_of(self, value: Value) -> int:
        """Return how many channels a picture has, 0 where that is not known or it is none."""
        return self.channels.get(value, 0) if isinstance(value, str) else 0

    def keep(self, values: Any) -> str:
        """Add numbers; return their name. Raise `UnseenError` where all are more than one file holds."""
        self._left -= np.asarray(values).nbytes
        if self._left < 0:
            raise UnseenError("it has 2 GB of weights and more: no classifier of photos is that large")
        return super().keep(values)


def known(value: Value, node: Node) -> Numbers:
    """Return numbers that must be known before a photo is."""
    if isinstance(value, np.ndarray):
        return value
    raise UnseenError(f"its step {node.op} is set to what is computed of the photo: export it to .onnx")


def wholes(value: Value, node: Node) -> list[int]:
    """Return whole numbers that must be known before a photo is."""
    return [int(one) for one in known(value, node).ravel()]
