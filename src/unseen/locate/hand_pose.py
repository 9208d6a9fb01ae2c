"""Turn 21 hand joints into pose features that a linear classifier can separate.

Joints are in MediaPipe's order: the wrist, then four a finger from the palm to the tip, thumb first. The palm frame has
its origin in the wrist, y towards the root of the middle finger, x from the little finger's side to the index finger's,
z out of the back of a right hand and into that of a left one; its unit is the distance from the wrist to the root of
the middle finger. So a pose has the same numbers wherever the hand is, however it is turned, and for either hand.
"""

import torch
from torch import Tensor

JOINTS = 21
WRIST, INDEX_ROOT, MIDDLE_ROOT, LITTLE_ROOT = 0, 5, 9, 17
TIPS = (4, 8, 12, 16, 20)
# (before, at, after) of each of the 15 joints that bend
BENDS = tuple((0 if k == 0 else 4 * f + k, 4 * f + k + 1, 4 * f + k + 2) for f in range(5) for k in range(3))
PAIRS = tuple((a, b) for i, a in enumerate(TIPS) for b in TIPS[i + 1 :])
PALM = 6
# Share of the palm's length from which on its width says which side the index finger is at.
EDGE_ON = 0.05
# 63 coordinates, 6 of the palm's axes, 15 bends, 5 reaches, 10 distances between tips
DESCRIPTORS = JOINTS * 3 + PALM + len(BENDS) + len(TIPS) + len(PAIRS)


def describe_pose(joints: Tensor, palm: Tensor) -> Tensor:
    """Joints (N, 21, 3) in the palm frame and the palm's x and y axes in the view (N, 6) to (N, `DESCRIPTORS`).

    Bends are cosines, 1 for a straight finger; reaches and distances are in units of the palm.
    """
    before, at, after = (joints[:, [bend[i] for bend in BENDS]] for i in range(3))
    bends = torch.nn.functional.cosine_similarity(at - before, after - at, dim=2, eps=1e-4)
    tips = joints[:, list(TIPS)]
    reaches = _length(tips - joints[:, :1])
    apart = _length(joints[:, [a for a, _ in PAIRS]] - joints[:, [b for _, b in PAIRS]])
    return torch.cat([joints.flatten(1), palm, bends, reaches, apart], dim=1)


def in_palm(places: Tensor) -> Tensor:
    """Where joints lie in a view, (N, 21, 2), to the same from the wrist, the way the palm points, in its units.

    y runs towards the root of the middle finger and x towards the side of the index finger, as in the palm frame; of a
    palm seen edge-on x is near 0.
    """
    from_wrist = places - places[:, WRIST : WRIST + 1]
    up = from_wrist[:, MIDDLE_ROOT]
    unit = _length(up)[:, None]
    up = up / unit
    aside = torch.stack([-up[:, 1], up[:, 0]], dim=1)
    y, x = ((from_wrist * axis[:, None]).sum(dim=2) / unit for axis in (up, aside))
    width = (x[:, INDEX_ROOT] - x[:, LITTLE_ROOT])[:, None]
    return torch.stack([x * width / (width.abs() + EDGE_ON), y], dim=2)


def _length(vectors: Tensor) -> Tensor:
    # the root of 0 has no gradient
    return (vectors.square().sum(dim=-1) + 1e-6).sqrt()
