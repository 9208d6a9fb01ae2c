"""Describe a served model: its classes, its identity, its accuracy on photos it was not trained on."""

import hashlib
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from unseen.errors import UnseenError
from unseen.evaluation.results import read_results
from unseen.evaluation.tested_on import over
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.export.bundle import GRAPH, find_bundle
from unseen.paths import READY
from unseen.report.verdict import Said, verdict
from unseen.runs import RunFolder

NOT_MEASURED: dict[str, Any] = {"accuracy": None, "over": None, "strangers": None, "said": []}
# What is known of the ready models, see docs/signs.md.
_PEOPLE = "Taught by the hands of about 240 people."
READY_SAID = {
    "letters": [
        _PEOPLE,
        "Taught without a set of photos, it read 93% of the letters in it, 83% in the hardest of six.",
    ],
    "digits": [_PEOPLE],
    "counting": [_PEOPLE],
    "rps": [_PEOPLE],
}


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


def about_model(run: str, predictor: ExplainingPredictor) -> dict[str, Any]:
    """Return what `/v1/model` says of the model."""
    facts = asdict(predictor.facts)
    kept = ("model", "side_px", "decode_side_px", "fit", "features", "unseen_version")
    return {
        "id": hashlib.sha256(graph_bytes(run)).hexdigest()[:16],
        "name": run_folder(run).resolve().name if not run.startswith(READY) else run,
        "classes": list(predictor.classes),
        "hands": predictor.finds_hands,
        "unknown_at": predictor.unknown_at if predictor.known else None,
        **{name: facts[name] for name in kept},
        **(NOT_MEASURED | {"said": READY_SAID[run.removeprefix(READY)]} if run.startswith(READY) else _measured(run)),
    }


def _measured(run: str) -> dict[str, Any]:
    """Return the accuracy on photos held out, the one to expect for another person, and what is said of them."""
    with suppress(UnseenError):
        results = read_results(RunFolder(run_folder(run)).metrics)
        found = verdict(results)
        said = [Said(found.lead, found.figure, found.detail).sentence, found.left_out, found.strangers.sentence]
        return {
            "accuracy": asdict(results.test.accuracy) if results.test else None,
            "over": over(results.test.interval_over) if results.test else None,
            "strangers": asdict(results.strangers) if results.strangers and found.strangers.figure else None,
            "said": [one for one in said if one],
        }
    return NOT_MEASURED
