"""Write what Python writes as x[..., ::-1] or x[:, 0], TensorFlow's StridedSlice, as nodes of ONNX."""

from collections.abc import Sequence

from unseen.foreign.tensorflow.graph_def import Node
from unseen.foreign.tensorflow.growing_graph import LAST
from unseen.foreign.tensorflow.step_graph import StepGraph, Value, wholes


def strided(graph: StepGraph, node: Node, inputs: Sequence[Value]) -> Value:
    """Add the nodes; axes behind an ellipsis are counted from the end."""
    begins, ends, steps = (wholes(one, node) for one in inputs[1:4])
    masks = {name: node.whole(f"{name}_mask") for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")}
    is_set = {name: [bool(mask >> place & 1) for place in range(len(begins))] for name, mask in masks.items()}
    parts, gone, new = [], [], []
    behind = False
    for place, (begin, end, step) in enumerate(zip(begins, ends, steps, strict=True)):
        if is_set["ellipsis"][place]:
            behind = True
            continue
        rest = range(place + 1, len(begins)) if behind else range(place)
        taken = sum(not is_set["new_axis"][one] and not is_set["ellipsis"][one] for one in rest)
        left = sum(not is_set["shrink_axis"][one] and not is_set["ellipsis"][one] for one in rest)
        if is_set["new_axis"][place]:
            new.append(-1 - left if behind else left)
            continue
        axis = -1 - taken if behind else taken
        if is_set["shrink_axis"][place]:
            gone.append(axis)
            parts.append((axis, begin, begin + 1 or LAST, 1))
        elif not (is_set["begin"][place] and is_set["end"][place] and step == 1):
            start = (0 if step > 0 else LAST) if is_set["begin"][place] else begin
            parts.append((axis, start, (LAST if step > 0 else -LAST) if is_set["end"][place] else end, step))
    made = graph.cut(graph.name(inputs[0]), parts)
    for kind, axes in (("Squeeze", gone), ("Unsqueeze", new)):
        made = graph.node(kind, made, graph.whole(axes)) if axes else made
    return made
