"""`unseen doctor`: open somebody else's model, find how it reads photos, measure what mistakes around it cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from unseen.config import DoctorConfig
from unseen.dataset.dataset import Dataset
from unseen.diagnosing.answer import answer, headline
from unseen.diagnosing.claim import evidence
from unseen.diagnosing.class_match import ClassMap, stated_map
from unseen.diagnosing.diagnosis import Diagnosis, Fixed, OwnPhotos
from unseen.diagnosing.examine import Examined, examine, examine_own
from unseen.diagnosing.foreign_model import ForeignModel
from unseen.diagnosing.seen_both import SeenBoth, seen_both
from unseen.diagnosing.without_labels import without_labels
from unseen.diagnosing.withstands import withstands
from unseen.errors import UnseenError
from unseen.evaluation.intervals import interval
from unseen.export.bundle import FACTS
from unseen.foreign.network import ForeignNetwork
from unseen.foreign.tried_first import open_tried
from unseen.inference.model import CallableModel, Model, logits_of
from unseen.inference.predictor import Predictor
from unseen.pipelines.stages.doctor_photos import READ_PX, labelled_photos, own_photos
from unseen.progress import Progress
from unseen.records import Float32Array, Uint8Array, left_out_sentence
from unseen.report.foreign.doctor_page import doctor_page
from unseen.report.page import render
from unseen.runs import FileIn, write_json, write_text

GivenModel = str | Path | Model | Callable[[Sequence[Uint8Array]], Float32Array]
CHECKED = 64  # photos on which a wrapped model must answer as the model itself


@dataclass(frozen=True, slots=True)
class DoctorFolder:
    """Where the files of a diagnosis lie."""

    root: Path
    findings = FileIn("doctor.json")
    answer = FileIn("answer.md")
    page = FileIn("doctor.html")


@dataclass(frozen=True, slots=True)
class DoctorResult:
    """Where the results lie, what was found, and a summary for people. wrapped: the bundle, where one was asked for."""

    folder: DoctorFolder
    diagnosis: Diagnosis
    summary: str
    wrapped: Path | None = None


def doctor(config: DoctorConfig, given: Any, progress: Progress) -> DoctorResult:
    """Examine the model that `config` names, or `given`: a function or a `Model`."""
    began = perf_counter()
    subject = _subject(config, given)
    data = labelled_photos(config.photos, config, progress, subject)
    theirs = own_photos(config, data.classes, progress) if config.against else None
    own = theirs if isinstance(theirs, Dataset) else None
    read = perf_counter()
    model: Model | None
    if isinstance(subject, ForeignNetwork):
        found, model = _examined(subject, data, own, config, progress)
    else:
        found, model = _measured(subject, data, own, config), subject
    searched = perf_counter()
    if model is not None and found.claim != "nothing":
        found = replace(found, withstands=withstands(model, own or data, data, config.seed, progress))
        if theirs is not None and not isinstance(theirs, Dataset):
            expected = without_labels(model, data, theirs, str(config.against), config.seed)
            found = replace(found, unlabelled=expected)
    seconds = {"read": read - began, "search": searched - read, "withstands": perf_counter() - searched}
    lost = (*data.rejected, *(own.rejected if own else ()))
    said = left_out_sentence(lost)
    found = replace(found, notes=(*data.notes, *([said] if said else []), *found.notes), seconds=seconds, rejected=lost)
    if config.fix:
        found = replace(found, fixed=_fixed(model, config, own, progress))
    seen = _seen(model, found, own or data, config.seed) if isinstance(model, ForeignModel) else ()
    result = _write(DoctorFolder(Path(config.out)), found, seen)
    return replace(result, wrapped=_wrapped(model, data, Path(config.wrap))) if config.wrap else result


def _subject(config: DoctorConfig, given: Any) -> ForeignNetwork | Model:
    if hasattr(given, "predict_proba") and hasattr(given, "classes"):
        model: Model = given
        return model
    if callable(given):
        if not config.classes:
            raise UnseenError("a function does not say what its classes are: name them with --classes")
        return CallableModel(config.classes, given)
    path = Path(config.model)
    if any((folder / FACTS).is_file() for folder in (path, path / "model", path.parent)):
        return Predictor(path)
    return open_tried(path, arch=config.arch, classes=config.classes)


def _examined(
    network: ForeignNetwork, data: Dataset, own: Dataset | None, config: DoctorConfig, progress: Progress
) -> tuple[Diagnosis, ForeignModel | None]:
    examined: Examined = examine(network, data, config.seed, config.as_, progress)
    found = examined.diagnosis
    if own is not None and config.against:
        found = replace(found, own=examine_own(examined, network, own, config.against))
    return found, examined.model


def _fixed(model: Model | None, config: DoctorConfig, own: Dataset | None, progress: Progress) -> Fixed:
    """Train ours on the same photos and compare."""
    try:
        from unseen.pipelines.stages.better_model import train_better
    except ModuleNotFoundError as error:
        raise UnseenError(f'--fix needs {error.name}: pip install "unseen[train]"') from None
    return train_better(model, config, own, READ_PX, progress)


def _wrapped(model: Model | None, data: Dataset, folder: Path) -> Path:
    """Write the model as a bundle to `folder`, once it answers as the model does."""
    if not isinstance(model, ForeignModel):
        raise UnseenError(
            f"nothing is written to {folder}: --wrap is for a model in a file, whose preprocessing was found"
        )
    try:
        from unseen.diagnosing.wrapping.wrap import wrap
    except ModuleNotFoundError as error:
        raise UnseenError(f'--wrap needs {error.name}: pip install "unseen[train]"') from None
    wrap(model, [data.images[i] for i in range(min(CHECKED, len(data.photos)))], READ_PX, folder)
    return folder


def _measured(model: Model, data: Dataset, own: Dataset | None, config: DoctorConfig) -> Diagnosis:
    """Measure a model that prepares photos itself: a bundle or a function."""
    classes = stated_map(data.classes, model.classes, len(model.classes))
    if classes is None or -1 in classes.outputs:
        raise UnseenError(
            f"the model knows {', '.join(model.classes[:10])} and the photos are of {', '.join(data.classes[:10])}: "
            "name its classes with --classes, or rename the folders"
        )

    def measured(photos: Dataset, known: ClassMap) -> tuple[Any, Any, Any]:
        logs = logits_of(model, [photos.images[i] for i in range(len(photos.photos))]).astype(np.float64)
        logs -= np.log(np.exp(logs - logs.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)) + logs.max(
            axis=1, keepdims=True
        )
        labels = np.array([data.classes.index(photo.label) for photo in photos.photos], np.int64)
        return interval(known.correct(logs, labels), photos.grouping.groups, 0), logs, labels

    accuracy, logs, labels = measured(data, classes)
    return Diagnosis(
        model=config.model,
        kind=type(model).__name__,
        reading=None,
        channels=3,
        claim=(weighed := evidence(accuracy, logs, classes.outputs, labels)).claim,
        evidence=weighed,
        searched=0,
        judged=len(labels),
        apart=True,
        folders=tuple(data.classes),
        outputs=tuple(model.classes[i] for i in classes.outputs),
        how=classes.how,
        order_wrong=False,
        answers="probabilities",
        own=OwnPhotos(str(config.against), measured(own, classes)[0], ()) if own else None,
    )


def _seen(model: ForeignModel, found: Diagnosis, data: Dataset, seed: int) -> tuple[SeenBoth, ...]:
    """Return photos as the network takes them in the user's way, or by the costliest usual mistake."""
    worst = max(found.usual, key=lambda one: one.points.value or 0.0, default=None)
    other = found.theirs or (replace(model.reading, **worst.parts) if worst else None)  # type: ignore[arg-type]
    return seen_both(model, other, data, seed) if other not in (None, model.reading) else ()


def _write(folder: DoctorFolder, found: Diagnosis, seen: Sequence[SeenBoth]) -> DoctorResult:
    write_text(folder.answer, answer(found))
    write_text(folder.page, render(doctor_page(found, seen)))
    write_json(folder.findings, found.as_dict())
    return DoctorResult(folder, found, headline(found))
