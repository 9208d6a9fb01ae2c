"""Open whatever model a person names, by what the file holds and not by its ending; nothing in it is unpickled."""

import tempfile
import zipfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from unseen.errors import UnseenError
from unseen.foreign.class_names_beside import names_beside
from unseen.foreign.network import ForeignNetwork
from unseen.text import count

MAX_ARCHIVE_BYTES = 4 * 2**30  # unpacked
PICKLED = (
    "a plain torch.save or pickle file can run any code when it is opened: export it with "
    "torch.onnx.export(model.eval(), (torch.zeros(1, 3, 224, 224),), 'model.onnx') and give that file"
)
KNOWN = ".onnx, .keras, .h5, a SavedModel folder, .tflite, TorchScript .pt, torch.export .pt2, .safetensors with --arch"
_SAVED = "saved_model.pb"
_INSIDE = ("keras_model.h5", "model_unquant.tflite", "model.tflite", "vww_96_grayscale_quantized.tflite", "model.onnx")


def open_model(path: Path, *, arch: str | None = None, classes: tuple[str, ...] | None = None) -> ForeignNetwork:
    """Return the network of a file or folder.

    arch: `timm/NAME`, the network that a file of weights is for. classes: names of the outputs, before those that the
    file or a file beside it states. Raises `UnseenError` in one line for what is no model or cannot be trusted.
    """
    if not path.exists():
        raise UnseenError(f"{path} is not there: check the path")
    if path.name == _SAVED:
        path = path.parent
    network = _open_folder(path) if path.is_dir() else _open_file(path, arch)
    return replace(network, classes=classes or network.classes or names_beside(path))


def _open_folder(folder: Path) -> ForeignNetwork:
    if (folder / _SAVED).is_file():
        return _opened("tensorflow.saved_model", "open_saved_model", folder)
    inside = [file for name in _INSIDE if (file := folder / name).is_file()]
    inside += [file.parent for file in folder.glob(f"*/{_SAVED}")]  # Teachable Machine: model.savedmodel/
    if len(inside) == 1:
        return open_model(inside[0])
    raise UnseenError(f"{folder} holds no model: name the file itself ({KNOWN})")


def _open_file(path: Path, arch: str | None) -> ForeignNetwork:
    with path.open("rb") as stream:
        head = stream.read(16)
    if not head:
        raise UnseenError(f"{path} is empty: copy it again")
    if head[:4] == b"PK\x03\x04":
        return _open_archive(path)
    if head[:8] == b"\x89HDF\r\n\x1a\n":
        return _opened("keras_file", "open_h5", path)
    if head[4:8] == b"TFL3":
        return _opened("tensorflow.tflite_file", "open_tflite", path)
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < path.stat().st_size:
        return _opened("bare_weights", "open_safetensors", path, arch)
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05":
        raise UnseenError(f"{path}: {PICKLED}")
    if path.suffix.lower() == ".onnx":
        return _opened("onnx_file", "open_onnx", path)
    if head.lstrip()[:1] == b"{" and path.suffix == ".json":
        raise UnseenError(f"{path} is a model for TensorFlow.js: give the .h5 or .tflite that it was made from")
    raise UnseenError(f"{path} is no model that can be opened: give {KNOWN}; a damaged file must be copied again")


def _open_archive(path: Path) -> ForeignNetwork:
    try:
        with zipfile.ZipFile(path) as unzip:
            return _open_members(path, unzip)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise UnseenError(f"{path} is a damaged archive ({str(error)[:100]}): copy it again") from None


def _open_members(path: Path, unzip: zipfile.ZipFile) -> ForeignNetwork:
    members = {info.filename: info.file_size for info in unzip.infolist()}
    if sum(members.values()) > MAX_ARCHIVE_BYTES:
        raise UnseenError(f"{path} would unpack to {sum(members.values()) / 2**30:.0f} GB: no classifier is that large")
    last = {Path(name).name for name in members}
    if {"config.json", "model.weights.h5"} <= set(members):
        return _opened("keras_file", "open_keras", path, unzip)
    if any("/code/" in name for name in members) and "constants.pkl" in last:
        return _opened("torch_file", "open_torchscript", path, list(members), unzip)
    if any(name.endswith(("models/model.json", "serialized_exported_program.json")) for name in members):
        return _opened("torch_file", "open_pt2", path, list(members), unzip)
    if "data.pkl" in last or any(name.endswith((".pkl", ".pickle")) for name in members):
        raise UnseenError(f"{path}: {PICKLED}")
    inside = [name for name in members if Path(name).name in (*_INSIDE, _SAVED)]
    if len(inside) != 1:
        raise UnseenError(
            f"{path} holds {count(len(inside), 'model')} among {count(len(members), 'file')}: give {KNOWN}"
        )
    return _open_export(path, unzip, inside[0])


def _open_export(path: Path, unzip: zipfile.ZipFile, model: str) -> ForeignNetwork:
    """Open a zip as Teachable Machine exports it: the model with `labels.txt` beside it."""
    with tempfile.TemporaryDirectory() as folder:
        if Path(model).name == _SAVED:
            network = _open_saved(unzip, Path(model).parent, Path(folder))
            return replace(network, path=path)
        for name in unzip.namelist():
            if Path(name).parent == Path(model).parent and Path(name).suffix in (".txt", ".json", Path(model).suffix):
                (Path(folder) / Path(name).name).write_bytes(unzip.read(name))
        inner = Path(folder) / Path(model).name
        network = _open_file(inner, None)
        return replace(network, path=path, classes=network.classes or names_beside(inner))


def _open_saved(unzip: zipfile.ZipFile, inner: Path, folder: Path) -> ForeignNetwork:
    """Open a SavedModel in a zip: of its folder `inner`, and beside it, what a SavedModel has and names of classes."""
    target = folder / "model"
    (target / "variables").mkdir(parents=True)
    for name in map(Path, unzip.namelist()):
        if name.parent == inner / "variables" and name.name.startswith("variables."):
            (target / "variables" / name.name).write_bytes(unzip.read(name.as_posix()))
        elif name.parent == inner and name.name == _SAVED:
            (target / _SAVED).write_bytes(unzip.read(name.as_posix()))
        elif name.parent in (inner, inner.parent) and name.suffix in (".txt", ".json"):
            (folder / name.name).write_bytes(unzip.read(name.as_posix()))
    return open_model(target)


def _opened(module: str, function: str, *given: Any) -> ForeignNetwork:
    """Call a reader, imported now: each needs libraries of its own."""
    opened: ForeignNetwork = getattr(import_module(f"unseen.foreign.{module}"), function)(*given)
    return opened
