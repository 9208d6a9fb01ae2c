"""Open the ready models that come with the package, `signs:letters` and the like: no training, no torch.

Their graph is put together from the parts of the built-in networks; a head of `locate/signs.safetensors` is added.
"""

from functools import lru_cache

import numpy as np
from safetensors import safe_open

from unseen.errors import BadBundle
from unseen.export.bundle import OUTPUTS, REGIONS, BundleFacts
from unseen.locate.prebuilt import BODY, PARTS
from unseen.models.graph_parts import INITIALISER, NODE, field, number, tensor
from unseen.paths import READY
from unseen.records import Float32Array
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
# Numbers of fields in onnx.proto: of a node; of a graph; of a value, its type, its shape.
_IN, _OUT, _OPERATOR = 1, 2, 4
_GRAPH_OUTPUT = 12
_NAME, _TYPE, _TENSOR, _ELEMENT, _SHAPE, _DIM, _LENGTH, _SYMBOL, _FLOAT = 1, 2, 1, 1, 2, 1, 1, 2, 1


@lru_cache(maxsize=4)
def ready_model(name: str) -> tuple[BundleFacts, bytes]:
    """Return the facts and the ONNX graph of the ready model `name`; raise `BadBundle` for one that is not known."""
    space = name.removeprefix(READY)
    if space not in CLASSES:
        raise BadBundle(f"{name} is not there: use {listed([READY + known for known in CLASSES])}, or name a run")
    classes = CLASSES[space]
    weight, bias = _head(space, classes)
    ends = {name: value for part in BODY for name, value in PARTS.part(part).outputs.items()}
    full = np.zeros((FEATURES, len(classes)), np.float32)
    full[-len(weight) :] = weight  # the embedding of the sign comes last
    probabilities, logits = OUTPUTS[:2]
    more = [
        field(INITIALISER, tensor("ready/weight", full)),
        field(INITIALISER, tensor("ready/bias", bias)),
        field(NODE, _node("Gemm", [_FEATURES, "ready/weight", "ready/bias"], logits)),
        field(NODE, _node("Softmax", [logits], probabilities)),
        *(field(_GRAPH_OUTPUT, _value(end, len(classes))) for end in (probabilities, logits)),
        *(field(_GRAPH_OUTPUT, ends[end]) for end in (*OUTPUTS[2:], *REGIONS) if end in ends),
    ]
    facts = BundleFacts(
        classes, "handnet", SIDE_PX, DECODE_SIDE_PX, "crop", (MIDDLE,) * 3, (MIDDLE,) * 3, FEATURES,
        "built in (Apache-2.0)", __version__, "same",
    )  # fmt: skip
    return facts, PARTS.join(BODY, more=b"".join(more))


def _head(space: str, classes: tuple[str, ...]) -> tuple[Float32Array, Float32Array]:
    """Return weight (D, C) and bias (C,) of the head that was taught the labels of `space`, for `classes` alone."""
    with safe_open(PARTS.path.with_name(HEADS), "np") as file:
        taught = file.metadata()[space].split("\n")
        rows = [taught.index(name) for name in classes]
        weight, bias = (np.asarray(file.get_tensor(f"heads.{space}.{part}"), np.float32) for part in ("weight", "bias"))
    return np.ascontiguousarray(weight[rows].T), bias[rows]


def _node(operator: str, inputs: list[str], output: str) -> bytes:
    fields = [field(_IN, name.encode()) for name in inputs]
    return b"".join([*fields, field(_OUT, output.encode()), field(_OPERATOR, operator.encode())])


def _value(name: str, classes: int) -> bytes:
    """Serialise the ValueInfoProto of (N, C) float32."""
    count = field(_DIM, field(_SYMBOL, b"photo_count")) + field(_DIM, number(_LENGTH, classes))
    kind = field(_TENSOR, number(_ELEMENT, _FLOAT) + field(_SHAPE, count))
    return field(_NAME, name.encode()) + field(_TYPE, kind)
