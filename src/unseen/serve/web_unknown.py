"""Tell the page without a server what a run knows of its own photos, so that it says "unknown" as Python does."""

import base64
from typing import Any

import numpy as np

from unseen.inference.predictor import Predictor
from unseen.inference.reference import FARTHEST, Reference
from unseen.inference.unknown import MOST_OTHER, MOST_SURE, NEAR, builtin_unknown_model

ARRAYS = ("mean", "std", "whiten", "centres", "usual", "signs", "sign_bias")


def unknown_facts(predictor: Predictor) -> dict[str, Any] | None:
    """Return what `web/unknown.js` computes with; `None` where no photo is unknown to the model."""
    known = predictor.known
    return None if known is None else facts_of(known, predictor.unknown_at)


def facts_of(known: Reference, at: float) -> dict[str, Any]:
    """Return the same. at: the probability from which a photo gets no label. Arrays: float32, as base64."""
    model = builtin_unknown_model()
    return {
        "at": at,
        "names": model.names,
        "means": model.means,
        "scales": model.scales,
        "weights": model.weights,
        "bias": model.bias,
        "near": NEAR,
        "most_sure": MOST_SURE,
        "most_other": MOST_OTHER,
        "farthest": FARTHEST,
        "median": float(np.median(known.distances)),
        "sign_classes": known.sign_classes.tolist(),
        "arrays": {name: _text(getattr(known, name)) for name in ARRAYS},
    }


def _text(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode("ascii")
