"""Write a finished run for another runtime, and measure what was written on its test photos: `unseen export`."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Unpack, get_args

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.dataset.known_classes import known_only
from unseen.dataset.load import group_photos, read_photos
from unseen.errors import UnseenError
from unseen.evaluation.paired import Difference
from unseen.evaluation.tested_on import over
from unseen.export.agreement import Agreement
from unseen.export.bundle import CARD, GRAPH, find_bundle
from unseen.export.compare_answers import FRAME, framed
from unseen.export.coreml_target import PACKAGE
from unseen.export.litert_target import EIGHT_BITS, FLOAT
from unseen.export.onnx_bundle import compare, one_thread_session
from unseen.export.runner_examples import write_runner
from unseen.export.small_graph import Small, small_graph
from unseen.export.targets import TARGETS
from unseen.export.torch_target import PROGRAM
from unseen.pipelines.stages.held_out_photos import held_out_photos
from unseen.pipelines.stages.loaded_run import LoadedRun, load_run
from unseen.pipelines.stages.measured_file import (
    WrittenFile,
    compared,
    measured_file,
    open_onnx,
    photos_of,
    right_by_run,
)
from unseen.pipelines.stages.what_is_known import doubt_of
from unseen.pipelines.stress import spread
from unseen.progress import Progress, Silent
from unseen.runs import write_text
from unseen.settings import ReadingSettings
from unseen.sources.open_photos import open_photos
from unseen.text import count, listed, percent, points, span
from unseen.verb_calls import names_settings

Target = Literal["onnx", "torch", "litert", "coreml"]
ALL: tuple[Target, ...] = get_args(Target)
FRAMED: tuple[Target, ...] = ("litert", "coreml")
# Photos that are measured, spread over the classes, and those that are compared with torch first.
MEASURED, COMPARED = 300, 32
# A smaller file may cost less than this share of the photos.
MOST_LOST = 0.005


@dataclass(frozen=True, slots=True)
class Export:
    """What was written, and how it compares with torch. frame: (width, height) of the photos it takes, if only one."""

    folder: Path
    agreement: Agreement
    files: tuple[WrittenFile, ...]
    frame: tuple[int, int] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return {**asdict(self), "folder": str(self.folder)}

    @property
    def table(self) -> str:
        """Return size, time and accuracy of each file, in Markdown."""
        rows = [
            "| file | MiB | ms a photo, one thread | correct | the run itself | difference |",
            "|---|---|---|---|---|---|",
        ]
        for file in self.files:
            cells = ["not measured: only macOS runs it", "", "", ""]
            if file.accuracy and file.milliseconds is not None:
                after, before, gain = file.accuracy.after, file.accuracy.before, file.accuracy.difference
                between = f" ({span(gain.low, gain.high)})" if gain.low is not None else ""
                cells = [f"{file.milliseconds:.0f}", percent(after.value), percent(before.value)]
                cells.append(f"{(gain.value or 0.0) * 100:+.1f} points{between}, {count(gain.n, 'photo')}")
            rows.append(f"| `{file.name}` | {file.mebibytes:.1f} | {' | '.join(cells)} |")
        return "\n".join(rows)


@names_settings
def export(
    run: str | Path,
    out: str | Path,
    target: Target,
    *,
    photos: str | Path | None = None,
    frame: tuple[int, int] | None = None,
    small: Small | None = None,
    progress: Progress = Silent(),  # noqa: B008 - it keeps nothing
    **how: Unpack[ReadingSettings],
) -> Export:
    """Write `run` into the new folder `out`. photos: labelled ones to measure on, by default those it was tested on.

    frame: (width, height) of the photos that targets of one size take. small: how weights are stored. how: how
    `photos` are read.
    """
    folder = Path(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UnseenError(f"{folder} is there already: name another folder, or delete it")
    if small and target != "onnx":
        raise UnseenError(f"--small is for --to onnx and --to web, not {target}: leave it out")
    if frame and target not in FRAMED:
        raise UnseenError(
            f"--frame is for --to litert and --to coreml; {target} takes photos of any size: leave it out"
        )
    trained = load_run(Path(run))
    data = _labelled(trained, photos, progress, how)
    frame = (frame or FRAME) if target in FRAMED else None
    progress.say(f"export: writing {target}")
    try:
        agreement = _write(trained, folder, target, data, frame, small)
        write_runner(folder, target, frame)
        progress.say(f"export: measuring on {count(len(data.photos), 'photo')}")
        shown = [framed(photo, frame) if frame else np.ascontiguousarray(photo[..., :3]) for photo in photos_of(data)]
        before = right_by_run(trained.run.root, data)
        files = tuple(measured_file(before, data, shown, path, progress) for path in _files(folder, target))
        if small:
            _require_little_lost(small, files[0].accuracy)
        written = Export(folder, agreement, files, frame)
        write_text(folder / CARD, _card(trained, written))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return written


def small_model(
    run: Path, kind: Small, photos: str | Path | None, progress: Progress, **how: Unpack[ReadingSettings]
) -> bytes:
    """Return the run's graph with small weights; raise `UnseenError` where they lose too much."""
    trained = load_run(run)
    data, content = _labelled(trained, photos, progress, how), _small(trained, kind)
    shown = [np.ascontiguousarray(photo[..., :3]) for photo in photos_of(data)]
    _require_little_lost(kind, compared(right_by_run(run, data), data, shown, open_onnx(content))[0])
    return content


def _write(
    trained: LoadedRun, folder: Path, target: Target, data: Dataset, frame: tuple[int, int] | None, small: Small | None
) -> Agreement:
    locator = trained.recipe.locator
    some = spread(data.labels, COMPARED)
    photos = [data.images[i] for i in some]
    if target != "onnx":
        # those of one size have a setting more, and so has the one that says what is unknown
        more: dict[str, Any] = {"frame": frame} if frame else {}
        if target == "torch" and (doubt := doubt_of(trained.run.model)):
            more["doubt"] = doubt
        write: Callable[..., Agreement] = partial(TARGETS[target], **more)
        return write(trained.model, locator, trained.facts, folder, photos, [])
    # the bundle's own file, which was compared when it was written
    content = (find_bundle(trained.run.root) / GRAPH).read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    graph = folder / GRAPH
    graph.write_bytes(content)
    agreement = compare(trained.model, locator, one_thread_session(graph), photos)
    if small:
        graph.write_bytes(_small(trained, small))
    return agreement


def _small(trained: LoadedRun, kind: Small) -> bytes:
    return small_graph((find_bundle(trained.run.root) / GRAPH).read_bytes(), kind)


def _require_little_lost(kind: Small, found: Difference | None) -> None:
    """Raise `UnseenError` with the number where small weights lose too much."""
    assert found is not None
    lost = -(found.difference.value or 0.0)
    if lost >= MOST_LOST:
        low, high = found.difference.low, found.difference.high
        between = (
            ""
            if low is None or high is None
            else f", 95% interval {-high * 100:+.1f} to {-low * 100:+.1f}, {over(found.over)}"
        )
        raise UnseenError(
            f"{kind} weights lose {points(lost)} of accuracy on {count(found.difference.n, 'photo')}{between}; "
            f"half a point or more is refused: {'use --small fp16' if kind == 'int8' else 'leave --small out'}"
        )


def _labelled(trained: LoadedRun, photos: str | Path | None, progress: Progress, how: ReadingSettings) -> Dataset:
    """Return the photos to measure on, decoded, a few of each class."""
    classes = trained.facts.classes
    if photos:
        named = known_only(open_photos(Path(photos), **how, least_classes=1, known=classes), classes)
    else:
        try:
            named = held_out_photos(trained)
        except UnseenError as error:
            raise UnseenError(f"{error}; or name labelled ones with --photos") from None
    if not named.photos:
        raise UnseenError(f"{trained.run.root} has no test photos: name labelled ones with --photos")
    chosen = named.select(spread(named.labels, MEASURED))
    return group_photos(read_photos(chosen, trained.facts.decode_side_px, progress), progress)


def _files(folder: Path, target: Target) -> list[Path]:
    names = {"onnx": (GRAPH,), "torch": (PROGRAM,), "litert": (FLOAT, EIGHT_BITS), "coreml": (PACKAGE,)}
    return [folder / name for name in names[target]]


def _card(trained: LoadedRun, written: Export) -> str:
    """Say what the files take and give, and how well."""
    size = "any height and width"
    if written.frame:
        size = f"exactly {written.frame[0]} x {written.frame[1]} px: put others between grey bands, as run.py does"
    found = "The search for the thing that photos show is inside." if trained.recipe.locator else ""
    seen = written.agreement
    return f"""# {listed(trained.facts.classes)}

One file takes a photo as uint8 RGB, 0 to 255, upright, {size}; it gives a probability for each
class. Preprocessing is inside. {found} `python run.py photo.jpg` recognises one photo.

{written.table}

The same answer as PyTorch on {seen.same_answers} of {seen.photos} photos, probabilities within
{seen.largest_difference:.1e}.
"""
