"""Write .h5 files in the layout that Keras 2 writes: the configuration as JSON, weights by the names of layers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from unseen.records import Float32Array

Stored = Mapping[str, Sequence[tuple[str, Float32Array]]]


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    """A layer as Keras 2 describes it, with what it writes and Keras 3 does not know."""
    extra: dict[str, dict[str, Any]] = {
        "Conv2D": {"groups": 1, "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}}},
        "DepthwiseConv2D": {
            "groups": 1,
            "depthwise_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
        },
        "BatchNormalization": {"beta_initializer": {"class_name": "Zeros", "config": {}}, "axis": [3]},
    }
    return {
        "class_name": kind,
        "config": {"name": name, "trainable": True, "dtype": "float32", **extra.get(kind, {}), **config},
    }


def write_h5(path: Path, config: Mapping[str, Any], weights: Stored) -> Path:
    """weights: for each layer of the model itself, its weights by the names that TensorFlow gave them."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = np.bytes_(b"2.4.0")
        file.attrs["backend"] = np.bytes_(b"tensorflow")
        file.attrs["model_config"] = np.bytes_(json.dumps(config).encode())
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = np.array([name.encode() for name in weights])
        root.attrs["backend"] = np.bytes_(b"tensorflow")
        root.attrs["keras_version"] = np.bytes_(b"2.4.0")
        for name, arrays in weights.items():
            group = root.create_group(name)
            group.attrs["weight_names"] = np.array([key.encode() for key, _ in arrays] or np.zeros(0, "S1"))
            for key, array in arrays:
                group.create_dataset(key, data=array)
    return path


def teachable_machine(path: Path, means: Float32Array, sharp: float) -> Path:
    """A file laid out as Teachable Machine's keras_model.h5: a Sequential of two, the first of which holds a Model.

    It says which of `means` (classes, 3) the mean of its input is near to: weights chosen, not trained.
    """
    inner = {
        "name": "model1",
        "layers": [
            layer("InputLayer", "input_1", batch_input_shape=[None, 16, 16, 3], sparse=False)
            | {"name": "input_1", "inbound_nodes": []},
            layer("DepthwiseConv2D", "expanded_conv_depthwise", kernel_size=[1, 1], strides=[1, 1], padding="same",
                  data_format="channels_last", dilation_rate=[1, 1], depth_multiplier=1, use_bias=False)
            | {"name": "expanded_conv_depthwise", "inbound_nodes": [[["input_1", 0, 0, {}]]]},
            layer("BatchNormalization", "expanded_conv_BN", momentum=0.999, epsilon=0.001)
            | {"name": "expanded_conv_BN", "inbound_nodes": [[["expanded_conv_depthwise", 0, 0, {}]]]},
        ],
        "input_layers": [["input_1", 0, 0]],
        "output_layers": [["expanded_conv_BN", 0, 0]],
    }  # fmt: skip
    first = {"name": "sequential_1", "layers": [
        {"class_name": "Model", "config": inner}, layer("GlobalAveragePooling2D", "pool", data_format="channels_last"),
    ]}  # fmt: skip
    second = {"name": "sequential_3", "layers": [
        layer("Dense", "dense_Dense1", units=len(means), activation="softmax", batch_input_shape=[None, 3]),
    ]}  # fmt: skip
    config = {"class_name": "Sequential", "config": {"name": "sequential_4", "layers": [
        {"class_name": "Sequential", "config": first}, {"class_name": "Sequential", "config": second},
    ]}}  # fmt: skip
    ones, zeros = np.ones(3, np.float32), np.zeros(3, np.float32)
    deviation = np.full(3, 4.0, np.float32)  # of the batch norm: undone by the kernel, so that a lost one shows
    return write_h5(path, config, {
        "sequential_1": [
            ("expanded_conv_depthwise/depthwise_kernel:0", np.full((1, 1, 3, 1), np.sqrt(16.001), np.float32)),
            ("expanded_conv_BN/gamma:0", ones), ("expanded_conv_BN/beta:0", zeros),
            ("expanded_conv_BN/moving_mean:0", zeros), ("expanded_conv_BN/moving_variance:0", deviation**2),
        ],
        "sequential_3": [
            ("dense_Dense1/kernel:0", (2 * sharp * means.T).astype(np.float32)),
            ("dense_Dense1/bias:0", (-sharp * np.square(means).sum(axis=1)).astype(np.float32)),
        ],
    })  # fmt: skip
