"""Train an image classifier on your own photos that still works on photos it has never seen.

`unseen.audit("photos")` says what is wrong with photos, `unseen.train("photos")` trains (both need the extra
`unseen[train]`), `unseen.load("runs/photos").predict("photo.jpg")`
predicts with ONNX Runtime alone, `unseen.test("runs/photos", "new_photos")` measures.
"""

from typing import TYPE_CHECKING, Any

from unseen.errors import UnseenError

if TYPE_CHECKING:
    from unseen.api import audit, extend, load, render, test, train
    from unseen.serve.predictor import Prediction, Predictor

__version__ = "0.1.0"
__all__ = [
    "Prediction",
    "Predictor",
    "UnseenError",
    "__version__",
    "audit",
    "extend",
    "load",
    "render",
    "test",
    "train",
]

_HOMES = {
    "audit": "unseen.api",
    "extend": "unseen.api",
    "load": "unseen.api",
    "render": "unseen.api",
    "test": "unseen.api",
    "train": "unseen.api",
    "Prediction": "unseen.serve.predictor",
    "Predictor": "unseen.serve.predictor",
}


def __getattr__(name: str) -> Any:
    """Import public names on first use, so that `import unseen` is fast and never needs torch."""
    if name not in _HOMES:
        raise AttributeError(f"module 'unseen' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
