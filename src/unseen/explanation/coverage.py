"""Keep what a bundle knows of its training: features to find near photos by, what photos were like, base rates.

    coverage.safetensors  features (N, D) float16, scaled to length 1; labels and rows of split.csv (N,); mean and std
                          (D,); layouts, see `EdgeLayouts`; as metadata `Coverage`'s other fields

Old bundles do not have it, or one without layouts, and are explained without.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unseen.explanation.edge_layout import LENGTH, EdgeLayouts
from unseen.explanation.explained import Covered, Near
from unseen.explanation.hand_difference import Difference, difference
from unseen.explanation.known_training import Known
from unseen.explanation.usual_values import Usual
from unseen.inference.reference import standardised
from unseen.records import Float32Array, Int64Array
from unseen.runs import atomic_path

FILE = "coverage.safetensors"
METADATA = "coverage"
ARRAYS = "features", "labels", "rows", "mean", "std", "hands"
NEAREST = 5
# Photos whose features are kept: 4 MB of handnet's.
MOST_PHOTOS = 4000


@dataclass(frozen=True, slots=True)
class Coverage:
    """What training covered.

    features: (N, D) float16, standardised and of length 1. labels, rows: (N,), class index and row of split.csv. mean,
    std: (D,). distances: of held-out photos to their nearest training photos, ascending. known: what photos are like.
    hands: (N, 21, 2) float16, joints as `in_palm` has them, NaN where they are not known; or (0, 21, 2).
    """

    features: npt.NDArray[np.float16]
    labels: Int64Array
    rows: Int64Array
    mean: Float32Array
    std: Float32Array
    distances: tuple[float, ...]
    known: Known
    hands: npt.NDArray[np.float16]

    def difference(self, hand: Float32Array, target: int) -> Difference | None:
        """Say how a hand, as in `hands`, differs from the nearest of class `target`; near: a row of split.csv."""
        own = np.flatnonzero(self.labels == target) if len(self.hands) else np.empty(0, np.int64)
        found = difference(hand, self.hands[own].astype(np.float32)) if len(own) else None
        return replace(found, near=int(self.rows[own[found.near]])) if found else None

    def covered(self, features: Float32Array, classes: tuple[str, ...], paths: Mapping[int, str]) -> Covered:
        """Say how near training comes to one photo's features (D,); paths: names of rows, where they are known."""
        apart = self.apart(features[None])[0]
        order = np.argsort(apart, kind="stable")[:NEAREST].tolist()
        near = tuple(
            Near(paths.get(int(self.rows[i]), ""), classes[int(self.labels[i])], float(apart[i])) for i in order
        )
        nearer = float(np.searchsorted(self.distances, distance(apart[None])[0])) / max(len(self.distances), 1)
        return Covered(nearer, near)

    def apart(self, features: Float32Array) -> Float32Array:
        """Return the distances (M, N) of features (M, D) to each training photo: 1 minus the cosine."""
        unit = _unit(features, self.mean, self.std)
        out: Float32Array = 1 - unit @ self.features.astype(np.float32).T
        return out


def distance(apart: Float32Array) -> Float32Array:
    """Return the mean distance (M,) to the nearest photos of `apart` (M, N)."""
    out: Float32Array = np.sort(apart, axis=1)[:, :NEAREST].mean(axis=1)
    return out


def cover(
    train: Float32Array,
    labels: Int64Array,
    rows: Int64Array,
    held_out: Float32Array,
    known: Known,
    hands: Float32Array | None = None,
) -> Coverage:
    """Return the coverage of training photos with features (N, D); held_out: features (M, D) of photos kept away.

    hands: see `Coverage`, of the training photos.
    """
    step = -(-len(train) // MOST_PHOTOS) or 1
    mean, std = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-3)
    kept = _unit(train[::step], mean, std).astype(np.float16)
    kept_hands = (np.empty((0, 21, 2)) if hands is None else hands[::step]).astype(np.float16)
    made = Coverage(kept, labels[::step], rows[::step], mean, std, (), known, kept_hands)
    far = np.sort(distance(made.apart(held_out))) if len(held_out) and len(train) else np.empty(0)
    return replace(made, distances=tuple(map(float, far)))


def _unit(features: Float32Array, mean: Float32Array, std: Float32Array) -> Float32Array:
    scaled = standardised(features, mean, std)
    out: Float32Array = (scaled / (np.linalg.norm(scaled, axis=1, keepdims=True) + 1e-6)).astype(np.float32)
    return out


def write_coverage(folder: Path, coverage: Coverage) -> None:
    """Write the file into the bundle `folder`."""
    from safetensors.numpy import save

    known = coverage.known
    stated = {
        "usual": {name: list(values) for name, values in known.usual.quantiles.items()},
        "rates": dict(known.rates),
        "distances": list(coverage.distances),
        "usual_layout": known.layouts.usual if known.layouts else 1.0,
    }
    layouts = known.layouts.rows if known.layouts else np.empty((0, LENGTH), np.float16)
    arrays = {"layouts": layouts} | {name: np.ascontiguousarray(getattr(coverage, name)) for name in ARRAYS}
    with atomic_path(folder / FILE) as target:
        target.write_bytes(save(arrays, metadata={METADATA: json.dumps(stated)}))


def read_coverage(folder: Path) -> Coverage | None:
    """Return what the bundle `folder` knows of its training; `None` where it has no such file, or another's."""
    if not (folder / FILE).is_file():
        return None
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(folder / FILE, "numpy") as stored:
            stated: dict[str, Any] = json.loads(stored.metadata()[METADATA])
            arrays = {name: stored.get_tensor(name) for name in (*ARRAYS, "layouts")}
        usual = Usual({name: tuple(values) for name, values in stated["usual"].items()})
        rows = arrays.pop("layouts")
        layouts = EdgeLayouts(rows, stated["usual_layout"]) if len(rows) else None
        known = Known(usual, stated["rates"], layouts)
        return Coverage(**arrays, distances=tuple(stated["distances"]), known=known)
    except (SafetensorError, KeyError, TypeError, ValueError):
        return None
