"""Render photos of hands into class folders, with a table of what is known of each."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unseen.dataset.load import Source
from unseen.errors import UnseenError
from unseen.progress import Progress
from unseen.records import Rejected, Uint8Array
from unseen.runs import atomic_path, read_json, write_json, write_rows
from unseen.synth.photograph import photograph
from unseen.synth.poses import SIGNS, Signs
from unseen.synth.shots import HEADER, RenderConfig, Shot, factor_rows, groups_of, plan_shots
from unseen.version import __version__

MARGIN = 1.5  # a room's picture is larger than a photo by this: the camera looks at another part of it each time
BATCH = 8  # photos a task of a worker; what is lost at most where the process is killed
SETTINGS, TABLE = "synth.json", "photos.csv"


@dataclass(frozen=True, slots=True)
class RenderedSet:
    """A finished set. folder: class folders, `photos.csv`, `synth.json`. rendered: photos made in this call.

    rejected: photos whose signs could not be copied.
    """

    folder: Path
    shots: tuple[Shot, ...]
    groups: int
    rendered: int
    seconds: float
    rejected: tuple[Rejected, ...] = ()


def render(config: RenderConfig, out: Path, progress: Progress, workers: int = 1) -> RenderedSet:
    """Render photos into `out`, or continue an interrupted set. The bytes do not depend on `workers`.

    Raises `UnseenError` for a folder that holds anything else, and where photos that are to be copied show no hands.
    """
    signs, rejected = SIGNS[config.signs], tuple[Rejected, ...]()
    if config.copy:
        _claim(out, config)  # before photos are read
        from unseen.pipelines.rendered.copied_poses import signs_in  # which reads hands, with all that this takes

        source = Source(config.copy, config.layout, labels_from=config.labels_from)
        signs, rejected = signs_in(source, progress, config.seed)
    return replace(write_shots(plan_shots(config, signs), config, out, progress, workers, signs), rejected=rejected)


def write_shots(
    shots: Sequence[Shot],
    config: RenderConfig,
    out: Path,
    progress: Progress,
    workers: int = 1,
    signs: Signs | None = None,
) -> RenderedSet:
    """Render these shots instead of the planned ones: factors may be fixed or tied to labels (see `Shot`).

    signs: by default those that `config` names.
    """
    started = time.perf_counter()
    _claim(out, config)
    for folder in {(out / shot.path).parent for shot in shots}:
        folder.mkdir(exist_ok=True)
    missing = [shot for shot in shots if not (out / shot.path).exists()]
    if missing:
        rooms = draw_rooms(config, max(shot.room for shot in missing) + 1)
        with progress.task("render", len(shots), "photos") as bar:
            bar.advance(len(shots) - len(missing))
            for done in _each_batch(missing, signs or SIGNS[config.signs], config, rooms, out, workers):
                bar.advance(done)
    write_rows(out / TABLE, HEADER, factor_rows(shots, config.seed))
    seconds = time.perf_counter() - started
    return RenderedSet(out, tuple(shots), len(set(groups_of(shots))), len(missing), seconds)


def draw_rooms(config: RenderConfig, rooms: int) -> Uint8Array:
    """Draw pictures of the rooms, (rooms, H, W, 3) uint8."""
    from unseen.augment.procedural import make_pool  # torch, which workers and refusals need not wait for

    pool = make_pool(config.seed, round(config.image_size * MARGIN), rooms)
    pictures: npt.NDArray[np.uint8] = pool.permute(0, 2, 3, 1).contiguous().numpy()
    return pictures


def _claim(out: Path, config: RenderConfig) -> None:
    """Create the folder, or check that it was created with the same settings."""
    made_with = {"made_by": f"unseen {__version__}", **asdict(config)}
    settings = out / SETTINGS
    if settings.exists():
        found = read_json(settings)
        if found != made_with:
            other = next(key for key in made_with if found.get(key) != made_with[key])
            raise UnseenError(
                f"{out} was rendered with {other} {found.get(other)}, {made_with[other]} requested: name another folder"
            )
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UnseenError(f"{out} holds other things: name a folder that is new or empty")
    else:
        out.mkdir(parents=True, exist_ok=True)
        write_json(settings, made_with)


def _each_batch(
    shots: Sequence[Shot], signs: Signs, config: RenderConfig, rooms: Uint8Array, out: Path, workers: int
) -> Iterator[int]:
    """Render in this process, or in several; yield the number of photos written in each batch."""
    batches = [shots[start : start + BATCH] for start in range(0, len(shots), BATCH)]
    if workers <= 1 or len(batches) < 2:
        for batch in batches:
            for shot in batch:
                _write([shot], signs, config, rooms[[shot.room]], out)
                yield 1
        return
    with _pool(min(workers, len(batches))) as pool:
        waiting: set[Future[int]] = set()
        for batch in batches:
            pictures = rooms[[shot.room for shot in batch]]
            waiting.add(pool.submit(_write, batch, signs, config, pictures, out))
            if len(waiting) >= 2 * workers:
                yield from _finished(waiting)
        while waiting:
            yield from _finished(waiting)


def _finished(waiting: set[Future[int]]) -> Iterator[int]:
    done, _ = wait(waiting, return_when="FIRST_COMPLETED")
    waiting -= done
    for task in done:
        yield task.result()


def _write(shots: Sequence[Shot], signs: Signs, config: RenderConfig, pictures: Uint8Array, out: Path) -> int:
    """Render shots and write them; pictures: their rooms, (len(shots), H, W, 3)."""
    for shot, picture in zip(shots, pictures, strict=True):
        taken = photograph(shot, signs, config, picture)
        with atomic_path(out / shot.path) as temporary:
            temporary.write_bytes(taken.jpeg())
    return len(shots)


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Open workers that finish the file they are writing when Ctrl-C is pressed.

    They are spawned: a fork of a process in which torch has started threads may hang.
    """
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    before = {name: os.environ.get(name) for name in one_thread}
    os.environ.update(one_thread)  # a worker reads them when it imports NumPy
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_ignore_interrupt)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _ignore_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
