"""Open the ready models that come with the package, `signs:letters` and the like: no training, no torch.

Their graph is put together from the parts of the built-in networks; a head of `locate/signs.safetensors` is added.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from safetensors import safe_open

from unseen.errors import BadBundle
from unseen.export.bundle import OUTPUTS, REGIONS, BundleFacts
from unseen.inference.reference import Reference
from unseen.inference.unknown import PRESENT_ENOUGH, SURE_ENOUGH, builtin_unknown_model, people_turn
from unseen.inference.unknown_graph import unknown_fields
from unseen.locate.prebuilt import BODY, PARTS
from unseen.models.graph_parts import INITIALISER, NODE, OUTPUT, field, node, tensor, value_info
from unseen.paths import READY
from unseen.records import Float32Array, Float64Array
from unseen.text import listed
from unseen.version import __version__

# What each ready model tells apart; its head was taught more labels, see docs/signs.md.
CLASSES = {
    "letters": tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "digits": tuple("0123456789"),
    "counting": tuple("012345"),
    "rps": ("paper", "rock", "scissors"),
}
# What `handnet` with both poses and the sign is given, and how many features it has; a test holds them.
SIDE_PX, DECODE_SIDE_PX, MIDDLE, FEATURES = 128, 320, 128.0, 618
HEADS = "signs.safetensors"
_FEATURES = OUTPUTS[2]


@lru_cache(maxsize=4)
def ready_model(name: str) -> tuple[BundleFacts, bytes]:
    """Return the facts and the ONNX graph of the ready model `name`; raise `BadBundle` for one that is not known."""
    space = name.removeprefix(READY)
    if space not in CLASSES:
        raise BadBundle(f"{name} is not there: use {listed([READY + known for known in CLASSES])}, or name a run")
    classes = CLASSES[space]
    head = _opened(space)
    weight, bias = (head[part][_rows(head["labels"], classes)] for part in ("weight", "bias"))
    ends = {name: value for part in BODY for name, value in PARTS.part(part).outputs.items()}
    full = np.zeros((FEATURES, len(classes)), np.float32)
    full[-weight.shape[1] :] = weight.T  # the embedding of the sign comes last
    probabilities, logits = OUTPUTS[:2]
    more = [
        field(INITIALISER, tensor("ready/weight", full)),
        field(INITIALISER, tensor("ready/bias", bias)),
        field(NODE, node("Gemm", [_FEATURES, "ready/weight", "ready/bias"], [logits])),
        field(NODE, node("Softmax", [logits], [probabilities])),
        *(field(OUTPUT, value_info(end, ("photo_count", len(classes)))) for end in (probabilities, logits)),
        *(field(OUTPUT, ends[end]) for end in (*OUTPUTS[2:], *REGIONS) if end in ends),
        unknown_fields(ready_reference(name)),
    ]
    facts = BundleFacts(
        classes, "handnet", SIDE_PX, DECODE_SIDE_PX, "crop", (MIDDLE,) * 3, (MIDDLE,) * 3, FEATURES,
        "built in (Apache-2.0)", __version__, "same",
    )  # fmt: skip
    return facts, PARTS.join(BODY, more=b"".join(more))


@lru_cache(maxsize=4)
def ready_reference(name: str) -> Reference:
    """Return what is known of the signs of the ready model `name`."""
    space = name.removeprefix(READY)
    return signs_reference(
        CLASSES[space], **_opened(space), turn=people_turn([_tensor(f"spread.{one}") for one in CLASSES])
    )


def signs_reference(
    classes: Sequence[str],
    labels: Sequence[str],
    weight: Float32Array,
    bias: Float32Array,
    means: Float32Array,
    turn: Float64Array,
) -> Reference:
    """Return what is known of `classes` among the `labels` of a space (`training/known_signs.py`): where they lie for
    the people that the sign network was taught with. turn: see `people_turn`.
    """
    rows, nothing = _rows(labels, classes), np.zeros((0, 0), np.float32)
    of_label = np.full(len(labels), -1)
    of_label[rows] = np.arange(len(classes))
    known = Reference(
        mean=np.zeros(FEATURES, np.float32),
        std=np.ones(FEATURES, np.float32),
        whiten=nothing,
        centres=np.zeros((len(classes), 0), np.float32),
        logits=np.zeros((0, len(classes)), np.float32),
        labels=np.zeros(0, np.int64),
        distances=np.zeros(0, np.float32),
        usual=np.full(len(classes), SURE_ENOUGH, np.float32),
        present=np.full(len(classes), PRESENT_ENOUGH, np.float32),
        turn=turn.astype(np.float32),
        places=(means[rows] @ turn).astype(np.float32),
        unknown_at=np.array(builtin_unknown_model().at_ready, np.float32),
    )
    if len(labels) == len(classes):
        return known
    return replace(known, signs=np.ascontiguousarray(weight.T), sign_bias=bias, sign_classes=of_label)


def _rows(labels: Sequence[str], classes: Sequence[str]) -> list[int]:
    return [labels.index(name) for name in classes]


def _opened(space: str) -> dict[str, Any]:
    """Return the labels of a space, its head, weight (L, S) and bias (L,), and the means of its signs."""
    with safe_open(PARTS.path.with_name(HEADS), "np") as file:
        labels = file.metadata()[space].split("\n")
    names = {"weight": f"heads.{space}.weight", "bias": f"heads.{space}.bias", "means": f"means.{space}"}
    return {"labels": labels, **{part: _tensor(name) for part, name in names.items()}}


def _tensor(name: str) -> Float32Array:
    with safe_open(PARTS.path.with_name(HEADS), "np") as file:
        return np.asarray(file.get_tensor(name), np.float32)
