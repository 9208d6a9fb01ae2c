"""Give a graph one more output: the map that its first features are the mean of, so that places can be told apart.

With it a class activation map (Zhou et al., 2016, "Learning deep features for discriminative localization") costs
nothing. A graph whose features are no mean over places gets none.
"""

import onnx
from onnx import TensorProto, helper

# Passed through on the way from the pooled map to the features; of a `Concat` the backbone's come first.
_PASSED = frozenset({"Concat", "Identity", "Flatten", "Reshape", "Squeeze"})
_POOLS = frozenset({"ReduceMean", "GlobalAveragePool"})


def add_activations(model: onnx.ModelProto, features: str, name: str) -> bool:
    """Add the output `name`, (N, K, h, w), whose mean is the first K of `features`; return whether there is one."""
    made_by = {value: node for node in model.graph.node for value in node.output}
    value = features
    while (node := made_by.get(value)) is not None and node.op_type in _PASSED:
        value = node.input[0]
    if node is None or node.op_type not in _POOLS:
        return False
    model.graph.node.append(helper.make_node("Identity", [node.input[0]], [name]))
    shape = ["photo_count", "channels", "rows", "columns"]
    model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    return True
