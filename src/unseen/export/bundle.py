"""The one thing to ship: a folder with the graph, what it means, and the weights; read with strict checks.

    model.onnx           uint8 photos (N, H, W, 3) RGB, any H and W -> probabilities, logits, features, pixels seen
    bundle.json          classes, input side, fit, normalisation, the side photos are decoded at, versions
    weights.safetensors  the same weights, to train on from
    README.md            the model card

Nothing in it is executed when it is read: no pickle, no code, no custom operators.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from unseen.errors import BadBundle
from unseen.photos.fit import FITS
from unseen.runs import write_text

SCHEMA = 1
GRAPH = "model.onnx"
FACTS = "bundle.json"
WEIGHTS = "weights.safetensors"
CARD = "README.md"
INPUT = "photos"
OUTPUTS = ("probabilities", "logits", "features", "pixels")


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """What must be known to use the graph.

    side_px: the square the backbone sees. decode_side_px: the short side that photos are decoded at before they
    enter the graph, as in training. mean, std: in pixel units. padding: of the convolutions, to train on from the
    weights. features: width of the third output.
    """

    classes: tuple[str, ...]
    model: str
    side_px: int
    decode_side_px: int
    fit: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    features: int
    weights: str
    unseen_version: str
    padding: str = "symmetric"

    def __post_init__(self) -> None:
        """Refuse facts that cannot be true."""
        if len(self.classes) < 2 or len(set(self.classes)) != len(self.classes):
            raise BadBundle(f"{FACTS} needs two or more different classes")
        if not 1 <= self.side_px <= 4096 or not 1 <= self.decode_side_px <= 16384 or self.features < 1:
            raise BadBundle(f"{FACTS} has a side or feature count out of range")
        if self.fit not in FITS or len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise BadBundle(f"{FACTS} has a fit or normalisation that is not known")


def write_facts(folder: Path, facts: BundleFacts) -> None:
    """Write `bundle.json`."""
    write_text(folder / FACTS, json.dumps({"schema": SCHEMA, **asdict(facts)}, indent=2) + "\n")


def find_bundle(path: Path) -> Path:
    """Return the bundle folder of a run folder, or `path` itself if it is one."""
    for folder in (path / "model", path):
        if (folder / FACTS).is_file() and (folder / GRAPH).is_file():
            return folder
    if not path.exists():
        raise BadBundle(f"{path} is not there: name a run folder, or its model/ folder")
    raise BadBundle(f"{path} has no {GRAPH} and {FACTS}: name a run that finished, or its model/ folder")


def read_facts(folder: Path) -> BundleFacts:
    """Read and check `bundle.json`; raise `BadBundle` for anything unexpected."""
    path = folder / FACTS
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    # a recursion error is what deeply nested JSON ends in
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BadBundle(f"{path} cannot be read ({error}): export the model again") from None
    schema = content.pop("schema", None) if isinstance(content, dict) else None
    if schema != SCHEMA or isinstance(schema, bool):
        raise BadBundle(f"{path} does not have schema {SCHEMA}: it was written by another version of unseen")
    return _checked(content, path)


def _checked(content: Mapping[str, Any], path: Path) -> BundleFacts:
    names = {field.name for field in fields(BundleFacts)}
    if set(content) != names:
        odd = sorted(set(content) ^ names)[0]
        raise BadBundle(f"{path}: key '{odd}' is missing or not known: export the model again")
    values: dict[str, Any] = {}
    for name, value in content.items():
        if name in ("side_px", "decode_side_px", "features"):
            fits = isinstance(value, int) and not isinstance(value, bool)
        elif name in ("mean", "std"):
            fits = isinstance(value, list) and all(_is_number(v) for v in value)
        elif name == "classes":
            fits = isinstance(value, list) and all(isinstance(v, str) and v for v in value)
        else:
            fits = isinstance(value, str)
        if not fits:
            raise BadBundle(f"{path}: key '{name}' has a value of the wrong type: export the model again")
        values[name] = tuple(value) if isinstance(value, list) else value
    return BundleFacts(**values)


def _is_number(value: object) -> bool:
    """Say whether `value` is a finite number; JSON's reader also takes NaN and Infinity, and `True` is an int."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
