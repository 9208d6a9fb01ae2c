"""Ask a head again with the joints of another photo in place of a photo's own: all of them, then each finger's."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from unseen.explanation.activation_map import DESCRIPTORS, FINGERS, OF_FINGER, SIGN, HeadLayers
from unseen.records import Float32Array

# Behind the pixels' features stand those of the joints, see `activation_map`: the last two readings, then the sign,
# which is read from these two. handnet's own reading is among its features.
TOLD = 2 * DESCRIPTORS


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


def replay_joints(
    head: HeadLayers, features: Float32Array, others: Float32Array, target: int, pixels: int
) -> JointReplay | None:
    """Replay features (D,) with the joints of `others` (D,); `None` of a head that is not told joints.

    pixels: how many features come first and are of pixels alone.
    """
    if head.signs is None or len(features) < pixels + TOLD + SIGN:
        return None
    of_finger = np.concatenate([np.ones((1, DESCRIPTORS)), OF_FINGER.T]) > 0  # all of them, then one finger each
    rows = np.repeat(features[None], len(of_finger), axis=0)
    starts = [len(features) - SIGN - TOLD, len(features) - SIGN - DESCRIPTORS]
    if starts[0] - pixels >= DESCRIPTORS:
        starts.append(pixels)
    for start in starts:
        place = slice(start, start + DESCRIPTORS)
        rows[:, place] = np.where(of_finger, others[place], features[place])
    rows[:, -SIGN:] = head.signs.logits(rows[:, -SIGN - TOLD : -SIGN])
    logits = head.logits(rows)
    likely = np.exp(logits - logits.max(axis=1, keepdims=True))
    right = (likely[:, target] / likely.sum(axis=1)).tolist()
    return JointReplay(int(logits[0].argmax()), right[0], dict(zip(FINGERS, right[1:], strict=True)))
