"""Open a .tflite file, float or quantised, as a network: needs the extra `unseen[litert]`."""

from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np

from unseen.errors import UnseenError
from unseen.foreign.class_names_beside import lines_of
from unseen.foreign.network import ForeignNetwork
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
    if len(taken) != 1 or len(taken[0]["shape"]) != 4:
        raise UnseenError(
            f"{path} takes {[list(one['shape']) for one in taken]}: a classifier takes one batch of pictures"
        )
    if len(given[0]["shape"]) < 2:
        raise UnseenError(f"{path} gives {list(given[0]['shape'])}: a classifier gives one row of scores a photo")
    shape = [int(side) if side > 0 else None for side in signature]
    shape[0] = 1  # a batch of one fits every file; another would have to be allocated anew
    if None in shape[1:]:
        raise UnseenError(f"{path} states no size of picture: convert it with a fixed input shape")
    spec = input_spec(shape)

    def run(batch: Float32Array) -> Float32Array:
        interpreter.set_tensor(taken[0]["index"], _quantised(batch, taken[0]))
        interpreter.invoke()
        answers = _real(interpreter.get_tensor(given[0]["index"]), given[0])
        return np.array(answers, np.float32).reshape(len(batch), -1)

    inside = () if taken[0]["dtype"] == np.float32 else (_stated(taken[0]),)
    return ForeignNetwork(path, "TensorFlow Lite", spec, run, _labels_inside(path), inside)


def _stated(detail: dict[str, Any]) -> str:
    scale, zero = detail["quantization"]
    return f"takes {np.dtype(detail['dtype']).name}: a number is (level - {zero}) x {scale:.6g}"


def _quantised(batch: Float32Array, detail: dict[str, Any]) -> Any:
    """Return the numbers as the input stores them: whole levels by the scale that the file states, if it states one."""
    dtype = detail["dtype"]
    if dtype == np.float32:
        return batch
    scale, zero = detail["quantization"]
    levels = batch / scale + zero if scale else batch
    limits = np.iinfo(dtype)
    return np.clip(np.rint(levels), limits.min, limits.max).astype(dtype)


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
