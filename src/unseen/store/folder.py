"""Find the folder where this program may keep what it can make again."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import platformdirs

from unseen.errors import UnseenError

# All that is ever deleted lies under it, so UNSEEN_CACHE may be a folder with other files in it.
_OWN = "photos-v1"
_TEMPORARY: dict[Path, Path] = {}  # one for each unwritable folder, so that a process finds again what it kept


def cache_root(folder: Path | None = None) -> Path:
    """Return where this program's cache belongs: under `folder`, else $UNSEEN_CACHE, else the user's cache folder."""
    if folder is None:
        stated = os.environ.get("UNSEEN_CACHE")
        folder = Path(stated).expanduser() if stated else Path(platformdirs.user_cache_dir("unseen"))
    return folder / _OWN


def writable(root: Path) -> tuple[Path, str | None]:
    """Return `root`, made if needed; where it is unwritable, a temporary folder and, the first time, a notice.

    The temporary folder goes when the process ends.
    """
    if root in _TEMPORARY and _TEMPORARY[root].is_dir():
        return _TEMPORARY[root], None
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return root, None
    except OSError as error:
        try:
            _TEMPORARY[root] = Path(tempfile.mkdtemp(prefix="unseen-"))
        except OSError:
            raise UnseenError(
                f"{root} cannot be written ({error.strerror}), nor a temporary folder: set UNSEEN_CACHE"
            ) from None
        atexit.register(shutil.rmtree, _TEMPORARY[root], ignore_errors=True)
        return (
            _TEMPORARY[root],
            f"{root} cannot be written ({error.strerror}): using {_TEMPORARY[root]}; set UNSEEN_CACHE to keep it",
        )


def cache_size(folder: Path | None = None) -> int:
    """Return the bytes that the cache takes on disk."""
    root = cache_root(folder)
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) if root.is_dir() else 0


def clear(folder: Path | None = None) -> int:
    """Delete all that is kept, with unpacked zips and drawn tables; return the bytes freed."""
    size = cache_size(folder)
    root = cache_root(folder)
    if root.is_dir():
        shutil.rmtree(root)
    return size
