"""Open TorchScript and `torch.export` files as networks, after a look at what their archives hold; never a pickle."""

import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from unseen.errors import UnseenError
from unseen.foreign.network import ForeignNetwork, InputSpec, in_own_shape
from unseen.records import Float32Array

EXPORT = (
    "a plain torch.save file can run any code when it is opened: export it with "
    "torch.onnx.export(model.eval(), (torch.zeros(1, 3, 224, 224),), 'model.onnx') and give that file"
)
# What TorchScript may call: nothing that opens files or loads libraries. It is written as `torch.NAME(` or `ops.NAME.`.
_OPS = re.compile(r"\bops\.(\w+)\.(\w+)")
_OWN_OPS = {"aten", "prim", "quantized", "torchvision", "prims"}
_OPENS_FILES = re.compile(r"\b(?:from_file|save|load|_load_\w+|wait|fork|rpc_\w+)\s*\(")
# What the sizes of a torch.export file may be written with: sympy evaluates them as Python.
_SYMBOLIC = re.compile(
    r"(?:\s|[0-9+\-*/(),<>=&|]|\b(?:[su]\d+|Max|Min|Mod|PythonMod|FloorDiv|CleanDiv|Ne|Eq|Ge|Le|Gt|Lt|True|False|oo|"
    r"int_oo|And|Or|Symbol|Integer|positive|integer)\b|')*"
)
_TARGET = re.compile(r"torch\.ops\.(?:aten|prims|higher_order)\.|_?operator\.|math\.|torch\.sym_\w+$|torch\._sym_\w+$")


def open_torchscript(path: Path, names: Iterable[str], unzip: zipfile.ZipFile) -> ForeignNetwork:
    """Return the network of a TorchScript archive; raise `UnseenError` where its code would open files."""
    for name in names:
        if "/code/" not in name or not name.endswith(".py"):
            continue
        code = unzip.read(name).decode("utf-8", "replace")
        strange = {space for space, _ in _OPS.findall(code)} - _OWN_OPS
        if strange or _OPENS_FILES.search(code):
            raise UnseenError(f"{path} has code that reaches beyond the network ({name.split('/', 1)[-1]}): {EXPORT}")
    torch = _torch()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            module = torch.jit.load(str(path), map_location="cpu").eval()
        except Exception as error:  # the loader's own errors, of many kinds
            raise UnseenError(f"{path} cannot be opened ({_first_line(error)}): export it again") from None
    shapes = [tuple(value.shape) for value in module.parameters() if value.dim() == 4]
    spec = _first_spec(shapes)
    return ForeignNetwork(path, "TorchScript", spec, _runner(module), graph=exporter(module, spec, dynamo=False))


def open_pt2(path: Path, names: Iterable[str], unzip: zipfile.ZipFile) -> ForeignNetwork:
    """Return the network of a `torch.export` archive; raise `UnseenError` for one that holds more than tensors."""
    torch = _torch()
    for name in names:
        if name.endswith(".json"):
            _check_json(json.loads(unzip.read(name)), path)
        elif "sample_inputs" in name or name.endswith((".pt", ".pkl")):
            _check_tensors_only(unzip.read(name), path, torch)
        elif name.endswith((".so", ".py", ".cubin", ".cpp")) or "custom_obj" in name:
            raise UnseenError(f"{path} holds compiled code ({name}): {EXPORT}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program = torch.export.load(str(path))
            module = program.module()
        except Exception as error:
            raise UnseenError(f"{path} cannot be opened ({_first_line(error)}): export it again") from None
    inputs = [
        node
        for node in program.graph.nodes
        if node.op == "placeholder" and node.name in program.graph_signature.user_inputs
    ]
    if len(inputs) != 1 or inputs[0].meta["val"].dim() != 4:
        raise UnseenError(f"{path} takes {len(inputs)} inputs: a classifier takes one batch of pictures")
    shape = [side if isinstance(side, int) else None for side in inputs[0].meta["val"].shape]
    spec = _pt2_spec(shape)
    graph = exporter(module, spec)
    return ForeignNetwork(path, "torch.export", spec, _runner(module), graph=graph)


def _pt2_spec(shape: list[int | None]) -> InputSpec:
    from unseen.foreign.onnx_file import input_spec

    return input_spec(shape)


def _check_json(content: Any, path: Path) -> None:
    """Raise where a graph would have sympy evaluate more than a size, or calls what is no operator of PyTorch."""
    waiting = [content]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        if not isinstance(one, dict):
            continue
        waiting += one.values()
        if one.get("use_pickle") is True:
            raise UnseenError(f"{path} holds pickled objects: {EXPORT}")
        for key in ("expr_str", "as_expr"):
            if isinstance(one.get(key), str) and not _SYMBOLIC.fullmatch(one[key]):
                raise UnseenError(f"{path} holds a size that is no number ('{one[key][:40]}'): {EXPORT}")
        target = one.get("target")
        if isinstance(target, str) and "inputs" in one and not _TARGET.match(target):
            raise UnseenError(f"{path} calls {target[:60]}, which is no operator of PyTorch: {EXPORT}")


def _check_tensors_only(content: bytes, path: Path, torch: Any) -> None:
    if not content:
        return
    try:
        torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")
    except Exception:
        raise UnseenError(f"{path} holds pickled objects: {EXPORT}") from None


def _first_spec(shapes: list[tuple[int, ...]]) -> InputSpec:
    """Guess the input's channels from the first convolution; TorchScript states no sizes."""
    channels = shapes[0][1] if shapes and shapes[0][1] in (1, 3) else 3
    return InputSpec("nchw" if shapes else None, channels, None, None)


def _runner(module: Any) -> Callable[[Float32Array], Float32Array]:
    torch = _torch()

    def run(batch: Float32Array) -> Float32Array:
        with torch.inference_mode():
            answers = module(torch.from_numpy(np.ascontiguousarray(batch)))
        while isinstance(answers, dict | tuple | list):
            answers = next(iter(answers.values())) if isinstance(answers, dict) else answers[0]
        return np.asarray(answers.float().numpy(), np.float32).reshape(len(batch), -1)

    return run


def module_network(path: Path, kind: str, module: Any, classes: tuple[str, ...] | None = None) -> ForeignNetwork:
    """Return a PyTorch module as a network."""
    shapes = [tuple(value.shape) for value in module.parameters() if value.dim() == 4]
    spec = _first_spec(shapes)
    return ForeignNetwork(path, kind, spec, _runner(module.eval()), classes, graph=exporter(module, spec))


def exporter(module: Any, spec: InputSpec, *, dynamo: bool = True) -> Callable[[int, int], bytes]:
    """Return what writes a PyTorch module as ONNX, for any number of photos of one size; TorchScript without dynamo."""
    torch = _torch()

    def written(height_px: int, width_px: int) -> bytes:
        sides = (spec.channels, height_px, width_px) if spec.layout == "nchw" else (height_px, width_px, spec.channels)
        number = spec.batch or 2
        shapes: dict[str, Any] = {}
        if spec.batch is None:
            batch = torch.export.Dim("batch", min=1)
            shapes = {"dynamic_shapes": ({0: batch},)} if dynamo else {"dynamic_axes": {"given": {0: "batch"}}}
        target = io.BytesIO()
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module, (in_own_shape(torch.zeros(number, *sides), spec.rank),), target, dynamo=dynamo, verbose=False,
                opset_version=18, input_names=["given"], output_names=["scores"], **shapes,
            )  # fmt: skip
        return target.getvalue()

    return written


def _torch() -> Any:
    import torch

    return torch


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
