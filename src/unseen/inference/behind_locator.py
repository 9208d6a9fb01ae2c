"""Cut from a bundle's graph what stands behind its locator: from photos and boxes to logits.

Whoever knows where the subject lies need not have it looked for again, which takes most of the time in a photo of a
room. The cut is made byte by byte: the onnx package is not needed to predict.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from unseen.batches import same_shape_batches
from unseen.export.bundle import INPUT, OUTPUTS, REGIONS
from unseen.inference.predictor import BATCH
from unseen.models import wire
from unseen.models.graph_parts import (
    GRAPH,
    GRAPH_INPUT,
    GRAPH_NAME,
    INITIALISER,
    NODE,
    NODE_INPUT,
    NODE_OUTPUT,
    OPERATOR,
    OUTPUT,
    TENSOR_NAME,
    VALUE_NAME,
    field,
    number,
    value_info,
)
from unseen.onnx_session import cpu_session
from unseen.photos.working_size import reduce_photo
from unseen.records import Float32Array, Uint8Array

LOGITS, BOXES = OUTPUTS[1].encode(), REGIONS[0].encode()
# Of a model: the version of the format, those of the operators. Of a node, its attributes; of these, graphs in them.
_FORMAT, _OPERATORS, _ATTRIBUTE, _GRAPHS = 1, 8, 5, (6, 11)


class BehindLocator:
    """What stands behind a bundle's locator, opened."""

    def __init__(self, model: bytes, boxes: str, decode_side_px: int, threads: int = 0) -> None:
        """Open what `behind_locator` returned."""
        self._session, self._boxes, self._decode_side_px = cpu_session(model, threads), boxes, decode_side_px

    def logits(self, photos: Sequence[Uint8Array], boxes: Sequence[Sequence[float]]) -> Float32Array:
        """Return logits (N, C) of decoded photos whose subjects lie in boxes (N, 4), in shares."""
        shown = [reduce_photo(photo[..., :3], self._decode_side_px) for photo in photos]
        rows: dict[int, Float32Array] = {}
        for chunk in same_shape_batches(shown, BATCH):
            feed = {
                INPUT: np.stack([shown[i] for i in chunk]),
                self._boxes: np.array([boxes[i] for i in chunk], np.float32),
            }
            rows |= zip(chunk, self._session.run([OUTPUTS[1]], feed)[0], strict=True)
        return np.stack([rows[i] for i in range(len(shown))])


def behind_locator(model: bytes) -> tuple[bytes, str] | None:
    """Return the ONNX graph from photos and boxes (N, 4) to logits alone, and what it calls the boxes.

    `None` where the model finds no boxes, or needs more of what its locator found.
    """
    graph = b"".join(wire.parts(model, GRAPH))
    parts = _by_field(graph)
    made = {name: node for node in parts[NODE] for name in wire.parts(node, NODE_OUTPUT)}
    if BOXES not in made:
        return None
    names = {BOXES}
    if wire.text(made[BOXES], OPERATOR) == "Identity":  # a part of a graph may have called them otherwise
        names.update(wire.parts(made[BOXES], NODE_INPUT))
    reached = _reached(made, names)
    asked = names & reached
    kept = dict.fromkeys(made[name] for name in made if name in reached - names)
    if len(asked) != 1:
        return None
    boxes = asked.pop().decode()
    fields = [
        field(GRAPH_NAME, b"unseen"),
        *(field(NODE, node) for node in kept),
        *(field(INITIALISER, one) for one in parts[INITIALISER] if wire.parts(one, TENSOR_NAME)[0] in reached),
        *(field(GRAPH_INPUT, one) for one in parts[GRAPH_INPUT] if wire.parts(one, VALUE_NAME)[0] in reached),
        field(GRAPH_INPUT, value_info(boxes, ("photo_count", 4))),
        *(field(OUTPUT, one) for one in parts[OUTPUT] if wire.parts(one, VALUE_NAME)[0] == LOGITS),
    ]
    versions = [field(_OPERATORS, one) for one in wire.parts(model, _OPERATORS)]
    whole = number(_FORMAT, wire.whole(model, _FORMAT)) + b"".join(versions) + field(GRAPH, b"".join(fields))
    return whole, boxes


def _reached(made: Mapping[bytes, bytes], known: set[bytes]) -> set[bytes]:
    """Return the names of all values that the logits are computed from; those that are known, from nothing."""
    reached: set[bytes] = set()
    coming = [LOGITS]
    while coming:
        name = coming.pop()
        if name not in reached:
            reached.add(name)
            if name not in known and name in made:
                coming += _used(made[name])
    return reached


def _used(node: bytes) -> Iterator[bytes]:
    """Yield the names of the values that a node uses, in the branches of an `If`, too."""
    yield from wire.parts(node, NODE_INPUT)
    for attribute in wire.parts(node, _ATTRIBUTE):
        for branch in (one for key in _GRAPHS for one in wire.parts(attribute, key)):
            for inner in wire.parts(branch, NODE):
                yield from _used(inner)


def _by_field(graph: bytes) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = defaultdict(list)
    for key, value in wire.fields(graph):
        if isinstance(value, bytes):
            found[key].append(value)
    return found
