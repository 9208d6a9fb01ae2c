"""Ask a head again with the joints of another photo in place of a photo's own: all of them, then each finger's."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from unseen.explanation.activation_map import DESCRIPTORS, FINGERS, OF_FINGER, SIGN, HeadLayers
from unseen.records import Float32Array

READINGS = 3  # of the joints, one after the other behind the pixels' features; the sign is read from the last two


@dataclass(frozen=True, slots=True)
class JointReplay:
    """What a head says of a photo's pixels with the joints of another photo, which is of the right class.

    label: index of its answer. probability: of the right class. fingers: of the right class where the joints of one
    finger alone are the other's.
    """

    label: int
    probability: float
    fingers: Mapping[str, float]

    @property
    def finger(self) -> str:
        """The finger that alone brings most."""
        return max(self.fingers, key=self.fingers.__getitem__)


def replay_joints(head: HeadLayers, features: Float32Array, others: Float32Array, target: int) -> JointReplay | None:
    """Replay features (D,) with the joints of `others` (D,); `None` of a head that is not told joints."""
    pixels = len(features) - READINGS * DESCRIPTORS - SIGN
    if head.signs is None or pixels <= 0:
        return None
    mine, theirs = (row[pixels:-SIGN].reshape(READINGS, DESCRIPTORS) for row in (features, others))
    of_finger = OF_FINGER.T[:, None] > 0  # (5, 1, DESCRIPTORS)
    read = np.concatenate([theirs[None], np.where(of_finger, theirs, mine)])  # (6, READINGS, DESCRIPTORS)
    signs = head.signs.logits(read[:, 1:].reshape(len(read), -1))
    seen = np.broadcast_to(features[:pixels], (len(read), pixels))
    logits = head.logits(np.concatenate([seen, read.reshape(len(read), -1), signs], axis=1))
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    right = (likely[:, target] / likely.sum(axis=1)).tolist()
    return JointReplay(int(logits[0].argmax()), right[0], dict(zip(FINGERS, right[1:], strict=True)))
