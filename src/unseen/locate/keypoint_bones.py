"""How the keypoints of a locator are connected: what masks need to draw them as bones."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Bones between keypoints, all given as indices of keypoints.

    bones: pairs that a bone joins. solid: keypoints whose convex hull belongs to the object. sizes: pairs of which the
    one farthest apart is the object's size, the unit of all widths. limb: a limb leaves the object from the first of
    these two keypoints, straight away from the second; `None` without one.
    """

    bones: tuple[tuple[int, int], ...]
    solid: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    limb: tuple[int, int] | None

    @property
    def digest(self) -> str:
        """A text that differs where the bones do."""
        return hashlib.blake2b(repr(self).encode(), digest_size=8).hexdigest()


# 21 keypoints in MediaPipe's order: the wrist, then four per finger from its root, thumb first. Seen from the side the
# palm is short, seen along the arm it is narrow, hence two sizes: wrist to middle finger, forefinger to little finger.
HAND_SKELETON = Skeleton(
    bones=(
        *((i, i + 1) for root in (1, 5, 9, 13, 17) for i in range(root, root + 3)),
        (0, 1), (0, 5), (0, 17), (5, 9), (9, 13), (13, 17),
    ),
    solid=(0, 1, 5, 9, 13, 17),
    sizes=((0, 9), (5, 17)),
    limb=(0, 9),
)  # fmt: skip
