"""Train an image classifier on your own photos that still works on photos it has never seen.

`unseen.audit("photos")` says what is wrong with photos, `unseen.train("photos")` trains (both need the extra
`unseen[train]`), `unseen.load("runs/photos").predict("photo.jpg")`
predicts with ONNX Runtime alone, `unseen.evaluate("runs/photos", "new_photos")` measures.
"""

import os
from typing import TYPE_CHECKING, Any

from unseen.errors import UnseenError
from unseen.version import __version__

if TYPE_CHECKING:
    from unseen.api import (
        audit,
        compare,
        doctor,
        estimate,
        evaluate,
        explain,
        extend,
        frames,
        generate,
        load,
        render,
        resume,
        segment,
        stress,
        train,
    )
    from unseen.config import TrainConfig
    from unseen.inference.predictor import Prediction, Predictor

__all__ = [
    "Prediction",
    "Predictor",
    "TrainConfig",
    "UnseenError",
    "__version__",
    "audit",
    "compare",
    "doctor",
    "estimate",
    "evaluate",
    "explain",
    "extend",
    "frames",
    "generate",
    "load",
    "render",
    "resume",
    "segment",
    "stress",
    "train",
]

# Nothing leaves this machine unasked. Both libraries read this when they are first imported; ONNX Runtime 1.32 queues
# events in the user's cache folder and sends them seconds later.
for _library in ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ.setdefault(_library, "1")

_HOMES = {
    "audit": "unseen.api",
    "doctor": "unseen.api",
    "extend": "unseen.api",
    "frames": "unseen.api",
    "generate": "unseen.api",
    "load": "unseen.api",
    "render": "unseen.api",
    "compare": "unseen.api",
    "estimate": "unseen.api",
    "evaluate": "unseen.api",
    "explain": "unseen.api",
    "resume": "unseen.api",
    "segment": "unseen.api",
    "stress": "unseen.api",
    "train": "unseen.api",
    "TrainConfig": "unseen.config",
    "Prediction": "unseen.inference.predictor",
    "Predictor": "unseen.inference.predictor",
}


def __getattr__(name: str) -> Any:
    """Import public names on first use, so that `import unseen` is fast and never needs torch."""
    if name not in _HOMES:
        raise AttributeError(f"module 'unseen' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
