"""Describe a served model: its classes, its identity, its accuracy on photos it was not trained on."""

import hashlib
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from unseen.errors import UnseenError
from unseen.evaluation.results import read_results
from unseen.evaluation.tested_on import over
from unseen.export.bundle import GRAPH, find_bundle
from unseen.inference.predictor import Predictor
from unseen.paths import READY
from unseen.runs import RunFolder


def graph_bytes(run: str) -> bytes:
    """Return the ONNX file of a run, or of a ready model."""
    if run.startswith(READY):
        from unseen.inference.ready import ready_model  # reads weights, which a run's own graph needs not

        return ready_model(run)[1]
    return (find_bundle(Path(run)) / GRAPH).read_bytes()


def run_folder(run: str) -> Path:
    """Return the folder of a run, whether it or its bundle was named."""
    folder = find_bundle(Path(run))
    return folder.parent if folder.resolve().name == "model" else folder


def about_model(run: str, predictor: Predictor) -> dict[str, Any]:
    """Return what `/v1/model` says of the model."""
    facts = asdict(predictor.facts)
    kept = ("model", "side_px", "decode_side_px", "fit", "features", "unseen_version")
    return {
        "id": hashlib.sha256(graph_bytes(run)).hexdigest()[:16],
        "name": run_folder(run).resolve().name if not run.startswith(READY) else run,
        "classes": list(predictor.classes),
        "unknown_at": predictor.unknown_at if predictor.known else None,
        **{name: facts[name] for name in kept},
        **({"accuracy": None} if run.startswith(READY) else _measured(run_folder(run))),
    }


def _measured(run: Path) -> dict[str, Any]:
    """Return the accuracy on photos held out, with its interval and what that is over.

    `None` where the run's numbers are not there.
    """
    with suppress(UnseenError):
        test = read_results(RunFolder(run).metrics).test
        return {"accuracy": asdict(test.accuracy), "over": over(test.interval_over)} if test else {"accuracy": None}
    return {"accuracy": None}
