"""Open a .tflite file, float or quantised, as a network: needs the extra `unseen[litert]`."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np

from unseen.errors import UnseenError
from unseen.foreign.class_names_beside import lines_of
from unseen.foreign.network import ForeignNetwork, Stored, pictures
from unseen.foreign.onnx_file import input_spec
from unseen.records import Float32Array


def open_tflite(path: Path) -> ForeignNetwork:
    """Return the network of a .tflite file; raise `UnseenError` where it is no classifier of pictures."""
    try:
        interpreter = import_module("ai_edge_litert.interpreter").Interpreter(model_path=str(path), num_threads=2)
        taken, given = interpreter.get_input_details(), interpreter.get_output_details()
        signature = taken[0].get("shape_signature", taken[0]["shape"]) if len(taken) == 1 else ()
        interpreter.allocate_tensors()
    except ModuleNotFoundError:
        raise UnseenError('a .tflite file needs ai-edge-litert: pip install "unseen[litert]"') from None
    except (ValueError, RuntimeError) as error:
        raise UnseenError(f"{path} cannot be opened ({str(error).strip()[:160]}): convert it again") from None
    shape = [int(side) if side > 0 else None for side in signature]
    seen = pictures(shape)
    if len(taken) != 1 or seen is None:
        raise UnseenError(
            f"{path} takes {[list(one['shape']) for one in taken]}: a classifier takes one batch of pictures"
        )
    rows = [one for one in given if len(one["shape"]) >= 2]
    if not rows:
        raise UnseenError(f"{path} gives {list(given[0]['shape'])}: a classifier gives one row of scores a photo")
    # a batch of one fits every file
    spec = replace(input_spec([1, *seen[1:]], _stored(taken[0])), rank=len(shape))
    return ForeignNetwork(
        path, "TensorFlow Lite", spec, _runner(interpreter, taken[0], rows[0], spec.stored), _labels_inside(path),
        graph=partial(_converted, path),
    )  # fmt: skip


def _runner(
    interpreter: Any, taken: dict[str, Any], given: dict[str, Any], stored: Stored | None
) -> Callable[[Float32Array], Float32Array]:
    free = any(side < 0 for side in taken.get("shape_signature", taken["shape"])[1:])

    def run(batch: Float32Array) -> Float32Array:
        levels = batch if stored is None else stored.levels(batch)
        if free and tuple(interpreter.get_input_details()[0]["shape"]) != batch.shape:
            interpreter.resize_tensor_input(taken["index"], batch.shape)
            interpreter.allocate_tensors()
        shape = interpreter.get_input_details()[0]["shape"]
        interpreter.set_tensor(taken["index"], levels.astype(taken["dtype"]).reshape(shape))
        interpreter.invoke()
        answers = _real(interpreter.get_tensor(given["index"]), given)
        return np.array(answers, np.float32).reshape(len(batch), -1)

    return run


def _stored(detail: dict[str, Any]) -> Stored | None:
    if detail["dtype"] not in (np.uint8, np.int8):
        return None
    scale, zero = detail["quantization"]
    return Stored("uint8" if detail["dtype"] == np.uint8 else "int8", float(scale) or 1.0, int(zero))


def _converted(path: Path, height_px: int, width_px: int) -> bytes:
    from unseen.foreign.tensorflow.tflite_graph import to_onnx  # needs ONNX's own package

    return to_onnx(path, height_px, width_px)


def _real(levels: Any, detail: dict[str, Any]) -> Any:
    scale, zero = detail["quantization"]
    return (levels.astype(np.float32) - zero) * scale if scale and levels.dtype != np.float32 else levels


def _labels_inside(path: Path) -> tuple[str, ...] | None:
    """Return the labels that the metadata writer appends to the file as a zip."""
    try:
        with ZipFile(path) as packed:
            names = [info for info in packed.infolist() if info.filename.endswith(".txt") and info.file_size < 2**20]
            found = lines_of(packed.read(names[0]).decode("utf-8", "replace")) if names else ()
    except (BadZipFile, OSError):
        return None
    return found if len(found) > 1 else None
