"""Define what a foreign network is, whatever file it came in, and what its answers mean."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from unseen.records import Float32Array, Float64Array

Layout = Literal["nchw", "nhwc"]
Answer = Literal["probabilities", "logits", "sigmoid"]
SURE = 1e-7  # where a probability of 0 is taken for this, its logarithm is a number


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What a network's input looks like.

    layout: `None` where the file does not say. channels: 1 or 3. height_px, width_px: `None` where any fit. levels:
    the input takes whole grey levels, so that only 0 to 255 can be meant. batch: photos at once, `None`: any number.
    """

    layout: Layout | None
    channels: int
    height_px: int | None
    width_px: int | None
    levels: bool = False
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class ForeignNetwork:
    """A network of somebody else's file, opened without running anything that the file brings.

    run: takes a float32 batch in the layout of `input` and returns (N, C) or (N, 1) float32. kind: such as 'ONNX'.
    classes: their names in the order of the outputs, where the file has them. inside: rescaling that is done by the
    network itself, in words. graph: returns the bytes of an ONNX file of the same network for a (height, width),
    `None` where nothing converts it.
    """

    path: Path
    kind: str
    input: InputSpec
    run: Callable[[Float32Array], Float32Array] = field(repr=False)
    classes: tuple[str, ...] | None = None
    inside: tuple[str, ...] = ()
    graph: Callable[[int, int], bytes] | None = field(default=None, repr=False)


def answer_kind(outputs: Float32Array) -> Answer:
    """Say what the outputs (N, C) of a network are: softmax inside, one sigmoid a class, or logits."""
    if outputs.min() >= 0 and outputs.max() <= 1 + 1e-3:
        one_each = outputs.shape[1] > 1 and float(np.abs(outputs.sum(axis=1) - 1).max()) < 0.02
        return "probabilities" if one_each else "sigmoid"
    return "logits"


def log_probabilities(outputs: Float32Array, kind: Answer) -> Float64Array:
    """Return log probabilities (N, C) float64 of a network's outputs; a single output is that of the second class."""
    values = outputs.astype(np.float64)
    if values.shape[1] == 1:
        if kind == "sigmoid":
            values = np.log(np.clip(np.hstack([1 - values, values]), SURE, 1))
        else:
            values = np.hstack([np.zeros_like(values), values])
    elif kind != "logits":
        values = np.log(np.maximum(values, SURE))
    shifted = values - values.max(axis=1, keepdims=True)
    found: Float64Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return found
