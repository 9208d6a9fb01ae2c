"""A backbone and its preprocessing in, a name for what they compute out: what is kept of them is found by it."""

import hashlib

from unseen.models.backbone import Backbone
from unseen.models.preprocess import Preprocess


def identity(preprocess: Preprocess, backbone: Backbone, *made_by: str) -> str:
    """Return a hash of all that decides on features: weights and statistics, the preprocessing, and versions.

    made_by: the version of this program, and of what else writes the thing that is kept.
    """
    hashed = hashlib.sha256()
    kind = type(preprocess).__name__
    facts = (*made_by, kind, preprocess.side_px, preprocess.fit, preprocess.normalisation)
    hashed.update(repr(facts).encode())
    finder = {f"preprocess.{name}": value for name, value in preprocess.state_dict().items()}
    for name, value in sorted({**backbone.state_dict(), **finder}.items()):
        hashed.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        hashed.update(value.detach().cpu().contiguous().numpy().tobytes())
    return hashed.hexdigest()
