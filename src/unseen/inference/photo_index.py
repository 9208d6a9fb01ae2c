"""Keep what a bundle knows of its photos as arrays in one file, `index.safetensors`: a section for each who asks.

`reference.` (`inference/reference.py`) and `coverage.` (`explanation/coverage.py`). Large arrays are 16-bit. Nothing in
it is a photo, but for thumbnails where `--keep-thumbnails` asked for them.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from unseen.errors import BadBundle
from unseen.runs import atomic_path

FILE = "index.safetensors"
TEXTS = "texts"  # one entry of the metadata: several are written in any order, and a run gives the same bytes twice
DTYPES = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "I64": np.int64, "U8": np.uint8}
Arrays = Mapping[str, npt.NDArray[Any]]


def write_section(folder: Path, section: str, arrays: Arrays, stated: str = "") -> None:
    """Write a section into the index of the bundle `folder`, beside the others. stated: text that belongs to it."""
    from safetensors.numpy import save

    kept, texts = _content(folder)
    own = f"{section}."
    whole = {name: array for name, array in kept.items() if not name.startswith(own)}
    whole |= {own + name: np.asarray(array, order="C") for name, array in arrays.items()}
    texts |= {section: stated}
    with atomic_path(folder / FILE) as target:
        target.write_bytes(save(dict(sorted(whole.items())), metadata={TEXTS: json.dumps(texts, sort_keys=True)}))


def read_section(folder: Path, section: str) -> tuple[dict[str, npt.NDArray[Any]], str] | None:
    """Return a section's arrays and text; `None` where the bundle `folder` has none."""
    kept, texts = _content(folder, f"{section}.")
    return ({name.partition(".")[2]: array for name, array in kept.items()}, texts[section]) if kept else None


def _content(folder: Path, prefix: str = "") -> tuple[dict[str, npt.NDArray[Any]], dict[str, str]]:
    path = folder / FILE
    if not path.exists():
        return {}, {}
    try:
        with path.open("rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            if size > path.stat().st_size:
                raise ValueError("its header is cut off")
            header = json.loads(stream.read(size))
            texts = json.loads(header.pop("__metadata__")[TEXTS])
            found = {name: _read(stream, 8 + size, one) for name, one in header.items() if name.startswith(prefix)}
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadBundle(f"{path} cannot be read ({error}): restore it, or train again") from None
    return found, texts


def _read(stream: BinaryIO, begin: int, one: Mapping[str, Any]) -> npt.NDArray[Any]:
    """Read one array by its entry in the header: the library would be loaded by every prediction, for a few arrays."""
    first, last = one["data_offsets"]
    stream.seek(begin + first)
    return np.frombuffer(stream.read(last - first), DTYPES[one["dtype"]]).reshape(one["shape"])
