"""Describe a served model: its classes, its identity, its accuracy on photos it was not trained on."""

import hashlib
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from unseen.errors import UnseenError
from unseen.evaluation.results import read_results
from unseen.export.bundle import GRAPH, find_bundle
from unseen.inference.predictor import Predictor
from unseen.runs import RunFolder


def about_model(run: str, predictor: Predictor) -> dict[str, Any]:
    """Return what `/v1/model` says of the model."""
    folder = find_bundle(Path(run))
    with (folder / GRAPH).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    facts = asdict(predictor.facts)
    kept = ("model", "side_px", "decode_side_px", "fit", "features", "unseen_version")
    return {
        "id": digest[:16],
        "name": folder.parent.name if folder.name == "model" else folder.name,
        "classes": list(predictor.classes),
        **{name: facts[name] for name in kept},
        "accuracy": _measured(folder.parent),
    }


def _measured(run: Path) -> Any:
    """Return the accuracy on photos held out, with its interval; `None` where the run's numbers are not there."""
    with suppress(UnseenError):
        results = read_results(RunFolder(run).metrics)
        return asdict(results.test.accuracy) if results.test else None
    return None
