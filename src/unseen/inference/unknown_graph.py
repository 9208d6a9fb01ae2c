"""Let a graph itself say how probable it is that a photo shows nothing known: the arithmetic of `unknown.py` as nodes.

So the ONNX file alone, the browser and Python say the same. The nodes are written byte by byte, for a ready model is
put together where the onnx package is not installed.
"""

import numpy as np

from unseen.export.bundle import OUTPUTS, REGIONS, UNKNOWN
from unseen.inference.reference import FARTHEST, Reference
from unseen.inference.unknown import (
    MOST_OTHER,
    MOST_SURE,
    NEAR,
    NOTHING,
    SMALLEST_SHARE,
    USUAL_DISTANCE,
    builtin_unknown_model,
)
from unseen.locate.graph_names import PRESENT
from unseen.models.graph_parts import INITIALISER, NODE, OUTPUT, field, node, tensor, value_info

_LOGITS, _FEATURES, _SCORES = OUTPUTS[1], OUTPUTS[2], REGIONS[2]


class _Nodes:
    """Nodes and constants with names of their own; a method for each operator that is called by its name."""

    def __init__(self) -> None:
        self.fields: list[bytes] = []
        self._made = 0

    def constant(self, values: object, kind: type = np.float32) -> str:
        name = self._name()
        self.fields.append(field(INITIALISER, tensor(name, np.asarray(values, kind))))
        return name

    def whole(self, *values: int) -> str:
        return self.constant(values, np.int64)

    def add(self, operator: str, *inputs: str, outputs: int = 1) -> str:
        """Add a node; return its last output."""
        names = [self._name() for _ in range(outputs)]
        self.fields.append(field(NODE, node(operator, inputs, names)))
        return names[-1]

    def _name(self) -> str:
        self._made += 1
        return f"{UNKNOWN}/{self._made}"


def unknown_fields(known: Reference) -> bytes:
    """Return fields of a GraphProto: nodes from logits, features and the locator's scores to `unknown`, (N,).

    known: of photos that show what the locator finds.
    """
    make, model = _Nodes(), builtin_unknown_model()
    said = make.add("TopK", _LOGITS, make.whole(1), outputs=2)  # (N, 1)
    scores = make.add("Unsqueeze", _SCORES, make.whole(1))
    absent = _lacking(make, scores, known.usual, said)
    signals = {"absent": absent, "lost": absent, "far": _far(make, known)}
    if len(known.present):
        signals["lost"] = _lacking(make, _column(make, PRESENT), known.present, said)
    classes = np.isin(np.arange(len(known.centres)), known.sign_classes[known.sign_classes >= 0])
    asked = make.add("Gather", make.constant(classes), said)
    if classes.any():
        signals["other"] = make.add("Mul", _other(make, known), asked)
    signals["no_other"] = make.add("Sub", make.constant(1), asked)
    odds = make.constant(model.bias)
    for name, mean, scale, weight in zip(model.names, model.means, model.scales, model.weights, strict=True):
        value = signals.get(name) or make.constant(0)
        part = make.add("Mul", make.add("Sub", value, make.constant(mean)), make.constant(weight / scale))
        odds = make.add("Add", odds, part)
    nothing = make.add("Min", signals["absent"], signals["lost"])
    odds = make.add("Max", odds, make.add("Sub", nothing, make.constant(NOTHING)))
    make.fields.append(field(NODE, node("Squeeze", [make.add("Sigmoid", odds), make.whole(1)], [UNKNOWN])))
    make.fields.append(field(OUTPUT, value_info(UNKNOWN, ("photo_count",))))
    return b"".join(make.fields)


def _column(make: _Nodes, place: int) -> str:
    """Return one feature, (N, 1), counted from the end."""
    return make.add("Slice", _FEATURES, make.whole(place), make.whole(place + 1), make.whole(1))


def _lacking(make: _Nodes, scores: str, usual: np.ndarray, said: str) -> str:
    """Return by how much the log odds of scores (N, 1) are lower than usual for the class."""
    nothing = make.constant(0)
    shares = make.add("Where", make.add("IsNaN", scores), nothing, scores)
    lacking = make.add("Sub", make.add("Gather", make.constant(usual), said), _log_odds(make, shares, MOST_SURE))
    return make.add("Max", lacking, nothing)


def _log_odds(make: _Nodes, shares: str, most: float) -> str:
    kept = make.add("Clip", shares, make.constant(SMALLEST_SHARE), make.constant(1 - SMALLEST_SHARE))
    odds = make.add("Log", make.add("Div", kept, make.add("Sub", make.constant(1), kept)))
    return make.add("Clip", odds, make.constant(-most), make.constant(most))


def _far(make: _Nodes, known: Reference) -> str:
    """Return the log of how far photos lie from the nearest class, as a share of what is usual, (N, 1)."""
    if len(known.turn):
        values, turn, centres, usual = _last(make, len(known.turn)), known.turn, known.places, USUAL_DISTANCE
    else:
        values = make.add("Div", make.add("Sub", _FEATURES, make.constant(known.mean)), make.constant(known.std))
        values = make.add("Clip", values, make.constant(-FARTHEST), make.constant(FARTHEST))
        turn, centres, usual = known.whiten, known.centres, max(NEAR, float(np.median(known.distances)))
    seen = make.add("Unsqueeze", make.add("MatMul", values, make.constant(turn)), make.whole(1))
    apart = make.add("Sub", seen, make.constant(centres[~np.isnan(centres[:, 0])][None]))
    squares = make.add("ReduceSum", make.add("Mul", apart, apart), make.whole(2))
    nearest = make.add("Sqrt", make.add("Squeeze", make.add("ReduceMin", squares, make.whole(1)), make.whole(2)))
    return make.add("Log", make.add("Div", make.add("Max", nearest, make.constant(NEAR)), make.constant(usual)))


def _last(make: _Nodes, width: int) -> str:
    """Return the last features, (N, width)."""
    return make.add("Slice", _FEATURES, make.whole(-width), make.whole(2**31), make.whole(1))


def _other(make: _Nodes, known: Reference) -> str:
    """Return the log odds that photos show another known sign than those of the classes, (N, 1)."""
    scores = make.add("Gemm", _last(make, len(known.signs)), make.constant(known.signs), make.constant(known.sign_bias))
    mine = make.constant((known.sign_classes >= 0)[:, None])
    share = make.add("MatMul", make.add("Softmax", scores), mine)
    return make.add("Neg", _log_odds(make, share, MOST_OTHER))
