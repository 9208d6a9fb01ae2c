"""Keep a row of numbers for each photo, in a file for each thing that computes such rows."""

import hashlib
from collections.abc import Mapping

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from unseen.errors import UnseenError
from unseen.records import Float32Array
from unseen.runs import atomic_path
from unseen.store.folder import cache_root, keep_latest, writable

KEPT_FILES = 8  # the last used: features of 2,000 photos take 10 MB
KEPT_BYTES = 512 * 2**20  # of one file; beyond, rows are not kept


class RowCache:
    """Rows (width,) float32 by a text key, such as a photo's digest; they lie in the cache of decoded photos.

    kind: name of the folder. made_by: what computes the rows, with all that decides on them.
    """

    def __init__(self, kind: str, made_by: str, width: int) -> None:
        root, _ = writable(cache_root())
        self._folder, self._width = root / kind, width
        self._path = self._folder / f"{hashlib.sha256(made_by.encode()).hexdigest()}.safetensors"
        self._rows = self._read()

    def get(self, key: str) -> Float32Array | None:
        """Return the row of `key`, (width,), `None` where there is none."""
        return self._rows.get(_hash(key))

    def add(self, rows: Mapping[str, Float32Array]) -> None:
        """Keep `rows` beside those that are there; raise `UnseenError` where the cache cannot be written."""
        self._rows |= {_hash(key): row for key, row in rows.items()}
        if 4 * self._width * len(self._rows) > KEPT_BYTES:
            return
        keys = np.stack([np.frombuffer(key, np.uint8) for key in self._rows])
        try:
            with atomic_path(self._path) as temporary:
                save_file({"rows": np.stack(list(self._rows.values())), "keys": keys}, temporary)
            keep_latest(self._folder, KEPT_FILES)
        except OSError as error:
            raise UnseenError(
                f"{self._folder} cannot be written ({error.strerror}): free some space or set UNSEEN_CACHE"
            ) from None

    def _read(self) -> dict[bytes, Float32Array]:
        """Return the rows that were kept; none where the file is absent, or not what was written."""
        try:
            content = load_file(self._path)
            rows, keys = content["rows"], content["keys"]
            self._path.touch()
        except (OSError, SafetensorError, KeyError):
            return {}
        if rows.dtype != np.float32 or rows.shape != (len(keys), self._width) or keys.shape[1:] != (32,):
            return {}
        return {key.tobytes(): row for key, row in zip(keys, rows, strict=True)}


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
