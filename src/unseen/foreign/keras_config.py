"""Read the configuration of a Keras file, of Keras 2 or 3, and keep of it what a picture network is made of.

Only layers that are listed here are made, by their names alone: a file cannot name a module, a function or a class of
its own. What matters in training alone (initialisers, regularisers) is dropped.
"""

from collections.abc import Callable
from typing import Any

from unseen.errors import UnseenError

Config = dict[str, Any]
MODELS = {"Sequential", "Functional", "Model"}
LAYERS = {
    "InputLayer", "Dense", "Activation", "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout",
    "AlphaDropout",
    "ActivityRegularization", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose", "MaxPooling2D",
    "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "BatchNormalization", "LayerNormalization",
    "GroupNormalization", "UnitNormalization", "Flatten", "Reshape", "Permute", "ZeroPadding2D", "Cropping2D",
    "UpSampling2D", "Add",
    "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot", "ReLU", "LeakyReLU", "PReLU",
    "ELU", "Softmax",
    "Identity", "Rescaling", "Normalization", "Resizing", "CenterCrop", "RandomFlip", "RandomRotation", "RandomZoom",
    "RandomTranslation", "RandomContrast", "RandomBrightness", "RandomCrop", "RandomWidth", "RandomHeight", "Conv1D",
    "MultiHeadAttention",
}  # fmt: skip
OLD_NAMES = {
    "Convolution2D": "Conv2D", "GlobalAvgPool2D": "GlobalAveragePooling2D", "AvgPool2D": "AveragePooling2D",
    "MaxPool2D": "MaxPooling2D", "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization", "ThresholdedReLU": "ReLU", "Model": "Functional",
    "CustomDepthwiseConv2D": "DepthwiseConv2D", "PatchedDepthwiseConv2D": "DepthwiseConv2D",
}  # fmt: skip
# Augmentation does nothing when a network predicts.
IDLE = {name for name in LAYERS if name.startswith("Random")} | {"GaussianNoise", "ActivityRegularization"}
ACTIVATIONS = {
    "linear", "relu", "relu6", "softmax", "sigmoid", "tanh", "elu", "selu", "gelu", "swish", "silu", "hard_sigmoid",
    "hard_swish", "hard_silu", "mish", "exponential", "leaky_relu", "softplus", "softsign",
}  # fmt: skip
# Arithmetic that Keras 2 writes where a model was given `preprocess_input(x)` or `x / 255.0`.
ARITHMETIC: dict[str, Callable[[float], tuple[float, float]]] = {
    "truediv": lambda y: (1 / y, 0.0), "divide": lambda y: (1 / y, 0.0), "multiply": lambda y: (y, 0.0),
    "subtract": lambda y: (1.0, -y), "add": lambda y: (1.0, y), "__operators__.add": lambda y: (1.0, y),
    "cast": lambda _: (1.0, 0.0),
}  # fmt: skip
# The same as Keras 3 writes it: an operation whose second argument is a number.
OPERATIONS = {"Add": "add", "Subtract": "subtract", "Multiply": "multiply", "Divide": "divide", "TrueDivide": "divide"}
_DROPPED = (
    "dtype", "batch_input_shape", "ragged", "sparse", "optional", "time_major", "implementation",
    "renorm", "renorm_clipping",
    "renorm_momentum", "fused", "virtual_batch_size", "adjustment", "registered_name", "synchronized", "build_config",
    "input_dim", "input_spec", "pruned_by", "quantization_config", "lora_rank", "lora_alpha", "autocast",
)  # fmt: skip
_DEPTH = 40
SAFE = "save the model without it, or export it to ONNX: model.export('model.onnx', format='onnx')"


def cleaned(config: Any, depth: int = 0) -> Config:
    """Return a layer's or model's configuration as Keras 3 reads it; raise `UnseenError` for what is not allowed."""
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str) or depth > _DEPTH:
        raise UnseenError("the model's configuration is damaged: save it again")
    kind, inner = config["class_name"].split(">")[-1], config.get("config")
    kind = OLD_NAMES.get(kind, kind)
    if kind in ("Lambda", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"):
        return _arithmetic(config, kind)
    if kind in OPERATIONS and (step := _with_number(config, kind)) is not None:
        return step
    if kind in MODELS:
        return _outer(config, {"class_name": kind, "config": _model(kind, inner, depth)})
    if kind not in LAYERS:
        raise UnseenError(f"it has a layer of the kind {kind!r}, whose code is not in the file: {SAFE}")
    if not isinstance(inner, dict):
        raise UnseenError("the model's configuration is damaged: save it again")
    return _outer(config, _idle(inner) if kind in IDLE else {"class_name": kind, "config": _layer(kind, inner)})


def _idle(inner: Config) -> Config:
    return {"class_name": "Identity", "config": {"name": str(inner.get("name", "idle"))}}


def _outer(config: Config, made: Config) -> Config:
    """Add what a model of layers keeps beside a layer's own configuration."""
    return made | {key: config[key] for key in ("name", "inbound_nodes") if key in config}


def _model(kind: str, inner: Any, depth: int) -> Config:
    inner = {"name": "sequential", "layers": inner} if isinstance(inner, list) else inner
    if not isinstance(inner, dict) or not isinstance(inner.get("layers"), list):
        raise UnseenError("the model's configuration is damaged: save it again")
    layers = [cleaned(one, depth + 1) for one in inner["layers"]]
    made: Config = {"name": str(inner.get("name", "model")), "layers": layers}
    if kind == "Sequential":
        first = inner["layers"][0].get("config") if inner["layers"] else None
        shape = _shape(first) if isinstance(first, dict) else None
        if shape and layers[0]["class_name"] != "InputLayer" and layers[0]["class_name"] not in MODELS:
            layers.insert(0, {"class_name": "InputLayer", "config": {"batch_shape": shape, "name": "photos"}})
        return made
    nodes = {one.get("name"): max(1, len(one.get("inbound_nodes") or [])) for one in layers}
    for layer in layers:
        layer["inbound_nodes"] = [_node(node, nodes) for node in layer.get("inbound_nodes") or []]
    for key in ("input_layers", "output_layers"):
        ends = inner.get(key)
        while isinstance(ends, list) and len(ends) == 1:
            ends = ends[0]
        if not isinstance(ends, list) or len(ends) != 3 or not isinstance(ends[0], str):
            raise UnseenError(
                "the model takes or gives several things: a classifier takes pictures and gives one row each"
            )
        made[key] = [ends[0], min(int(ends[1]), nodes.get(ends[0], 1) - 1), ends[2]]
    return made


def _node(node: Any, nodes: dict[Any, int]) -> Any:
    """Return where a layer's input comes from. Keras 2 counts the first call of a nested model twice."""
    if isinstance(node, list):
        flat = node if node and isinstance(node[0], list) else [node]
        return [[one[0], min(int(one[1]), nodes.get(one[0], 1) - 1), one[2], _keywords(one[3:])] for one in flat]
    return {"args": [_tensor(one, nodes) for one in node.get("args", [])], "kwargs": _keywords([node.get("kwargs")])}


def _keywords(found: list[Any]) -> Config:
    """Keep no keyword: `training=False` is how a network predicts anyway."""
    if found and isinstance(found[0], dict) and any(isinstance(value, list) and value for value in found[0].values()):
        raise UnseenError(f"a layer is called with more than pictures: {SAFE}")
    return {}


def _tensor(one: Any, nodes: dict[Any, int]) -> Any:
    if isinstance(one, list):
        return [_tensor(part, nodes) for part in one]
    if not isinstance(one, dict) or one.get("class_name") != "__keras_tensor__":
        raise UnseenError(f"a layer is called with more than pictures: {SAFE}")
    inner = one["config"]
    name, index, place = inner["keras_history"]
    history = [str(name), min(int(index), nodes.get(name, 1) - 1), int(place)]
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": inner["shape"], "dtype": "float32", "keras_history": history},
    }


def _layer(kind: str, inner: Config) -> Config:
    made = {key: value for key, value in inner.items() if key not in _DROPPED and not key.endswith(
        ("_initializer", "_regularizer", "_constraint", "initializer", "regularizer"))}  # fmt: skip
    if kind == "InputLayer":
        return {"batch_shape": _shape(inner), "name": str(inner.get("name", "photos"))}
    if kind in ("DepthwiseConv2D", "SeparableConv2D"):  # Keras 2 wrote what its base class knows
        made.pop("groups", None)
    if kind == "DepthwiseConv2D":
        made.pop("filters", None)
    if kind == "ReLU" and "theta" in made:
        made["threshold"] = made.pop("theta")
    if kind == "LeakyReLU" and "alpha" in made:
        made["negative_slope"] = made.pop("alpha")
    for key in ("activation", "axis"):
        if key in made:
            made[key] = _activation(made[key]) if key == "activation" else _axis(made[key])
    for key, value in made.items():
        if isinstance(value, dict):
            raise UnseenError(f"layer {inner.get('name')!r} has a {key} of its own: {SAFE}")
    return made


def _activation(value: Any) -> str:
    if isinstance(value, dict):  # Keras 3 writes a function by module and name, or an activation layer
        value = value.get("config") if value.get("class_name") == "function" else value.get("class_name")
        value = value.get("name") if isinstance(value, dict) else value
        value = "relu" if value == "ReLU" else value
    if value is not None and value not in ACTIVATIONS:
        raise UnseenError(f"it has the activation {str(value)[:40]!r}, whose code is not in the file: {SAFE}")
    return value or "linear"


def _axis(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _shape(inner: Config) -> list[int | None] | None:
    found = inner.get("batch_shape") or inner.get("batch_input_shape")
    if isinstance(found, dict):  # as TensorFlow 2.16 wrapped it
        found = found.get("items") or found.get("config")
    if found is None and inner.get("input_shape"):
        found = [None, *inner["input_shape"]]
    return (
        [None, *(side if isinstance(side, int) else None for side in found[1:])]
        if isinstance(found, list | tuple)
        else None
    )


def _arithmetic(config: Config, kind: str) -> Config:
    """Return the layer that does the same as one step of arithmetic with a number; refuse any other function."""
    inner = config.get("config") or {}
    name, nodes = str(inner.get("name", "step")), config.get("inbound_nodes") or []
    function = str(inner.get("function", "")).removeprefix("math.")
    if kind != "TFOpLambda" or function not in ARITHMETIC or len(nodes) != 1:
        what = "a Lambda layer" if kind == "Lambda" else f"the operation {function or kind!r}"
        raise UnseenError(f"it has {what} ({name!r}), which is code and is not run: {SAFE}")
    entry = nodes[0] if isinstance(nodes[0][0], str) else nodes[0][0]
    number = (entry[3] if len(entry) > 3 else {}).get("y", 1.0 if function == "cast" else None)
    number = [number] if isinstance(number, int | float) else number
    if function != "cast" and not (isinstance(number, list) and all(isinstance(y, int | float) for y in number)):
        raise UnseenError(f"the operation {function!r} ({name!r}) has no number: {SAFE}")
    pairs = [ARITHMETIC[function](float(y) if function != "cast" else 1.0) for y in (number or [1.0])]
    scales, offsets = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    one = len(pairs) == 1
    rescaling = {"name": name, "scale": scales[0] if one else scales, "offset": offsets[0] if one else offsets}
    node = [[entry[0], entry[1], entry[2], {}]]
    return {"class_name": "Rescaling", "config": rescaling, "name": config.get("name", name), "inbound_nodes": [node]}


def _with_number(config: Config, kind: str) -> Config | None:
    """Return the layer that does the same as an operation on pictures and a number; `None` of two pictures."""
    nodes = config.get("inbound_nodes")
    args = nodes[0].get("args") if isinstance(nodes, list) and len(nodes) == 1 and isinstance(nodes[0], dict) else None
    if not isinstance(args, list) or len(args) != 2 or not isinstance(args[1], int | float) or args[1] == 0:
        return None
    scale, offset = ARITHMETIC[OPERATIONS[kind]](float(args[1]))
    name = str(config.get("name") or (config.get("config") or {}).get("name", "step"))
    inner = {"name": name, "scale": scale, "offset": offset}
    return {
        "class_name": "Rescaling",
        "config": inner,
        "name": name,
        "inbound_nodes": [{"args": args[:1], "kwargs": {}}],
    }
