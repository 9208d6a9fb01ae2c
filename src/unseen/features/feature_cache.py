"""Photos and a frozen backbone in, their features out; kept by the content of both, so that a second look is quick.

They lie in the cache of decoded photos: a run that is extended stays as it was, and the run that comes of it has the
same backbone and finds them too.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from unseen.errors import UnseenError
from unseen.features.extract import extract
from unseen.models.classifier import Classifier
from unseen.models.identity import identity
from unseen.progress import Progress
from unseen.records import Float32Array, Images, Int64Array
from unseen.runs import atomic_path
from unseen.store.folder import cache_root, keep_latest, writable
from unseen.version import __version__

KEPT_FILES = 8  # backbones whose features are kept, the last used: 2,000 photos take 10 MB
KEPT_BYTES = 512 * 2**20  # of one backbone; beyond, features are not kept


def kept_features(
    model: Classifier,
    pixels: Images,
    digests: Sequence[str],
    positions: Int64Array,
    device: torch.device,
    progress: Progress,
) -> Float32Array:
    """Return the features (n, D) float32 of the photos at `positions`; digests: SHA-256 of every photo's file."""
    path = _folder() / f"{identity(model.preprocess, model.backbone, __version__)}.safetensors"
    known = _read(path, model.backbone.features)
    wanted = [digests[i] for i in positions.tolist()]
    missing = np.array(
        [i for i, digest in zip(positions.tolist(), wanted, strict=True) if digest not in known], np.int64
    )
    if len(missing):
        found = extract(model.preprocess, model.backbone, pixels, missing, device, progress)
        _write(path, known := known | {digests[i]: row for i, row in zip(missing.tolist(), found, strict=True)})
    elif path.exists():
        path.touch()
    if not wanted:
        return np.zeros((0, model.backbone.features), np.float32)
    return np.stack([known[digest] for digest in wanted])


def keep_features(model: Classifier, digests: Sequence[str], features: Float32Array) -> None:
    """Keep features (N, D) that were just extracted, in place of those there are: `kept_features` finds them.

    digests: SHA-256 of each of the N files.
    """
    path = _folder() / f"{identity(model.preprocess, model.backbone, __version__)}.safetensors"
    _write(path, _read(path, model.backbone.features) | dict(zip(digests, features, strict=True)))


def _folder() -> Path:
    root, _ = writable(cache_root())
    folder = root / "features"
    folder.mkdir(exist_ok=True)
    return folder


def _read(path: Path, width: int) -> dict[str, Float32Array]:
    """Return features by digest; nothing where there are none, or where the file is not what was written."""
    try:
        content = load_file(path)
        features, digests = content["features"], content["digests"]
    except (OSError, SafetensorError, KeyError):
        return {}
    if features.dtype != np.float32 or features.shape != (len(digests), width) or digests.shape[1:] != (32,):
        return {}
    return {digest.tobytes().hex(): row for digest, row in zip(digests, features, strict=True)}


def _write(path: Path, known: dict[str, Float32Array]) -> None:
    features = np.stack(list(known.values()))
    if features.nbytes > KEPT_BYTES:
        return
    digests = np.stack([np.frombuffer(bytes.fromhex(digest), np.uint8) for digest in known])
    try:
        with atomic_path(path) as temporary:
            save_file({"features": features, "digests": digests}, temporary)
        keep_latest(path.parent, KEPT_FILES)
    except OSError as error:
        raise UnseenError(
            f"{path.parent} cannot be written ({error.strerror}): free some space or set UNSEEN_CACHE"
        ) from None
