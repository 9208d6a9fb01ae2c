"""Open somebody else's ONNX file as a network: ONNX Runtime alone, after a check of what the file holds."""

import ast
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from unseen.errors import UnseenError
from unseen.foreign.network import ForeignNetwork, InputSpec, Stored, in_own_shape, pictures
from unseen.foreign.onnx_check import OnnxFacts, check_onnx
from unseen.onnx_session import Session, cpu_session
from unseen.records import Float32Array

_TYPES = {
    "tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8, "tensor(int32)": np.int32, "tensor(int64)": np.int64,
}  # fmt: skip
_NAMES = ("classes", "class_names", "labels", "names")
_SCALING = {"Sub": "subtracts", "Add": "adds", "Mul": "multiplies by", "Div": "divides by"}
_PASSED = {"Cast", "Transpose", "Identity"}


def open_onnx(path: Path) -> ForeignNetwork:
    """Return the network of an ONNX file; raise `UnseenError` where it is no classifier of pictures."""
    return onnx_network(path, "ONNX")


def onnx_network(path: Path, kind: str, content: bytes | None = None) -> ForeignNetwork:
    """Return the network of an ONNX file, or of the content of one that was made of the file `path`."""
    facts = check_onnx(content or path.read_bytes(), path)
    try:
        session = cpu_session(content or path)
    except Exception as error:  # ONNX Runtime's exceptions share no base of their own
        raise UnseenError(f"{path} cannot be opened ({_first_line(error)}): export it again") from None
    inputs = session.get_inputs()
    own = [one if isinstance(one, int) and one > 0 else None for one in inputs[0].shape] if len(inputs) == 1 else []
    shape = pictures(own)
    if shape is None or inputs[0].type not in _TYPES:
        found = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs)
        raise UnseenError(f"{path} takes {found or 'nothing'}: a classifier takes one batch of pictures, (N, H, W, 3)")
    dtype = _TYPES[inputs[0].type]
    name, output = inputs[0].name, _output(session, path)

    def run(batch: Float32Array) -> Float32Array:
        whole = np.rint(np.clip(batch, 0, 255)) if dtype == np.uint8 else batch
        answers = session.run([output], {name: in_own_shape(whole.astype(dtype), len(own))})[0]
        return np.asarray(answers, np.float32).reshape(len(batch), -1)

    spec = replace(input_spec(shape, Stored("uint8") if dtype == np.uint8 else None), rank=len(own))
    classes = classes_of(session.get_modelmeta().custom_metadata_map)
    return ForeignNetwork(
        path, kind, spec, run, classes, _inside(facts, name), lambda _h, _w: content or _whole_file(path)
    )


def _whole_file(path: Path) -> bytes:
    """Return the file with the weights that lie beside it."""
    import onnx  # of the extra `unseen[train]`

    content: bytes = onnx.load(path).SerializeToString()
    return content


def input_spec(shape: list[int | None], stored: Stored | None = None) -> InputSpec:
    """Return what a shape of four says: where the channels are, the size, the batch."""
    first, last = shape[1] in (1, 3), shape[3] in (1, 3)
    if not first and not last:
        if None not in (shape[1], shape[3]):
            raise UnseenError(f"the network takes {shape}: one or three channels are what a picture has")
        return InputSpec(None, 3, None, None, stored, shape[0])
    layout, channels = ("nchw", shape[1]) if first and not last else ("nhwc", shape[3])
    if first and last:  # a picture of 3 x 3 pixels is none
        layout, channels = ("nchw", shape[1]) if (shape[2] or 9) > 3 and shape[3] != shape[1] else ("nhwc", shape[3])
    height, width = shape[2:4] if layout == "nchw" else shape[1:3]
    return InputSpec("nchw" if layout == "nchw" else "nhwc", channels or 3, height, width, stored, shape[0])


def _output(session: Session, path: Path) -> str:
    """Return the output that is one row of scores a photo; the first of several."""
    outputs = session.get_outputs()
    rows = [one for one in outputs if one.type in _TYPES and _is_row(one.shape)]
    if not rows:
        found = ", ".join(f"{one.name} {one.type} {one.shape}" for one in outputs)
        raise UnseenError(f"{path} gives {found}: a classifier gives one row of scores a photo, (N, classes)")
    return str(rows[0].name)


def _is_row(shape: list[Any]) -> bool:
    return len(shape) == 2 or (len(shape) == 4 and shape[2:] == [1, 1])


def classes_of(stated: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the class names that a file's own metadata states, as JSON or as Python writes a list or dictionary."""
    for key in _NAMES:
        written = stated.get(key, "")
        for read in (json.loads, ast.literal_eval):
            try:
                names = read(written)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            if isinstance(names, dict):
                names = [
                    names[place] for place in sorted(names, key=lambda one: int(one) if str(one).isdecimal() else 0)
                ]
            if isinstance(names, list | tuple) and len(names) > 1:
                return tuple(str(name) for name in names)
    return None


def _inside(facts: OnnxFacts, name: str) -> tuple[str, ...]:
    """Say what arithmetic the graph begins with, while it is arithmetic with a number or one a channel."""
    found: list[str] = []
    for step in facts.steps:
        if name not in step.inputs or step.kind not in _SCALING.keys() | _PASSED:
            if name in step.inputs:
                break
            continue
        others = [facts.constants.get(one) for one in step.inputs if one != name]
        if step.kind in _SCALING:
            if not others or others[0] is None:
                break
            numbers = sorted(set(others[0]))
            found.append(f"{_SCALING[step.kind]} {', '.join(f'{number:.4g}' for number in numbers)}")
        name = step.outputs[0]
    return tuple(found)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
