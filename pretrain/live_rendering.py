"""Processes that render beside the training in; a set of hands that grows while it is drawn from out.

A processor with many cores renders more people and rooms than anybody would store. What is drawn then hangs on how far
rendering is: such a run cannot be repeated bit for bit.
"""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from pretrain.any_hand import any_hand
from pretrain.hands import Hands
from pretrain.render import SIDE_PX
from pretrain.targets import PoseTargets, pose_targets
from unseen.records import Int64Array

# One row a hand, as `Hands` holds them.
COLUMNS: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {
    "photos": ((SIDE_PX, SIDE_PX, 4), np.uint8),
    "places": ((21, 2), np.float32),
    "joints": ((21, 3), np.float32),
    "axes": ((3, 3), np.float32),
    "left": ((), np.float32),
    "score": ((), np.float32),
}
FIRST_HANDS = 500
Column = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class GrowingHands(Hands):
    """Hands of which so many are there as `counts`, what each process has rendered, says."""

    counts: Int64Array

    def __len__(self) -> int:
        # process p of n fills rows p, p + n, p + 2n: below the slowest's count all rows are filled
        return int(self.counts.min()) * len(self.counts)


@contextmanager
def rendered_beside(processes: int, most: int, seed: int) -> Iterator[GrowingHands]:
    """Render up to `most` hands, from number `seed` on, until the block ends; wait for the first few."""
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        rows = most - most % processes
        columns = {name: _column(Path(folder), name, rows, "w+") for name in COLUMNS}
        counts = np.memmap(Path(folder) / "counts", np.int64, "w+", shape=(processes,))
        context = multiprocessing.get_context("spawn")
        tasks = [(Path(folder), number, processes, rows, seed) for number in range(processes)]
        running = [context.Process(target=_fill, args=task, daemon=True) for task in tasks]
        for process in running:
            process.start()
        pose = PoseTargets(*(columns[name] for name in PoseTargets.__slots__))  # type: ignore[arg-type]
        hands = GrowingHands(columns["photos"], columns["places"], pose, False, counts)  # type: ignore[arg-type]
        try:
            while len(hands) < min(FIRST_HANDS, rows):
                if not all(process.is_alive() or process.exitcode == 0 for process in running):
                    raise RuntimeError("a process that renders hands has ended: see above")
                time.sleep(0.1)
            yield hands
        finally:
            for process in running:
                process.terminate()
                process.join()


def _column(folder: Path, name: str, rows: int, mode: str) -> "np.memmap[tuple[int, ...], np.dtype[np.generic]]":
    shape, dtype = COLUMNS[name]
    return np.memmap(folder / name, dtype, mode, shape=(rows, *shape))  # type: ignore[call-overload, no-any-return]


def _fill(folder: Path, first: int, processes: int, rows: int, seed: int) -> None:
    columns = {name: _column(folder, name, rows, "r+") for name in COLUMNS}
    counts = np.memmap(folder / "counts", np.int64, "r+", shape=(processes,))
    for row in range(first, rows, processes):
        seen = any_hand(seed + row, SIDE_PX, samples=1).seen
        pose = pose_targets(seen.joints_mm[None], np.array([seen.left], np.float32), np.ones(1, np.float32))
        columns["photos"][row] = seen.rgba
        columns["places"][row] = seen.joints * SIDE_PX
        for name in PoseTargets.__slots__:
            columns[name][row] = getattr(pose, name)[0]
        counts[first] += 1
