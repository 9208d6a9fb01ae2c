"""From how far hands are seen in pre-training: how their views are varied, and how often each is drawn."""

from dataclasses import dataclass, replace

from unseen.augment.policy import POLICIES, Policy

POLICY = replace(
    POLICIES["unseen"], p_unchanged=0.05, zoom=1.35, smallest=0.42, largest=1.2, hue_degrees=18, grey=0.16,
    background=1.0, subject_brightness=0.6, subject_tint=0.12, scene_tint=0.15, low_light=0.12, blur_px=2.2, erase=0.15,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Distance:
    """From how far a hand is seen: how views are varied, and the side of the crop about it, in sides of the hand.

    sides: log-uniform; `None` for the whole photo.
    """

    policy: Policy
    sides: tuple[float, float] | None


# From the hand cut close to the hand in a room.
NEAR = Distance(POLICY, (1.15, 5.5))
# Small in a room, where it can be cut out; with its arm a hand takes twice the room.
FAR = Distance(replace(POLICY, smallest=0.2, largest=0.7, anchored=0.35, erase=0.05, blur_px=1.2), None)
FAR_SHARE = 0.22
# As the square about a hand shows it, which is what poses are read from in the end; of the views that are not far.
CLOSE = Distance(replace(POLICY, smallest=0.75, largest=1.2, zoom=1.1), (1.2, 1.75))
CLOSE_SHARE = 0.6
DISTANCES = (NEAR, FAR, CLOSE)
