"""Models that other people could have made, small and with a known truth."""

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.scaling import network_batch
from unseen.records import Float32Array, Int64Array, Uint8Array

COLOURS = np.array([(210, 60, 40), (60, 170, 80), (80, 70, 200)], np.uint8)
CLASSES = ("green", "orange", "violet")  # in the order of folders; the colours above are those of MEANINGS
MEANINGS = ("orange", "green", "violet")


def planted_photos(count: int = 90, seed: int = 0) -> tuple[list[Uint8Array], Int64Array]:
    """Wide photos (40, 80): the colour of the class in the middle, another class's at both sides. Labels by CLASSES."""
    rng = np.random.default_rng(seed)
    photos, labels = [], []
    for i in range(count):
        kind, other = i % 3, (i + 1 + rng.integers(2)) % 3
        photo = np.empty((40, 80, 3), np.int64)
        photo[:] = COLOURS[other]
        photo[:, 20:60] = COLOURS[kind]
        noisy = photo + rng.normal(0, 25, photo.shape) + rng.normal(0, 12, 3)
        photos.append(noisy.clip(0, 255).astype(np.uint8))
        labels.append(CLASSES.index(MEANINGS[kind]))
    return photos, np.array(labels, np.int64)


def centroids(reading: Reading) -> Float32Array:
    """The mean that each class's colour has once it is prepared as `reading` says, (3, 3), in the order of CLASSES."""
    patches = np.stack([np.full((4, 4, 3), COLOURS[MEANINGS.index(name)], np.uint8) for name in CLASSES])
    first = Reading(4, 4, reading.scale, reading.order, "nhwc")
    return np.asarray(network_batch(patches, first, 3).mean(axis=(1, 2)))


def write_centroid_onnx(
    path: Path, reading: Reading, order: tuple[int, ...] = (0, 1, 2), *, softmax: bool = True, divide: float = 1.0,
    named: bool = True,
) -> Path:  # fmt: skip
    """Write a network that says which class's colour the mean of its input is near to, or "none" of them.

    order: which class each output is for. divide: what it divides by itself first.
    """
    means = centroids(reading)[list(order)] / divide
    radius = 0.3 * float(np.ptp(means))
    sharp = 4 / radius**2
    shape = ["batch", 3, reading.height_px, reading.width_px]
    if reading.layout == "nhwc":
        shape = ["batch", reading.height_px, reading.width_px, 3]
    nodes = [
        helper.make_node("Div", ["photos", "by"], ["divided"]),
        helper.make_node("ReduceMean", ["divided", "axes"], ["mean"], keepdims=0),
        helper.make_node("Gemm", ["mean", "weights", "bias"], ["near"]),
        helper.make_node("Mul", ["mean", "mean"], ["squares"]),
        helper.make_node("ReduceSum", ["squares", "one"], ["norm"], keepdims=1),
        helper.make_node("Mul", ["norm", "none_sharp"], ["none"]),
        helper.make_node("Concat", ["near", "none"], ["logits"], axis=1),
        helper.make_node("Softmax" if softmax else "Identity", ["logits"], ["scores"]),
    ]
    stored: dict[str, Any] = {
        "by": np.float32(divide),
        "axes": np.array([1, 2] if reading.layout == "nhwc" else [2, 3], np.int64),
        "one": np.array([1], np.int64),
        "weights": (2 * sharp * means.T).astype(np.float32),
        "bias": (sharp * (radius**2 - np.square(means).sum(axis=1))).astype(np.float32),
        "none_sharp": np.float32(sharp),
    }
    graph = helper.make_graph(
        nodes, "net", [helper.make_tensor_value_info("photos", TensorProto.FLOAT, cast(Any, shape))],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", len(order) + 1])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in stored.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    names = [*(CLASSES[i] for i in order), "none"] if named else None
    helper.set_model_props(model, {"classes": json.dumps(names)} if names else {})
    onnx.save(model, path)
    return path


def write_planted(root: Path, count: int = 48, seed: int = 0) -> Path:
    """Write the planted photos into class folders; every fourth is one session of its own."""
    photos, labels = planted_photos(count, seed)
    for i, (photo, label) in enumerate(zip(photos, labels, strict=True)):
        folder = root / CLASSES[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo).save(folder / f"s{i // 6}_{i:03d}.png")
    return root
