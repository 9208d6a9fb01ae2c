"""Say where in its input a network looked, and how much of the answer is how the hand is held.

The logit of the answer is followed back through the head to the features (a head is linear but for its ReLU, so the
gradient at a photo is exact there). Pixels' features are means over a map: each place's part in them is its part in
the logit, a class activation map (Zhou et al., 2016; Selvaraju et al., 2017). NumPy alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unseen.records import Float32Array

WEIGHTS = "weights.safetensors"


@dataclass(frozen=True, slots=True)
class HeadLayers:
    """A head as arrays. mean, std: (D,); farthest: the limit. layers: weights (out, in) and biases (out,)."""

    mean: Float32Array
    std: Float32Array
    farthest: float
    layers: tuple[tuple[Float32Array, Float32Array], ...]

    def slopes(self, features: Float32Array, answer: int) -> Float32Array:
        """Return by how much each feature (D,), in deviations, raises the logit of `answer` above the mean of others."""
        inputs = ((features - self.mean) / self.std).clip(-self.farthest, self.farthest)
        gates = []
        for weight, bias in self.layers[:-1]:
            inputs = weight @ inputs + bias
            gates.append(inputs > 0)
            inputs = np.maximum(inputs, 0)
        last = self.layers[-1][0]
        slope = last[answer] - np.delete(last, answer, axis=0).mean(axis=0)
        for (weight, _), gate in zip(reversed(self.layers[:-1]), reversed(gates), strict=True):
            slope = (slope * gate) @ weight
        out: Float32Array = slope.astype(np.float32)
        return out


@dataclass(frozen=True, slots=True)
class Looked:
    """at: (h, w) float32, how much each place of the input speaks for the answer. pose_share: see `looked_at`."""

    at: Float32Array
    pose_share: float | None


def looked_at(head: HeadLayers, features: Float32Array, activations: Float32Array, answer: int) -> Looked:
    """Follow the answer back to features (D,) and the map (K, h, w) that the first K of them are the mean of.

    pose_share: the share of what speaks for the answer that the other features have; `None` where there are none.
    """
    slopes, pixels = head.slopes(features, answer), len(activations)
    deviations = (features - head.mean) / head.std
    parts = slopes * deviations.clip(-head.farthest, head.farthest)
    # beyond the limit a feature that grows changes nothing
    felt = np.where(np.abs(deviations) < head.farthest, slopes, 0)[:pixels, None, None]
    mean, std = (values[:pixels, None, None] for values in (head.mean, head.std))
    at = (felt * (activations - mean) / std).sum(axis=0) / activations[0].size
    by_pixels, by_pose = (max(float(some.sum()), 0.0) for some in (parts[:pixels], parts[pixels:]))
    share = by_pose / max(by_pose + by_pixels, 1e-9) if len(parts) > pixels else None
    return Looked(at.clip(0, None).astype(np.float32), share)


def read_head(folder: Path) -> HeadLayers | None:
    """Return the head of the bundle in `folder`; `None` where it has layers of other kinds."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / WEIGHTS, "numpy") as stored:
            names = [name for name in stored.keys() if name.startswith("head.")]  # noqa: SIM118 - no dictionary
            arrays: Mapping[str, Float32Array] = {name: stored.get_tensor(name) for name in names}
    except (OSError, SafetensorError):
        return None
    numbers = sorted({int(name.split(".")[1]) for name in names if name.endswith(".weight")})
    if not numbers or "head.0.mean" not in arrays:
        return None
    layers = tuple((arrays[f"head.{i}.weight"], arrays[f"head.{i}.bias"]) for i in numbers)
    return HeadLayers(arrays["head.0.mean"], arrays["head.0.std"], float(arrays["head.0.farthest"]), layers)
