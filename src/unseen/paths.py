"""Name the folders that results go to where the user names none, and what is no folder."""

import re
from pathlib import Path

# How the name of a ready model begins, which comes with the package.
READY = "signs:"


_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')  # in file names, on one system or another


def safe_name(name: str) -> str:
    """Return `name` as a file or folder may be called on any system."""
    return _UNSAFE.sub("_", name).strip(". ") or "_"


def segment_path(photos: Path) -> Path:
    """Return `runs/NAME-segments.png`."""
    return Path("runs") / f"{source_name(photos)}-segments.png"


def frames_path(photos: Path) -> Path:
    """Return the first of `runs/NAME-frames`, `runs/NAME-frames-2`, ... that is free."""
    return _free(Path("runs") / f"{source_name(photos)}-frames")


def audit_path(photos: Path) -> Path:
    """Return `runs/NAME-audit`."""
    return Path("runs") / f"{source_name(photos)}-audit"


def doctor_path(model: Path) -> Path:
    """Return `runs/NAME-doctor`."""
    return Path("runs") / f"{model.resolve().stem or 'model'}-doctor"


def results_path(run: Path, photos: Path) -> Path:
    """Return `RUN/tests/NAME`; for the ready model `signs:letters` that is `runs/signs-letters/tests/NAME`."""
    name = str(run)
    folder = Path("runs") / name.replace(":", "-") if name.startswith(READY) else run
    return folder / "tests" / source_name(photos)


def run_path(photos: Path) -> Path:
    """Return the first of `runs/NAME`, `runs/NAME-2`, ... that is free."""
    return _free(Path("runs") / source_name(photos))


def extended_path(run: Path) -> Path:
    """Return the first of `RUN-2`, `RUN-3`, ... that is free."""
    return _free(run.resolve() if run.name in ("", "..") else run)


def source_name(photos: Path) -> str:
    """Return what a folder, zip, table or data set of photos is called; no colon, which no name on Windows may have."""
    name = photos.resolve().name.removesuffix(".zip").removesuffix(".csv").removesuffix(".parquet")
    return name.removeprefix("tfds:").removeprefix("hf:").replace(":", "-") or "photos"


def _free(folder: Path) -> Path:
    number = 1
    while (found := folder if number == 1 else folder.with_name(f"{folder.name}-{number}")).exists():
        number += 1
    return found
