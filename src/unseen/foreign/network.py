"""Define what a foreign network is, whatever file it came in, and what its answers mean."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from unseen.records import Float32Array, Float64Array

Layout = Literal["nchw", "nhwc"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
Answer = Literal["probabilities", "logits", "sigmoid"]
LEAST_SIDE = 8  # pixels of a picture whose numbers lie in a row
SURE = 1e-7  # where a probability of 0 is taken for this, its logarithm is a number


@dataclass(frozen=True, slots=True)
class Stored:
    """Whole levels that a network takes instead of numbers: a number is (level - zero) x scale.

    dtype: uint8 or int8.
    """

    dtype: Literal["uint8", "int8"]
    scale: float = 1.0
    zero: int = 0

    @property
    def least(self) -> int:
        """The least level: that of black, where a photo's own grey levels are what is stored."""
        return 0 if self.dtype == "uint8" else -128

    def levels(self, numbers: Float32Array) -> Float32Array:
        """Return the level that stands for each number."""
        whole = np.rint(numbers / np.float32(self.scale) + self.zero)
        return np.asarray(np.clip(whole, self.least, self.least + 255), np.float32)

    def meant_by_levels(self, greys: Float32Array) -> Float32Array:
        """Return the numbers that are meant where grey levels of a photo, 0 to 255, are stored as they are."""
        return np.asarray((greys + (self.least - self.zero)) * np.float32(self.scale), np.float32)


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What a network's input looks like.

    layout: `None` where the file does not say. channels: 1 or 3. height_px, width_px: `None` where any fit.
    stored: the input takes whole levels. batch: photos at once, `None`: any number. rank: dimensions of the input: 3
    where it has none for channels, 2 where all numbers lie in a row.
    """

    layout: Layout | None
    channels: int
    height_px: int | None
    width_px: int | None
    stored: Stored | None = None
    batch: int | None = None
    rank: int = 4


def pictures(shape: Sequence[int | None]) -> list[int | None] | None:
    """Return the shape (N, H, W, C) that an input stands for: grey pictures without a channel, or square ones in a row.

    Any other shape of four is returned as it is, `None` for what is no picture.
    """
    if len(shape) == 4:
        return list(shape)
    if len(shape) == 3:
        return [*shape, 1]
    numbers = shape[1] if len(shape) == 2 else None
    for channels in (1, 3):
        side = math.isqrt(numbers // channels) if numbers else 0
        if side >= LEAST_SIDE and side * side * channels == numbers:
            return [shape[0], side, side, channels]
    return None


def in_own_shape(batch: Any, rank: int) -> Any:
    """Return a batch of pictures (N, H, W, C) in as many dimensions as the network's own input has, see `pictures`."""
    return batch if rank == 4 else batch.reshape(batch.shape[:3] if rank == 3 else (len(batch), -1))


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
