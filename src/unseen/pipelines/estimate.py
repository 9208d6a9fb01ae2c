"""`unseen estimate`: expected accuracy of a run on photos without labels; no torch."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from unseen.errors import UnreadablePhoto, UnseenError
from unseen.estimation.expected_accuracy import Estimate, Reason, Share, estimate
from unseen.estimation.label_first import choose, with_labels
from unseen.export.bundle import find_bundle
from unseen.inference.predictor import NO_ANSWER, Predictor
from unseen.inference.reference import read_reference
from unseen.photos.any_photo import open_any
from unseen.pipelines.stages.listed_photos import listed_photos
from unseen.progress import Progress
from unseen.records import Float32Array, Rejected, Uint8Array, common_reasons, left_out_sentence, not_measured
from unseen.runs import read_rows
from unseen.text import count, listed, percent, span

WINDOW = 64
WHY = {
    Reason.FEW_PHOTOS: "there are too few photos: name more",
    Reason.FEW_HELD_OUT: "the run held out too few photos to compare with: train on more",
    Reason.NO_REFERENCE: "the run does not say how sure it is of its own photos: train again with this version; "
    "of a model that unseen doctor wrapped, use unseen doctor MODEL PHOTOS --against these",
    Reason.UNLIKE_ANYTHING: "what the model makes of these photos is unlike anything the estimate was tried on: "
    "label some of them and use unseen evaluate",
}


@dataclass(frozen=True, slots=True)
class EstimateResult:
    """What was estimated, the photos to label first, what was not a photo, and a summary for people.

    labelled: how many labels were used.
    """

    estimate: Estimate
    label_first: tuple[str, ...]
    labelled: int
    rejected: tuple[Rejected, ...]
    summary: str

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return {
            **self.estimate.as_dict(),
            "label_first": list(self.label_first),
            "labelled": self.labelled,
            "not_measured": not_measured(self.rejected),
            "rejected": [{"path": row.path, "reason": row.reason} for row in self.rejected],
            "summary": self.summary,
        }


def estimate_run(run: Path, photos: Path, label_first: int, labels: Path | None, progress: Progress) -> EstimateResult:
    """Estimate the accuracy of the bundle of `run` on `photos`, whose labels are not looked at.

    label_first: how many photos to name whose labels narrow it most. labels: a CSV of path,label to go on with.
    """
    predictor = Predictor(run)
    called, unusable = listed_photos([photos])
    seen, logits, features, rejected = _read(predictor, called, progress)
    if not seen:
        why = common_reasons((*unusable, *rejected))
        raise UnseenError(f"no photo of {photos} can be used{f' ({why})' if why else ''}: name photos")
    # the estimate was fitted on logits that no temperature had divided
    plain = logits * np.float32(predictor.facts.temperature)
    found = estimate(plain, features, read_reference(find_bundle(run)), predictor.classes)
    right = _answers(labels, seen, logits, predictor.classes) if labels else {}
    if right and found.reason is None:
        found = replace(found, accuracy=with_labels(found.accuracy, found.right, right))
    first: tuple[str, ...] = ()
    if label_first and found.reason is None:
        first = tuple(seen[i] for i in choose(found.right, label_first + len(right)).tolist() if i not in right)
    lost = (*unusable, *rejected)
    summary = " ".join(filter(None, (_summary(found, len(right)), left_out_sentence(lost))))
    return EstimateResult(found, first[:label_first], len(right), lost, summary)


def _read(
    predictor: Predictor, called: Mapping[Path, str], progress: Progress
) -> tuple[list[str], Float32Array, Float32Array, list[Rejected]]:
    """Return what the photos that can be read are called, their logits (m, C) and features (m, D), and the rejected."""
    paths = list(called)
    seen: list[str] = []
    rejected: list[Rejected] = []
    logits, features = (
        [np.zeros((0, len(predictor.classes)), np.float32)],
        [np.zeros((0, predictor.facts.features), np.float32)],
    )

    def opened(path: Path) -> Uint8Array | Rejected:
        try:
            return open_any(path, predictor.facts.decode_side_px)
        except UnreadablePhoto as error:
            return Rejected(called[path], str(error))

    with ThreadPoolExecutor() as pool, progress.task("read photos", len(paths), "photos") as task:
        for start in range(0, len(paths), WINDOW):
            window = paths[start : start + WINDOW]
            pairs = list(zip(window, pool.map(opened, window), strict=True))
            usable = [(path, photo) for path, photo in pairs if not isinstance(photo, Rejected)]
            rejected += [photo for _, photo in pairs if isinstance(photo, Rejected)]
            found = predictor.run([photo for _, photo in usable])
            sound = np.isfinite(np.hstack([found.logits, found.features])).all(axis=1)
            seen += [called[usable[i][0]] for i in np.flatnonzero(sound).tolist()]
            rejected += [Rejected(called[usable[i][0]], NO_ANSWER) for i in np.flatnonzero(~sound).tolist()]
            logits.append(found.logits[sound])
            features.append(found.features[sound])
            task.advance(len(window))
    return seen, np.concatenate(logits), np.concatenate(features), rejected


def _answers(table: Path, seen: Sequence[str], logits: Float32Array, classes: tuple[str, ...]) -> Mapping[int, bool]:
    """Return whether the answer was right, by position, of the photos that `table` (path,label) labels."""
    rows = read_rows(table)
    if not rows or not {"path", "label"} <= set(rows[0]):
        raise UnseenError(f"{table} has no columns path and label: write one row a photo under path,label")
    places = {path: i for i, path in enumerate(seen)}
    right: dict[int, bool] = {}
    strange = []
    for row in rows:
        if not row["label"]:
            continue
        place = places.get(row["path"])
        if place is None or row["label"] not in classes:
            strange.append(row["path"])
            continue
        right[place] = classes[int(logits[place].argmax())] == row["label"]
    if strange:
        raise UnseenError(
            f"{table}: {count(len(strange), 'row names', 'rows name')} a photo that is not among these, or a class "
            f"that the model does not know ({listed(strange, 3)}): use the paths that --label-first prints"
        )
    return right


def _summary(found: Estimate, labelled: int) -> str:
    if found.reason:
        return f"The accuracy on these {count(found.accuracy.n, 'photo')} cannot be estimated: {WHY[found.reason]}."
    after = f", {count(labelled, 'label')} included" if labelled else ", without a label"
    return (
        f"Of these {count(found.accuracy.n, 'photo')} the model probably classifies {percent(found.accuracy.value, 0)} "
        f"correctly (90% interval {span(found.accuracy.low, found.accuracy.high)}%; estimated{after})."
        f"{_weakest(found.per_class)}"
    )


def _weakest(per_class: Mapping[str, Share]) -> str:
    known = [(share.value, name) for name, share in per_class.items() if share.value is not None]
    if len(known) < 2:
        return ""
    value, name = min(known)
    return f" Least sure are those called {name}: about {percent(value, 0)}."
