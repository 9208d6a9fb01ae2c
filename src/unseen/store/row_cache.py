"""Keep a row of numbers for each photo, by what computed it."""

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np

from unseen.records import Float32Array
from unseen.store.content_store import open_store

LIMIT_BYTES = 2 * 2**30  # features of 2,000 photos take 10 MB for each backbone


class RowCache:
    """Rows (width,) float32 by a text key, such as a photo's digest.

    kind: name of the folder in the cache. made_by: what computes the rows, with all that decides on them. Its methods
    raise `UnseenError` where the cache cannot be written.
    """

    def __init__(self, kind: str, made_by: str, width: int) -> None:
        self._kind = kind
        self._prefix = f"{hashlib.sha256(made_by.encode()).hexdigest()}/{width}/"

    def find(self, keys: Iterable[str]) -> dict[str, Float32Array]:
        """Return the rows that are kept of `keys`."""
        with open_store(self._kind, LIMIT_BYTES) as store:
            found = store.find(self._prefix + key for key in keys)
            rows = store.arrays(list(found.values()))
            return {
                key.removeprefix(self._prefix): np.array(row.view(np.float32))
                for key, row in zip(found, rows, strict=True)
            }

    def add(self, rows: Mapping[str, Float32Array]) -> None:
        """Keep `rows`, in place of those there are under their keys."""
        with open_store(self._kind, LIMIT_BYTES) as store:
            for key, row in rows.items():
                store.add(self._prefix + key, {}, np.ascontiguousarray(row, np.float32).tobytes())
