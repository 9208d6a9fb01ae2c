"""Open a file in a process of its own first, with bounds on its memory and time; only one that comes through is opened.

The runtimes are written in C++: a file that declares far more than it holds can end the process that opens it.
"""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

from unseen.errors import UnseenError
from unseen.foreign.network import ForeignNetwork
from unseen.foreign.open_model import open_model

MAX_BYTES = 6 * 2**30  # of memory that it writes to; libraries alone take under 1 GB
MAX_SECONDS = 120
_REFUSED = 3
_SIDE_PX = 224  # of the photo that a network of any size is asked about


def open_tried(path: Path, *, arch: str | None = None, classes: tuple[str, ...] | None = None) -> ForeignNetwork:
    """Return what `open_model` does, once another process has opened the file and asked it about a black photo."""
    command = [sys.executable, "-m", "unseen.foreign.tried_first", str(path), arch or ""]
    # the parent's own way to its packages: it may have been started from anywhere
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=MAX_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise UnseenError(f"{path} takes more than {MAX_SECONDS} s for one photo: export it again") from None
    if done.returncode == _REFUSED:
        raise UnseenError(done.stdout.decode("utf-8", "replace").strip())
    if done.returncode:
        raise UnseenError(
            f"{path} needs more than {MAX_BYTES / 2**30:.0f} GB of memory, or its runtime breaks on it: export it again"
        )
    return open_model(path, arch=arch, classes=classes)


def _try(path: Path, arch: str | None) -> None:
    """Open the file and ask it about one black photo, where its size is known."""
    network = open_model(path, arch=arch)
    spec = network.input
    if spec.layout is None or (spec.height_px is None) is not (spec.width_px is None):
        return
    height, width = spec.height_px or _SIDE_PX, spec.width_px or _SIDE_PX
    sides = (spec.channels, height, width) if spec.layout == "nchw" else (height, width, spec.channels)
    try:
        network.run(np.zeros((spec.batch or 1, *sides), np.float32))
    except MemoryError:
        raise
    except Exception as error:  # each runtime has its own
        if "alloc" in str(error) or spec.height_px:
            raise UnseenError(f"{path} cannot be run ({_first_line(error)}): export it again") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__


def _bound() -> None:
    """Bound the memory of this process, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_BYTES, hard))


def main() -> None:
    """Try the file that the arguments name; exit with 3 and one line where it is refused."""
    _bound()
    try:
        _try(Path(sys.argv[1]), sys.argv[2] or None)
    except UnseenError as error:
        sys.stdout.buffer.write(str(error).encode("utf-8"))
        sys.stdout.flush()
        os._exit(_REFUSED)
    os._exit(0)  # runtimes that take long to close down need not


if __name__ == "__main__":
    main()
