"""Keep what a run knows of its own photos: how sure it is of held-out ones, and where features of its photos lie.

Whatever is asked of a finished model later (how right it is on photos without labels, whether a photo shows anything
it knows, what a probability is worth) compares photos with these. NumPy alone; nothing in it is a photo.
"""

import zipfile
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from unseen.errors import UnseenError
from unseen.inference.photo_index import FILE, Arrays, read_section, write_section
from unseen.records import Float32Array, Int64Array

SECTION = "reference"
OLD_FILE = "reference.npz"  # of runs before there was an index
# Features are cut off at so many deviations, as the head does.
FARTHEST = 3.0
# Shrinkage of the covariance within classes towards a multiple of the identity.
SHRINKAGE = 0.3
# Directions in which distances are measured; all of them would cost a megabyte.
DIRECTIONS = 96
# Held-out photos that are kept; more tell nothing new.
MOST_KEPT = 4000


@dataclass(frozen=True, slots=True)
class Reference:
    """What is known of a run's photos. C classes, D features, K directions, n held-out photos.

    mean, std: (D,) of training features. whiten: (D, K), to directions in which photos of a class have deviation 1.
    centres: (C, K) of the classes, NaN for one without photos. logits: (n, C), before any temperature, labels: (n,) and
    distances: (n,) of held-out photos; see `distances`. usual: (C,), see `unknown.usual_odds`, empty without a locator;
    present: (C,), the same of the landmark network, empty where none has a say among the features. turn: (S, S), see
    `unknown.people_turn`, and places: (C, S), where the classes' signs lie there; empty where no sign is read.
    signs: (S, L), sign_bias: (L,), the head of a space of known signs on the last S features; sign_classes: (L,) the
    class that each of its labels is, -1 for a sign that is none; empty where the classes are no known signs.
    unknown_at: see `unknown.own_limit`.
    """

    mean: Float32Array
    std: Float32Array
    whiten: Float32Array
    centres: Float32Array
    logits: Float32Array
    labels: Int64Array
    distances: Float32Array
    usual: Float32Array = field(default_factory=lambda: np.zeros(0, np.float32))
    signs: Float32Array = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    sign_bias: Float32Array = field(default_factory=lambda: np.zeros(0, np.float32))
    sign_classes: Int64Array = field(default_factory=lambda: np.zeros(0, np.int64))
    present: Float32Array = field(default_factory=lambda: np.zeros(0, np.float32))
    turn: Float32Array = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    places: Float32Array = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    unknown_at: Float32Array = field(default_factory=lambda: np.ones((), np.float32))

    def project(self, features: Float32Array) -> Float32Array:
        """Features (m, D) to the directions, (m, K)."""
        return standardised(features, self.mean, self.std) @ self.whiten

    def squares(self, features: Float32Array) -> Float32Array:
        """Return the squared distance of features (m, D) from the centre of each class, (m, C), inf without one."""
        seen = self.project(features)
        apart = np.square(seen[:, None] - np.nan_to_num(self.centres)[None]).sum(axis=2)
        out: Float32Array = np.where(np.isnan(self.centres[:, 0]), np.inf, apart).astype(np.float32)
        return out

    def save(self, folder: Path) -> None:
        """Write it into the index of the bundle `folder`."""
        arrays = {one.name: np.asarray(getattr(self, one.name)) for one in fields(self)}
        write_section(folder, SECTION, arrays | {"whiten": self.whiten.astype(np.float16)})


def nearest(squares: Float32Array) -> Float32Array:
    """Return the distance from the nearest class, (m,), of squared distances (m, C)."""
    out: Float32Array = np.sqrt(squares.min(axis=1))
    return out


def read_reference(folder: Path) -> Reference | None:
    """Read what the bundle in `folder` knows; `None` where an older run left nothing."""
    found, old = read_section(folder, SECTION), folder / OLD_FILE
    try:
        if found is None and old.exists():
            with np.load(old, allow_pickle=False) as content:
                return _of_arrays(dict(content))
        return _of_arrays(found[0]) if found else None
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        path = old if found is None else folder / FILE
        raise UnseenError(f"{path} cannot be read ({error}): restore it, or train again") from None


def _of_arrays(arrays: Arrays) -> Reference:
    known = {one.name: arrays[one.name] for one in fields(Reference) if one.name in arrays}
    return (
        Reference(**known | {"whiten": known["whiten"].astype(np.float32)}) if "whiten" in known else Reference(**known)
    )


def make_reference(
    train: tuple[Float32Array, Int64Array], held_out: tuple[Float32Array, Int64Array, Float32Array], classes: int
) -> Reference:
    """Summarise features (N, D) and labels (N,) of training photos, and features, labels, logits of held-out ones."""
    features, labels = train
    mean, std = features.mean(axis=0), features.std(axis=0) + 1e-6
    x = standardised(features, mean, std)
    centres = np.full((classes, x.shape[1]), np.nan, np.float32)
    for c in np.unique(labels):
        centres[c] = x[labels == c].mean(axis=0)
    whiten = _whitening(x - centres[labels], centres).astype(np.float16).astype(np.float32)  # as it is kept
    kept = np.linspace(0, len(held_out[1]) - 1, min(MOST_KEPT, len(held_out[1]))).astype(np.int64)
    seen, said, logits = held_out[0][kept], held_out[1][kept], held_out[2][kept]
    found = Reference(
        mean, std, whiten, (centres @ whiten).astype(np.float32), logits, said, np.zeros(len(kept), np.float32)
    )
    return Reference(mean, std, whiten, found.centres, logits, said, nearest(found.squares(seen)))


def _whitening(within: Float32Array, centres: Float32Array) -> Float32Array:
    """Return (D, K): the directions of most spread, classes included, scaled to deviation 1 within a class."""
    known = centres[~np.isnan(centres[:, 0])]
    level = max(float(np.square(within).sum()) / within.size, 1e-6)
    # all that is asked for lies in the span of the photos, which has fewer dimensions than the features of a small set
    axes = np.linalg.qr(np.concatenate([within, known]).T)[0]  # (D, R)
    within, known = within @ axes, known @ axes
    covariance = within.T @ within / max(len(within), 1)
    values, vectors = np.linalg.eigh((1 - SHRINKAGE) * covariance + SHRINKAGE * level * np.eye(len(covariance)))
    whole = vectors / np.sqrt(values)
    spread = (known - known.mean(axis=0)) @ whole
    # what tells classes apart comes first: at most a direction less than there are classes
    apart = np.linalg.svd(spread, full_matrices=False)[2][: len(known) - 1]
    rest = whole @ (np.eye(len(whole)) - apart.T @ apart)
    most = np.linalg.svd((within / np.maximum(1e-6, np.sqrt(len(within)))) @ rest, full_matrices=False)[2]
    chosen = np.concatenate([apart, most])[:DIRECTIONS]
    out: Float32Array = (axes @ (whole @ chosen.T)).astype(np.float32)
    return out


def standardised(features: Float32Array, mean: Float32Array, std: Float32Array) -> Float32Array:
    """Return features (n, D) in deviations from their mean, cut off at `FARTHEST`."""
    out: Float32Array = np.clip((features - mean) / std, -FARTHEST, FARTHEST).astype(np.float32)
    return out
