"""Say where in its input a network looked, and how much of the answer is how the hand is held.

The logit of the answer is followed back through the head to the features (a head is linear but for its ReLU, so the
gradient at a photo is exact there). Pixels' features are means over a map: each place's part in them is its part in
the logit, a class activation map (Zhou et al., 2016; Selvaraju et al., 2017). NumPy alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from unseen.export.bundle import WEIGHTS
from unseen.locate.graph_names import PRESENT
from unseen.records import Float32Array

SIGNS, SIGN_FARTHEST = "backbone.signs.", 3.0


Layers = tuple[tuple[Float32Array, Float32Array], ...]
# What stands behind the pixels' features where the pose takes part (`locate/pose_conditioned.py`): descriptions of the
# joints (`locate/hand_pose.py`), the last two of which the sign is read from, and the sign. Before these two stands how
# probable a hand is (`graph_names.PRESENT`).
JOINTS, PALM, SIGN = 21, 6, 64
FINGERS = ("thumb", "index finger", "middle finger", "ring finger", "little finger")
DESCRIPTORS = JOINTS * 3 + PALM + 15 + 5 + 10


@dataclass(frozen=True, slots=True)
class HeadLayers:
    """A head as arrays. mean, std: (D,); farthest: the limit. layers: weights (out, in) and biases (out,).

    signs: the network that reads the sign off the joints, where the bundle has one.
    """

    mean: Float32Array
    std: Float32Array
    farthest: float
    layers: Layers
    signs: "HeadLayers | None" = None

    def deviations(self, features: Float32Array) -> Float32Array:
        """Return features (..., D) as the first layer gets them."""
        out: Float32Array = ((features - self.mean) / self.std).clip(-self.farthest, self.farthest)
        return out

    def logits(self, features: Float32Array) -> Float32Array:
        """Return what the last layer says of features (..., D), (..., C)."""
        out = self.deviations(features)
        for number, (weight, bias) in enumerate(self.layers):
            out = (np.maximum(out, 0) if number else out) @ weight.T + bias
        return out

    def slopes(self, features: Float32Array, answer: int) -> Float32Array:
        """Return how much each feature (D,), in deviations, raises the logit of `answer` above the mean of others."""
        last = self.layers[-1][0]
        return self.back(features, last[answer] - np.delete(last, answer, axis=0).mean(axis=0))

    def back(self, features: Float32Array, slope: Float32Array) -> Float32Array:
        """Follow `slope` at what the last layer gets of features (D,) back to their deviations, (D,)."""
        inputs, gates = self.deviations(features), []
        for weight, bias in self.layers[:-1]:
            inputs = weight @ inputs + bias
            gates.append(inputs > 0)
            inputs = np.maximum(inputs, 0)
        for (weight, _), gate in zip(reversed(self.layers[:-1]), reversed(gates), strict=True):
            slope = (slope * gate) @ weight
        out: Float32Array = slope.astype(np.float32)
        return out


@dataclass(frozen=True, slots=True)
class Looked:
    """at: (h, w) float32, how much each place of the input speaks for the answer. pixels: how many features, the first
    ones, are of pixels alone. Others: see `looked_at`.
    """

    at: Float32Array
    pose_share: float | None
    fingers: Mapping[str, float]
    pixels: int


def looked_at(head: HeadLayers, features: Float32Array, activations: Float32Array, answer: int) -> Looked:
    """Follow the answer back to features (D,) and the map (K, h, w) that the first K of them are the mean of.

    pose_share: the share of what speaks for the answer that the other features have; `None` where there are none.
    fingers: of what the joints of fingers speak for it, each finger's share; empty where nothing does.
    """
    slopes, pixels = head.slopes(features, answer), len(activations)
    deviations = (features - head.mean) / head.std
    parts = slopes * head.deviations(features)
    # beyond the limit a feature that grows changes nothing
    felt = np.where(np.abs(deviations) < head.farthest, slopes, 0)[:pixels]
    # not less the mean, which is the same at every place: what is nowhere in the photo would speak from its empty edges
    at = np.tensordot(felt / head.std[:pixels], activations, 1) / activations[0].size
    by_pixels, by_pose = (max(float(some.sum()), 0.0) for some in (parts[:pixels], parts[pixels:]))
    share = by_pose / max(by_pose + by_pixels, 1e-9) if len(parts) > pixels else None
    return Looked(at.clip(0, None).astype(np.float32), share, _fingers(head, features, slopes, parts, pixels), pixels)


def _fingers(
    head: HeadLayers, features: Float32Array, slopes: Float32Array, parts: Float32Array, pixels: int
) -> dict[str, float]:
    """Return each finger's share of what speaks for the answer by its joints, directly and through the sign."""
    if head.signs is None or len(features) != pixels + 3 * DESCRIPTORS + SIGN + 1:
        return {}
    joints = np.delete(parts, PRESENT)[pixels:-SIGN].reshape(3, DESCRIPTORS).sum(axis=0)
    told = features[-SIGN - 2 * DESCRIPTORS : -SIGN]
    last = head.signs.layers[-1][0]
    by_sign = head.signs.back(told, ((slopes / head.std)[-SIGN:] @ last).astype(np.float32)) * head.signs.deviations(
        told
    )
    speaks = (joints + by_sign.reshape(2, DESCRIPTORS).sum(axis=0)) @ OF_FINGER
    kept = speaks.clip(0, None)
    return dict(zip(FINGERS, (kept / kept.sum()).tolist(), strict=True)) if kept.sum() > 0 else {}


def _of_finger() -> Float32Array:
    """Return (DESCRIPTORS, 5): which finger a number of `describe_pose` is of; distances of tips are of two."""
    of = np.zeros((DESCRIPTORS, len(FINGERS)), np.float32)
    for joint in range(1, JOINTS):
        of[3 * joint : 3 * joint + 3, (joint - 1) // 4] = 1
    bends = JOINTS * 3 + PALM
    for finger in range(5):
        of[bends + 3 * finger : bends + 3 * finger + 3, finger] = 1
        of[bends + 15 + finger, finger] = 1
    for row, pair in enumerate(combinations(range(5), 2)):
        of[bends + 20 + row, pair] = 0.5
    return of


OF_FINGER = _of_finger()


def read_head(folder: Path) -> HeadLayers | None:
    """Return the head of the bundle in `folder`; `None` where it has layers of other kinds."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / WEIGHTS, "numpy") as stored:
            names = [name for name in stored.keys() if name.startswith(("head.", SIGNS))]  # noqa: SIM118 - no dictionary
            arrays: Mapping[str, Float32Array] = {name: stored.get_tensor(name) for name in names}
    except (OSError, SafetensorError):
        return None
    numbers = sorted({int(name.split(".")[1]) for name in names if name.startswith("head.") and "weight" in name})
    if not numbers or "head.0.mean" not in arrays:
        return None
    signs = None
    if f"{SIGNS}mean" in arrays:
        signs = _layers(arrays, SIGNS, ("hidden", "embed"), SIGN_FARTHEST)
    head = _layers(arrays, "head.", tuple(map(str, numbers)), float(arrays["head.0.farthest"]), "head.0.")
    return replace(head, signs=signs)


def _layers(
    arrays: Mapping[str, Float32Array], prefix: str, names: Sequence[str], farthest: float, first: str | None = None
) -> HeadLayers:
    layers = tuple((arrays[f"{prefix}{name}.weight"], arrays[f"{prefix}{name}.bias"]) for name in names)
    return HeadLayers(arrays[f"{first or prefix}mean"], arrays[f"{first or prefix}std"], farthest, layers)
