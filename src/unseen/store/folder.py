"""Nothing or a folder in; the folder where this program may keep what it can make again out."""

import os
import shutil
import tempfile
from pathlib import Path

import platformdirs

from unseen.errors import UnseenError

# All that is ever deleted lies under it, so UNSEEN_CACHE may be a folder with other files in it.
_OWN = "photos-v1"


def cache_root(folder: Path | None = None) -> Path:
    """Return where cached photos belong: under `folder`, else $UNSEEN_CACHE, else the user's cache folder."""
    if folder is None:
        stated = os.environ.get("UNSEEN_CACHE")
        folder = Path(stated).expanduser() if stated else Path(platformdirs.user_cache_dir("unseen"))
    return folder / _OWN


def writable(root: Path) -> tuple[Path, str | None]:
    """Return `root`, made if needed; where it is unwritable, a temporary folder and a line that says so."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return root, None
    except OSError as error:
        try:
            instead = Path(tempfile.mkdtemp(prefix="unseen-"))
        except OSError:
            raise UnseenError(
                f"{root} cannot be written ({error.strerror}), nor a temporary folder: set UNSEEN_CACHE"
            ) from None
        return (
            instead,
            f"{root} cannot be written ({error.strerror}): using {instead}; set UNSEEN_CACHE to keep it",
        )


def keep_latest(folder: Path, count: int) -> None:
    """Delete all files of `folder` but the `count` that were written or touched last."""
    files = [path for path in folder.iterdir() if path.is_file()]
    for old in sorted(files, key=lambda path: path.stat().st_mtime_ns)[:-count]:
        old.unlink(missing_ok=True)


def cache_size(folder: Path | None = None) -> int:
    """Return the bytes that cached photos take on disk."""
    root = cache_root(folder)
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) if root.is_dir() else 0


def clear(folder: Path | None = None) -> int:
    """Delete every cached photo, unpacked zip and drawn table; return the bytes freed."""
    size = cache_size(folder)
    root = cache_root(folder)
    if root.is_dir():
        shutil.rmtree(root)
    return size
