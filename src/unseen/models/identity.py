"""Name what a backbone and its preprocessing compute, so that what is kept of them can be found."""

import hashlib

from unseen.models.backbone import Backbone
from unseen.models.preprocess import Preprocess


def identity(preprocess: Preprocess, backbone: Backbone, *made_by: str, but: str = "") -> str:
    """Return a hash of all that decides on features: weights and statistics, the preprocessing, and versions.

    made_by: the version of this program, and of what else writes the thing that is kept. but: of weights whose name
    begins so, the shape alone counts.
    """
    hashed = hashlib.sha256()
    facts = (*made_by, preprocess.located_by, preprocess.side_px, preprocess.fit, preprocess.normalisation)
    hashed.update(repr(facts).encode())
    for name, value in sorted(backbone.state_dict().items()):
        hashed.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        if not but or not name.startswith(but):
            hashed.update(value.detach().cpu().contiguous().numpy().tobytes())
    return hashed.hexdigest()
