"""Measure an exported file: its size, its time a photo, its accuracy beside that of the run it was made from."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from unseen.dataset.dataset import Dataset
from unseen.evaluation.paired import Difference, paired
from unseen.evaluation.tested_on import unit_of_groups
from unseen.export.bundle import INPUT, OUTPUTS
from unseen.export.compare_answers import Answer
from unseen.export.litert_target import open_litert
from unseen.export.torch_target import open_torch
from unseen.inference.predictor import Predictor
from unseen.onnx_session import cpu_session
from unseen.progress import Progress
from unseen.records import BoolArray, Float32Array, Uint8Array


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that was written. milliseconds, accuracy: a photo's time in one thread, and the run's accuracy before and
    this file's after; `None` where nothing on this machine runs it.
    """

    name: str
    mebibytes: float
    milliseconds: float | None = None
    accuracy: Difference | None = None


def measured_file(
    before: BoolArray, data: Dataset, shown: Sequence[Uint8Array], path: Path, progress: Progress
) -> WrittenFile:
    """Measure the file or folder `path` on labelled photos, `shown` as it takes them; before: see `right_by_run`."""
    parts = [part for part in path.rglob("*") if part.is_file()] if path.is_dir() else [path]
    mebibytes = sum(part.stat().st_size for part in parts) / 2**20
    opened = _OPEN.get(path.suffix)
    if opened is None:
        return WrittenFile(path.name, mebibytes)
    progress.say(f"export: {path.name}")
    accuracy, milliseconds = compared(before, data, shown, opened(path))
    return WrittenFile(path.name, mebibytes, milliseconds, accuracy)


def right_by_run(run: Path, data: Dataset) -> BoolArray:
    """Return which photos the run's own bundle has right, (N,) bool."""
    return np.asarray(Predictor(run).logits(photos_of(data)).argmax(axis=1) == data.labels, np.bool_)


def compared(before: BoolArray, data: Dataset, shown: Sequence[Uint8Array], answer: Answer) -> tuple[Difference, float]:
    """Return the accuracy before and of what answers, on the same photos, and the median time of a photo in ms."""
    seconds, right = [], []
    for photo, label in zip(shown, data.labels.tolist(), strict=True):
        began = time.perf_counter()
        right.append(int(answer(photo).argmax()) == label)
        seconds.append(time.perf_counter() - began)
    after = np.array(right, np.bool_)
    found = replace(paired(before, after, data.grouping.groups), over=unit_of_groups(data))
    return found, float(np.median(seconds)) * 1000


def photos_of(data: Dataset) -> list[Uint8Array]:
    """Return all photos, decoded."""
    return [data.images[i] for i in range(len(data.photos))]


def open_onnx(file: Path | bytes) -> Answer:
    """Return what an ONNX file of a run answers to one photo (H, W, 3) uint8: probabilities (C,)."""
    session = cpu_session(file, threads=1)

    def answer(photo: Uint8Array) -> Float32Array:
        found: Float32Array = session.run([OUTPUTS[0]], {INPUT: photo[None]})[0][0]
        return found

    return answer


_OPEN: Mapping[str, Callable[[Path], Answer]] = {".onnx": open_onnx, ".pt2": open_torch, ".tflite": open_litert}
