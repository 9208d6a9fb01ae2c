"""Offer the work of the command line as functions, with records instead of printed lines."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack

from unseen.config import AuditConfig, DoctorConfig, TrainConfig, config_from
from unseen.errors import UnseenError
from unseen.paths import audit_path, doctor_path, extended_path, run_path
from unseen.photo_verbs import SILENT
from unseen.photo_verbs import frames as frames
from unseen.photo_verbs import generate as generate
from unseen.photo_verbs import render as render
from unseen.photo_verbs import segment as segment
from unseen.progress import Progress
from unseen.settings import AuditSettings, DoctorSettings, ExtendSettings, ReadingSettings, TrainSettings
from unseen.threads import let_idle_threads_sleep
from unseen.verb_calls import names_settings as _names_settings
from unseen.verb_calls import training_extra as _training_extra

if TYPE_CHECKING:
    from unseen.auditing.audit_result import AuditResult
    from unseen.explanation.explained import Explained
    from unseen.explanation.explaining_predictor import ExplainingPredictor
    from unseen.explanation.stress.stress_test import Stress
    from unseen.export.small_graph import Small
    from unseen.inference.unknown import Unknown
    from unseen.pipelines.compare import Comparison
    from unseen.pipelines.doctor import DoctorResult, GivenModel
    from unseen.pipelines.estimate import EstimateResult
    from unseen.pipelines.evaluate import EvaluateResult
    from unseen.pipelines.export import Export, Target
    from unseen.pipelines.stages.finish import TrainResult
    from unseen.records import AskedHand
    from unseen.serve.web_folder import WebFolder


@_names_settings
def load(run: str | Path, unknown: "Unknown" = "auto", hand: "AskedHand | None" = None) -> "ExplainingPredictor":
    """Load a run's bundle to predict and explain; needs ONNX Runtime alone.

    unknown: see `unseen predict --unknown`. hand: the one of two that is meant; by default that of the run.
    """
    from unseen.explanation.explaining_predictor import ExplainingPredictor

    return ExplainingPredictor(run, unknown=unknown, hand=hand)


@_names_settings
def audit(
    photos: str | Path, out: str | Path | None = None, *, progress: Progress = SILENT, **settings: Unpack[AuditSettings]
) -> "AuditResult":
    """Find what is wrong with `photos`; write a page, `audit.json` and a repaired `split.csv` into `out`.

    out: `runs/NAME-audit` by default; files of an earlier audit there are replaced. settings: as in `AuditConfig`,
    such as `against="my_hands"`. Needs `unseen[train]`.
    """
    config = config_from({"photos": photos, "out": out or audit_path(Path(photos)), **settings}, AuditConfig)
    with _training_extra():
        from unseen.pipelines.audit import audit as run
    return run(config, progress)


@_names_settings
def train(
    photos: str | Path, out: str | Path | None = None, *, progress: Progress = SILENT, **settings: Unpack[TrainSettings]
) -> "TrainResult":
    """Train on `photos` into the run folder `out` (`runs/NAME` by default); needs `unseen[train]`.

    settings: as in `TrainConfig`, such as `time_limit=5` or `flip={"left": False}`.
    """
    folder = out or run_path(Path(photos))
    return train_config(config_from({"photos": photos, "out": folder, **settings}, TrainConfig), progress)


@_names_settings
def train_config(config: TrainConfig, progress: Progress = SILENT) -> "TrainResult":
    """Train by a complete set of settings."""
    with _training_extra():
        from unseen.pipelines.train import train as run
    return run(config, progress)


@_names_settings
def resume(run: str | Path, *, progress: Progress = SILENT) -> "TrainResult":
    """Go on with an interrupted run; needs `unseen[train]`."""
    with _training_extra():
        from unseen.pipelines.train import resume as go_on
    return go_on(Path(run), progress)


@_names_settings
def evaluate(
    run: str | Path,
    photos: str | Path,
    *,
    out: str | Path | None = None,
    hand: "AskedHand | None" = None,
    progress: Progress = SILENT,
    **how: Unpack[ReadingSettings],
) -> "EvaluateResult":
    """Measure the bundle of `run` on labelled `photos`; the report needs `unseen[train]`."""
    with _training_extra():
        from unseen.pipelines.evaluate import evaluate as measure
    return measure(Path(run), Path(photos), Path(out) if out else None, progress, hand, **how)


@_names_settings
def doctor(
    model: "GivenModel",
    photos: str | Path,
    out: str | Path | None = None,
    *,
    progress: Progress = SILENT,
    **settings: Unpack[DoctorSettings],
) -> "DoctorResult":
    """Find how somebody else's `model` wants `photos` prepared, and what doing it differently costs.

    model: a file (.onnx needs ONNX Runtime alone), or a function that prepares photos itself, see `CallableModel`.
    """
    path = Path(model) if isinstance(model, str | Path) else None
    places = {"photos": photos, "model": path or "model", "out": out or doctor_path(path or Path("model"))}
    let_idle_threads_sleep()
    from unseen.pipelines.doctor import doctor as run

    return run(config_from({**places, **settings}, DoctorConfig), None if path else model, progress)


@_names_settings
def compare(
    first: str | Path,
    second: str | Path,
    photos: str | Path | None = None,
    *,
    progress: Progress = SILENT,
    **how: Unpack[ReadingSettings],
) -> "Comparison":
    """Compare two runs on labelled `photos`, or on the test photos that both held out; needs `unseen[train]`."""
    with _training_extra():
        from unseen.pipelines.compare import compare_runs
    return compare_runs(Path(first), Path(second), Path(photos) if photos else None, progress, **how)


@_names_settings
def estimate(
    run: str | Path,
    photos: str | Path,
    *,
    label_first: int = 0,
    labels: str | Path | None = None,
    progress: Progress = SILENT,
) -> "EstimateResult":
    """Estimate the accuracy of `run` on `photos` without labels; needs ONNX Runtime alone.

    label_first: how many photos to name whose labels would narrow it most. labels: a CSV of path,label to go on with.
    """
    from unseen.pipelines.estimate import estimate_run

    return estimate_run(Path(run), Path(photos), label_first, Path(labels) if labels else None, progress)


@_names_settings
def explain(
    run: str | Path,
    photos: str | Path | Sequence[str | Path],
    *,
    label: str | None = None,
    thorough: bool = False,
    page: str | Path | None = None,
    hand: "AskedHand | None" = None,
) -> "Explained":
    """Explain what `run` says of photos or folders, without torch; see `ExplainingPredictor.explain`; page: HTML."""
    from unseen.pipelines.explain import explain as run_explain

    given = [Path(one) for one in ([photos] if isinstance(photos, str | Path) else photos)]
    return run_explain(Path(run), given, label, thorough, Path(page) if page else None, hand)


@_names_settings
def stress(
    run: str | Path,
    photos: str | Path,
    *,
    most: int = 48,
    page: str | Path | None = None,
    progress: Progress = SILENT,
    **how: Unpack[ReadingSettings],
) -> "Stress":
    """Measure what `run` withstands on labelled `photos`, `most` of them; page: an HTML file to write."""
    from unseen.pipelines.stress import stress as measure

    return measure(Path(run), Path(photos), most, Path(page) if page else None, progress, **how)


@_names_settings
def extend(
    run: str | Path,
    photos: str | Path | None = None,
    out: str | Path | None = None,
    *,
    progress: Progress = SILENT,
    **settings: Unpack[ExtendSettings],
) -> "TrainResult":
    """Teach the finished run `run` new labelled `photos` of old or new classes; `run` itself stays as it is.

    out: the new run folder, the first free `RUN-2`, `RUN-3`, ... by default. Needs `unseen[train]`.
    """
    with _training_extra():
        from unseen.pipelines.extend import Extension
        from unseen.pipelines.extend import extend as teach
    values: dict[str, object] = {"run": run, "photos": photos, "out": out or extended_path(Path(run))}
    return teach(config_from({**values, **settings}, Extension), progress)


@_names_settings
def export(
    run: str | Path,
    out: str | Path,
    to: "Target | Literal['web']",
    *,
    photos: str | Path | None = None,
    frame: tuple[int, int] | None = None,
    small: "Small | None" = None,
    runtime: str | Path | None = None,
    progress: Progress = SILENT,
    **how: Unpack[ReadingSettings],
) -> "Export | WebFolder":
    """Write `run` for another runtime into the new folder `out`; needs `unseen[train]`, `web` alone does not.

    photos: labelled ones to measure on, by default those it was tested on. frame: (width, height) of the photos that
    litert and coreml files take. small: how weights are stored. runtime: for web, ONNX Runtime Web as npm packs it.
    how: how `photos` are read.
    """
    if to == "web":
        from unseen.serve.web_folder import write_web_folder

        if frame:
            raise UnseenError("--frame is for --to litert and --to coreml: leave it out")
        graph = None
        if small:
            with _training_extra():
                from unseen.pipelines.export import small_model
            graph = small_model(Path(run), small, photos, progress, **how)
        return write_web_folder(str(run), Path(out), Path(runtime) if runtime else None, graph)
    if runtime:
        raise UnseenError("--runtime is for --to web: leave it out")
    with _training_extra():
        from unseen.pipelines.export import export as write
    return write(run, out, to, photos=photos, frame=frame, small=small, progress=progress, **how)
