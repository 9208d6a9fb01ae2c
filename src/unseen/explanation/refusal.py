"""Count "no label" as one more answer of a model, so that causes of it are found as those of wrong answers are."""

import numpy as np

from unseen.records import Float32Array

_SURE = 1e-6


def with_refusal(logits: Float32Array, doubts: Float32Array, limit: float) -> Float32Array:
    """Return logits (N, C + 1), whose last is the largest where, and only where, photos get no label.

    logits: (N, C). doubts: (N,), how probable it is that a photo shows nothing that is known; limit: up to where it
    gets a label, both 0 to 1. The last is above the largest other one by as much as the odds are above the limit's.
    """
    beyond = _odds(doubts) - _odds(np.float32(limit))
    return np.concatenate([logits, (logits.max(axis=1) + beyond)[:, None]], axis=1).astype(np.float32)


def _odds(share: Float32Array | np.float32) -> Float32Array:
    kept = np.clip(np.asarray(share, np.float64), _SURE, 1 - _SURE)
    return np.asarray(np.log(kept / (1 - kept)), np.float32)
