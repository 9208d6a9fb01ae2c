"""Open Keras files of any version as networks, without TensorFlow and without running what they bring."""

import io
import json
import os
import zipfile
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from unseen.errors import UnseenError
from unseen.foreign.keras_config import Config, cleaned
from unseen.foreign.keras_weights import Weights, fill, stored_weights
from unseen.foreign.network import ForeignNetwork, InputSpec, in_own_shape, pictures
from unseen.records import Float32Array
from unseen.store.folder import cache_root

MAX_JSON_BYTES = 2**24
_WEIGHTED = {"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense", "BatchNormalization"}
_DAMAGED = "the file is damaged: save the model again"


def open_h5(path: Path) -> ForeignNetwork:
    """Return the network of a Keras 2 or 3 .h5 file."""
    with _h5(path) as file:
        written = file.attrs.get("model_config")
        if written is None:
            written = _written_beside(path)
        return _network(path, _read_json(written, path), stored_weights(file, path))


def _written_beside(path: Path) -> str:
    """Return what `model.to_json()` wrote, where it lies beside its weights under the same name."""
    for stem in (path.stem, path.name.split(".")[0], path.name.split(".")[0].removesuffix("_weights"), "model"):
        beside = path.with_name(f"{stem}.json")
        if beside.is_file() and beside.stat().st_size < MAX_JSON_BYTES:
            return beside.read_text(encoding="utf-8", errors="replace")
    raise UnseenError(
        f"{path} holds weights alone: save the whole model with model.save('model.keras'), or put what model.to_json() "
        f"returns into {path.with_name(path.stem)}.json"
    )


def open_keras(path: Path, unzip: zipfile.ZipFile) -> ForeignNetwork:
    """Return the network of a .keras archive: a configuration and weights."""
    config = _read_json(unzip.read("config.json"), path)
    with _h5(io.BytesIO(unzip.read("model.weights.h5")), path) as file:
        return _network(path, config, stored_weights(file, path))


def _h5(source: Path | io.BytesIO, path: Path | None = None) -> Any:
    try:
        return import_module("h5py").File(source, "r")
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    except OSError as error:
        raise UnseenError(f"{path or source} cannot be opened ({str(error)[:100]}): copy it again") from None


def _read_json(written: str | bytes, path: Path) -> Config:
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        raise UnseenError(f"{path}: {_DAMAGED}") from None
    if not isinstance(found, dict):
        raise UnseenError(f"{path}: {_DAMAGED}")
    return found


def _network(path: Path, config: Config, weights: Weights) -> ForeignNetwork:
    return build(path, config, lambda model: fill(model, weights))


def build(path: Path, config: Config, load: Callable[[Any], None]) -> ForeignNetwork:
    """Return the network that `config` describes, once `load` has put the weights into the model."""
    try:
        made = cleaned(config)
        # Keras takes the configuration apart while it reads it
        shape, inside = _first_shape(made), tuple(_rescaling(made))
        spec = _spec(shape)
        model = _model_of(made, shape)
        load(model)
    except UnseenError as error:
        raise UnseenError(f"{path}: {error}") from None
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    except Exception as error:  # Keras has no errors of its own: anything that a strange configuration makes it raise
        raise UnseenError(
            f"{path}: its layers do not fit together ({_first_line(error)}): save the model again"
        ) from None
    return ForeignNetwork(path, "Keras", spec, _runner(model, spec.rank), None, inside, _exporter(model, spec))


def _exporter(model: Any, spec: InputSpec) -> Callable[[int, int], bytes] | None:
    if keras().backend.backend() != "torch":
        return None
    from unseen.foreign.torch_file import exporter

    return exporter(model, spec, dynamo=False)  # as Keras exports its layers on torch


def _missing(error: ModuleNotFoundError) -> UnseenError:
    return UnseenError(f'a Keras file needs {error.name}: pip install "unseen[keras]"')


def keras() -> Any:
    """Import Keras on its torch backend, unless it is in use already."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    os.environ.setdefault("KERAS_HOME", str(cache_root() / "keras"))  # it writes its settings where it is imported
    return import_module("keras")


def _model_of(made: Config, shape: list[int | None] | None) -> Any:
    keras()
    options = import_module("keras.src.legacy.saving.saving_options")
    legacy = import_module("keras.src.legacy.saving.saving_utils")
    with options.keras_option_scope(use_legacy_config=True):
        model = legacy.model_from_config(made, custom_objects={})
    if not model.built or not getattr(model, "inputs", None):
        # a model of models is only made once it sees a picture
        model(np.zeros([1, *(side or 224 for side in (shape or [])[1:])], np.float32))
    return model


def _first_shape(config: Config) -> list[int | None] | None:
    """Return the input shape that the first layer states, however deep it lies."""
    inner = config["config"]
    if config["class_name"] == "InputLayer":
        shape: list[int | None] = inner["batch_shape"]
        return shape
    for layer in inner.get("layers", []) if isinstance(inner, dict) else []:
        if (found := _first_shape(layer)) is not None:
            return found
    return None


def _spec(shape: list[int | None] | None) -> InputSpec:
    seen = pictures(shape or [])
    if seen is None or seen[3] not in (1, 3, None):
        raise UnseenError(f"it takes {shape}: a classifier takes pictures, (height, width, 3)")
    return InputSpec("nhwc", seen[3] or 3, seen[1], seen[2], rank=len(shape or []))


def _runner(model: Any, rank: int) -> Callable[[Float32Array], Float32Array]:
    library = import_module("keras")
    on_torch = library.backend.backend() == "torch"

    def run(batch: Float32Array) -> Float32Array:
        with import_module("torch").inference_mode() if on_torch else nullcontext():
            answers = model(in_own_shape(batch, rank), training=False)
        # Keras 3.15's own conversion calls what NumPy 2 warns of
        array = answers.cpu().numpy() if on_torch else library.ops.convert_to_numpy(answers)
        return np.asarray(array, np.float32).reshape(len(batch), -1)

    return run


def _rescaling(config: Config) -> Iterable[str]:
    """Say what arithmetic the network does to its input, before its first layer of weights, in words."""
    for kind, inner in takewhile(lambda one: one[0] not in _WEIGHTED, _layers(config)):
        if kind == "Rescaling":
            yield f"multiplies by {inner.get('scale')}" + (
                f" and adds {inner['offset']}" if inner.get("offset") else ""
            )
        if kind == "Normalization":
            yield "subtracts a mean and divides by a deviation of its own"


def _layers(config: Config) -> Iterable[tuple[str, Config]]:
    """Yield the kind and the configuration of every layer that holds no others."""
    inner = config["config"]
    if isinstance(inner, dict) and "layers" in inner:
        for layer in inner["layers"]:
            yield from _layers(layer)
    else:
        yield config["class_name"], inner


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
