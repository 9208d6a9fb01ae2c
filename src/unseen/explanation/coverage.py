"""Keep what a bundle knows of its training: features to find near photos by, what photos were like, base rates.

A section of the bundle's index: features (N, D) float16, scaled to length 1, and lengths (N,); labels and rows of
split.csv (N,); mean and std (D,); layouts and their labels, see `Layouts`; thumbnails, JPEG files one after the
other, where they were asked for; as text `Coverage`'s other fields. Old bundles do not have it, and are explained
without.
"""

import io
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from unseen.errors import BadBundle
from unseen.explanation.explained import Covered, Near
from unseen.explanation.hand_difference import Difference, difference
from unseen.explanation.known_training import Known
from unseen.explanation.measures.layouts import EDGES, Layouts, PhotoLayouts
from unseen.explanation.measures.usual_values import IN_GENERAL, Usual
from unseen.export.bundle import find_bundle
from unseen.inference.photo_index import read_section, write_section
from unseen.inference.reference import standardised
from unseen.records import BoolArray, Float32Array, Int64Array, Uint8Array

SECTION = "coverage"
ARRAYS = "features", "lengths", "labels", "rows", "mean", "std", "hands", "thumbnails", "ends"
NEAREST = 5
# Photos whose features are kept: 4 MB of handnet's.
MOST_PHOTOS = 4000
THUMBNAIL_PX = 96
# Distance below which two photos are the same one: of 71 of 73 training photos, read again, it was 0.003 or less, and
# 0.1 or more of 101 others of the same people.
SAME = 0.01
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Coverage:
    """What training covered.

    features: (N, D) float16, standardised and of length 1; lengths: (N,) float32, before. labels, rows: (N,), class
    index and row of split.csv. mean, std: (D,). distances: of held-out photos to their nearest training photos,
    ascending. known: what photos are like. hands: (N, 21, 2) float16, joints as `in_palm` has them, NaN where they are
    not known; or (0, 21, 2). thumbnails: the photos as small JPEG files, one after the other; ends: (N,), where each
    ends; both empty unless they were asked for.
    """

    features: npt.NDArray[np.float16]
    lengths: Float32Array
    labels: Int64Array
    rows: Int64Array
    mean: Float32Array
    std: Float32Array
    distances: tuple[float, ...]
    known: Known
    hands: npt.NDArray[np.float16]
    thumbnails: Uint8Array = field(default_factory=lambda: np.zeros(0, np.uint8))
    ends: Int64Array = field(default_factory=lambda: np.zeros(0, np.int64))

    def thumbnail(self, place: int) -> Uint8Array | None:
        """Return a small picture of one of the photos, where it is kept."""
        if not len(self.ends):
            return None
        begin = int(self.ends[place - 1]) if place else 0
        return np.asarray(Image.open(io.BytesIO(self.thumbnails[begin : int(self.ends[place])].tobytes())))

    def with_thumbnails(self, photos: Mapping[int, Uint8Array]) -> "Coverage":
        """Return a copy that keeps small pictures too; photos: by row."""
        files = [_thumbnail(photos[int(row)]) for row in self.rows]
        ends = np.cumsum([len(one) for one in files]).astype(np.int64)
        return replace(self, thumbnails=np.frombuffer(b"".join(files), np.uint8), ends=ends)

    def of_class(self, target: int, answer: Callable[[Float32Array], Float32Array] | None = None) -> Int64Array:
        """Return which photos are of class `target`, and right where `answer` says what logits features (M, D) have."""
        own = np.flatnonzero(self.labels == target)
        if answer is not None and len(own):
            own = own[answer(self.network_features(own)).argmax(axis=1) == target]
        return own

    def network_features(self, chosen: Int64Array) -> Float32Array:
        """Return the features (M, D) of chosen photos as the network gives them, but for what is cut off."""
        scaled = self.features[chosen].astype(np.float32) * self.lengths[chosen, None]
        out: Float32Array = scaled * self.std + self.mean
        return out

    def difference(self, hand: Float32Array, chosen: Int64Array) -> Difference | None:
        """Say how a hand, as in `hands`, differs from the nearest of chosen photos; near: which photo that is."""
        found = difference(hand, self.hands[chosen].astype(np.float32)) if len(self.hands) and len(chosen) else None
        return replace(found, near=int(chosen[found.near])) if found else None

    def covered(self, features: Float32Array, classes: tuple[str, ...], paths: Mapping[int, str]) -> Covered:
        """Say how near training comes to one photo's features (D,); paths: names of rows, where they are known."""
        apart = self.apart(features[None])[0]
        order = np.argsort(apart, kind="stable")[:NEAREST].tolist()
        near = tuple(
            Near(paths.get(int(self.rows[i]), ""), classes[int(self.labels[i])], float(apart[i]), self.thumbnail(i))
            for i in order
        )
        nearer = float(np.searchsorted(self.distances, distance(apart[None])[0])) / max(len(self.distances), 1)
        return Covered(nearer, near)

    def apart(self, features: Float32Array) -> Float32Array:
        """Return the distances (M, N) of features (M, D) to each training photo: 1 minus the cosine."""
        scaled, lengths = _scaled(features, self.mean, self.std)
        out: Float32Array = 1 - scaled @ self.features.astype(np.float32).T / lengths[:, None]
        return out

    def trained_on(self, features: Float32Array) -> BoolArray:
        """Say which photos with features (M, D) training had, (M,); of a large set those that are kept here."""
        parts = [features[start : start + _AT_ONCE] for start in range(0, len(features), _AT_ONCE)]
        nearest = [self.apart(part).min(axis=1, initial=np.inf) for part in parts]
        return np.concatenate([np.zeros(0), *nearest]) < SAME


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
    scaled, lengths = _scaled(train[::step], mean, std)
    kept = (scaled / lengths[:, None]).astype(np.float16)
    kept_hands = (np.empty((0, 21, 2)) if hands is None else hands[::step]).astype(np.float16)
    made = Coverage(kept, lengths, labels[::step], rows[::step], mean, std, (), known, kept_hands)
    far = np.sort(distance(made.apart(held_out))) if len(held_out) and len(train) else np.empty(0)
    return replace(made, distances=tuple(map(float, far)))


def _thumbnail(photo: Uint8Array) -> bytes:
    small = Image.fromarray(np.ascontiguousarray(photo[..., :3]))
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=75)
    return stream.getvalue()


def _scaled(features: Float32Array, mean: Float32Array, std: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Return standardised features (M, D) and their lengths (M,)."""
    scaled = standardised(features, mean, std)
    return scaled, (np.linalg.norm(scaled, axis=1) + 1e-6).astype(np.float32)


def write_coverage(folder: Path, coverage: Coverage) -> None:
    """Write it into the index of the bundle `folder`."""
    known = coverage.known
    stated: dict[str, Any] = {
        "usual": {name: list(values) for name, values in known.usual.quantiles.items()},
        "photos": known.usual.photos,
        "boxed": known.usual.boxed,
        "box_side": known.usual.box_side,
        "rates": dict(known.rates),
        "distances": list(coverage.distances),
    }
    edges, light = (known.layouts.edges, known.layouts.light) if known.layouts else (None, None)
    arrays: dict[str, npt.NDArray[Any]] = {"layouts": edges.rows if edges else np.empty((0, EDGES), np.float16)}
    for prefix, of in (("", edges), ("light_", light)):
        stated[f"usual_{prefix}layout"] = of.usual if of else 1.0
        stated[f"usual_own_{prefix}layout"] = of.usual_own if of else 1.0
    if edges is not None and edges.labels is not None:
        arrays["layout_labels"] = edges.labels
    if light is not None:
        arrays["light_layouts"] = light.rows
    arrays |= {name: getattr(coverage, name) for name in ARRAYS}
    write_section(folder, SECTION, arrays, json.dumps(stated))


def find_coverage(path: Path) -> Coverage | None:
    """Return what the run or bundle at `path` knows of its training; a ready model has no folder."""
    with suppress(BadBundle):
        return read_coverage(find_bundle(path))
    return None


def read_coverage(folder: Path) -> Coverage | None:
    """Return what the bundle `folder` knows of its training; `None` where it does not say."""
    found = read_section(folder, SECTION)
    if found is None:
        return None
    arrays, text = found
    try:
        stated: dict[str, Any] = json.loads(text)
        quantiles = {name: tuple(values) for name, values in stated["usual"].items()}
        more = {name: stated[name] for name in ("photos", "boxed", "box_side") if name in stated}
        usual = Usual({**IN_GENERAL.quantiles, **quantiles}, **more)
        known = Known(usual, stated["rates"], _layouts(arrays, stated))
        return Coverage(**arrays, distances=tuple(stated["distances"]), known=known)
    except (KeyError, TypeError, ValueError):
        return None


def _layouts(arrays: dict[str, npt.NDArray[Any]], stated: Mapping[str, Any]) -> PhotoLayouts | None:
    """Take layouts out of what is stored; bundles before had neither labels nor light."""
    labels = arrays.pop("layout_labels", None)
    rows, light = arrays.pop("layouts"), arrays.pop("light_layouts", None)
    if not len(rows):
        return None

    def of(rows: npt.NDArray[Any], prefix: str) -> Layouts:
        own = stated.get(f"usual_own_{prefix}layout", 1.0)
        return Layouts(rows, stated[f"usual_{prefix}layout"], labels, own)

    return PhotoLayouts(of(rows, ""), None if light is None else of(light, "light_"))
