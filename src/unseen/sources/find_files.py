"""Find the files that a table of labels names, also where its paths are those of another machine."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote

from unseen.photos.scan import Found

_UPLOAD = re.compile(r"[0-9a-f]{8}-(?=.)")  # what Label Studio puts before the name of an uploaded file
_ELSEWHERE = re.compile(r"[A-Za-z]:[\\/]|[\\/]{1,2}|[a-z][a-z0-9+]*://|~")


class FileFinder:
    """The files below a folder by their names. below: every photo there."""

    def __init__(self, below: Sequence[Found]) -> None:
        self._by_name: dict[str, list[Found]] = defaultdict(list)
        for found in below:
            path = PurePosixPath(found.path)
            self._by_name[_plain(path.name)].append(found)
            self._by_name[_plain(path.stem)].append(found)  # Kaggle's tables name photos without .jpg

    def find(self, written: str) -> Found | str:
        """Return the file whose path ends with as much of `written` as any does, or the reason why there is none."""
        path = unquote(written.split("?d=")[-1]) if "?d=" in written else written
        parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
        if not parts:
            return "file is not there"
        last = _plain(parts[-1])
        candidates = self._by_name.get(last) or self._by_name.get(_UPLOAD.sub("", last, count=1)) or []
        candidates = [found for found in candidates if found.file.name == parts[-1]] or candidates
        if not candidates:
            return (
                "file is not there" if not is_elsewhere(written) else "path of another machine, and no file of its name"
            )
        folders = parts[:-1][::-1]
        shared = [_shared(found.parts[::-1], folders) for found in candidates]
        best = [found for found, depth in zip(candidates, shared, strict=True) if depth == max(shared)]
        if len(best) > 1:
            return f"{len(best)} files are called {parts[-1]}: write more of the path"
        return best[0]


def is_elsewhere(written: str) -> bool:
    """Say whether a path is absolute, of a drive or of a server, so that it depends on the machine."""
    return bool(_ELSEWHERE.match(written))


def _plain(name: str) -> str:
    """Return a file name as other systems may have written it: in any case, accents as one character or two."""
    return unicodedata.normalize("NFC", name).casefold()


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many of the first names of both are the same."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
