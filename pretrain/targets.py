"""A teacher's landmarks in, what `handnet` learns out: joints in the palm's frame, the palm's axes in the camera's."""

from dataclasses import dataclass

import numpy as np

from unseen.locate.hand_pose import INDEX_ROOT, LITTLE_ROOT, MIDDLE_ROOT, WRIST
from unseen.records import Float32Array


@dataclass(frozen=True, slots=True)
class PoseTargets:
    """joints (N, 21, 3) float32 in the palm frame of `hand_pose`; axes (N, 3, 3), rows x, y, z of the palm in the
    camera's axes (x right, y down, z away); left (N,) P(it is a left hand); score (N,) how sure the teacher was.
    """

    joints: Float32Array
    axes: Float32Array
    left: Float32Array
    score: Float32Array


def pose_targets(world: Float32Array, left: Float32Array, score: Float32Array) -> PoseTargets:
    """Turn landmarks (N, 21, 3), in the camera's axes and any unit, into the palm frame.

    The frame's x and y come from the joints themselves; only the sign of z needs to know which hand it is, so that a
    teacher who takes a left hand for a right one spoils no more than that.
    """
    from_wrist = world - world[:, WRIST : WRIST + 1]
    unit = np.linalg.norm(from_wrist[:, MIDDLE_ROOT], axis=1)[:, None]
    y = from_wrist[:, MIDDLE_ROOT] / np.maximum(unit, 1e-9)
    x = world[:, INDEX_ROOT] - world[:, LITTLE_ROOT]
    x = x - (x * y).sum(axis=1, keepdims=True) * y
    x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
    z = np.cross(x, y) * np.where(left > 0.5, -1.0, 1.0)[:, None]
    axes = np.stack([x, y, z], axis=1)
    joints = np.einsum("nij,nkj->nki", axes, from_wrist) / np.maximum(unit, 1e-9)[:, None]
    usable = np.where(unit[:, 0] > 1e-6, score, 0.0)
    return PoseTargets(joints.astype(np.float32), axes.astype(np.float32), left, usable.astype(np.float32))
