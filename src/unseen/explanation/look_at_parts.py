"""Find which parts of a photo an answer hangs on: hide each in turn and see how far its logit falls.

As Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, section 4.2. It asks the model
as it is, whatever that is, so it can show nothing that the model does not depend on.
"""

from itertools import pairwise

import numpy as np

from unseen.explanation.pixel_ops import blurred
from unseen.inference.model import Model, logits_of
from unseen.records import Float32Array, Uint8Array

GRID = 6


def look_at_parts(model: Model, photo: Uint8Array, answer: int) -> Float32Array:
    """Return (GRID, GRID) float32: how far hiding each part of a photo (H, W, 3) lowers the answer.

    A hidden part shows the photo blurred beyond recognition, so that no edge is added.
    """
    height, width = photo.shape[:2]
    hidden = blurred(photo, max(2.0, min(height, width) / 8))
    parts = [photo]
    rows, columns = (np.linspace(0, length, GRID + 1).astype(int).tolist() for length in (height, width))
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            changed = photo.copy()
            changed[top:bottom, left:right] = hidden[top:bottom, left:right]
            parts.append(changed)
    logits = logits_of(model, parts)
    above = (
        logits
        - np.log(np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True))
        - logits.max(axis=1, keepdims=True)
    )
    fall = (above[0, answer] - above[1:, answer]).clip(0, None)
    out: Float32Array = fall.reshape(GRID, GRID).astype(np.float32)
    return out
