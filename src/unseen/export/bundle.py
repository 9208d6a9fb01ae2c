"""Describe the folder that ships: the graph, what it means, and the weights; read it with strict checks.

    model.onnx           uint8 photos (N, H, W, 3) RGB, any H and W -> probabilities, logits, features, pixels seen
    bundle.json          classes, input side, fit, normalisation, the side photos are decoded at, versions
    weights.safetensors  the same weights, to train on from
    index.safetensors    what the run knows of its own photos: `inference/photo_index.py`
    README.md            the model card

Nothing in it is executed when it is read: no pickle, no code, no custom operators.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from unseen.errors import BadBundle, SettingError, UnseenError
from unseen.records import Fit, Hand
from unseen.runs import read_json, write_json
from unseen.saved import read_record

GRAPH = "model.onnx"
FACTS = "bundle.json"
WEIGHTS = "weights.safetensors"
CARD = "README.md"
RESTORE = "copy the model/ folder of the run again, or train again with this version"
INPUT = "photos"
OUTPUTS = ("probabilities", "logits", "features", "pixels")
# What the locator found, where there is one: box (x0, y0, x1, y1) and keypoints (x, y) in shares of the photo, NaN
# where it found nothing, and how sure it is. A graph of an earlier version does not say it.
REGIONS = ("found_boxes", "found_keypoints", "found_scores")
# The map that the first features are the mean of, where they are one: `export/activation_output.py`.
ACTIVATIONS = "activations"
# How probable it is that a photo shows nothing the model knows, (N,); there from some probability on it has no label.
UNKNOWN, UNKNOWN_AT = "unknown", "unknown_at"


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """What must be known to use the graph.

    side_px: the square the backbone sees. decode_side_px: the short side that photos are decoded at before they
    enter the graph, as in training. mean, std: in pixel units. padding: of the convolutions, to train on from the
    weights. features: width of the third output. temperature: what the head's logits were divided by. hand: the
    one of two that the run was trained on.
    """

    classes: tuple[str, ...]
    model: str
    side_px: int
    decode_side_px: int
    fit: Fit
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    features: int
    weights: str
    unseen_version: str
    padding: str
    temperature: float = 1.0
    hand: Hand | None = None

    def __post_init__(self) -> None:
        """Refuse facts that cannot be true."""
        if len(self.classes) < 2 or len(set(self.classes)) != len(self.classes) or not all(self.classes):
            raise BadBundle(f"{FACTS} needs two or more different classes")
        if not 1 <= self.side_px <= 4096 or not 1 <= self.decode_side_px <= 16384 or self.features < 1:
            raise BadBundle(f"{FACTS} has a side or feature count out of range")
        if not math.isfinite(self.temperature) or self.temperature <= 0:
            raise BadBundle(f"{FACTS} has a temperature that cannot be")
        if not all(map(math.isfinite, (*self.mean, *self.std))) or min(self.std) <= 0:
            raise BadBundle(f"{FACTS} has a normalisation that is not known")


def write_facts(folder: Path, facts: BundleFacts) -> None:
    """Write `bundle.json`."""
    write_json(folder / FACTS, asdict(facts))


def metadata(facts: BundleFacts, outputs: Sequence[str] = OUTPUTS) -> dict[str, str]:
    """Return what the ONNX file says of itself, for programs that have only that file: texts, most of them JSON."""
    return {
        "classes": json.dumps(facts.classes, ensure_ascii=False),
        "input": f"{INPUT}: uint8 (N, height, width, 3), RGB, 0 to 255, upright, any size",
        "outputs": json.dumps(outputs),
        "side_px": str(facts.side_px),
        "decode_side_px": str(facts.decode_side_px),
        "model": facts.model,
        "unseen_version": facts.unseen_version,
    }


def find_bundle(path: Path) -> Path:
    """Return the bundle folder of a run folder, or `path` itself if it is one."""
    for folder in (path / "model", path, path.parent if path.name == GRAPH else path):
        if (folder / FACTS).is_file() and (folder / GRAPH).is_file():
            return folder
    if not path.exists():
        raise BadBundle(f"{path} is not there: name a run folder, or its model/ folder")
    if path.name == GRAPH:
        raise BadBundle(f"{path} has no {FACTS} beside it: copy the whole model/ folder")
    if (path / "run.json").is_file() and not (path / "manifest.json").exists():
        raise BadBundle(f"{path} is not finished: go on with unseen train --resume {path} first")
    raise BadBundle(f"{path} has no {GRAPH} and {FACTS}: name a run that finished, or its model/ folder")


def read_facts(folder: Path) -> BundleFacts:
    """Read and check `bundle.json`; raise `BadBundle` for anything unexpected."""
    path = folder / FACTS
    try:
        return read_record(BundleFacts, read_json(path))
    except SettingError as error:
        raise BadBundle(f"{path}: {error}: {RESTORE}") from None
    except UnseenError as error:
        raise BadBundle(str(error)) from None
