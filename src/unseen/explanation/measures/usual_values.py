"""Keep what training's photos are like, measure by measure, and say how far a photo is from that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unseen.explanation.measures.photo_measures import Measure
from unseen.explanation.places import Box

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MIDDLE = 3
TIE = 1e-6  # all photos of a set may be of one size
MANY = 120  # photos, where a bundle does not say
MOST = 6.0  # natural logarithm of how rare anything is said to be
_RAREST = -float(np.log(SHARES[0]))


@dataclass(frozen=True, slots=True)
class Usual:
    """quantiles: of each measure at `SHARES`. stated: they are of training's photos, not of photos in general.

    photos: how many they are of. boxed, box_side: share of them with a box, and the median logarithm to base 2 of its
    longer side as a share of the photo's.
    """

    quantiles: Mapping[str, tuple[float, ...]]
    stated: bool = True
    photos: int = MANY
    boxed: float = 0.0
    box_side: float = 0.0

    def middle(self, measure: Measure) -> float:
        """Return the median."""
        return self.quantiles[measure][MIDDLE]

    def low(self, measure: Measure) -> float:
        """Return the 5th percentile."""
        return self.quantiles[measure][1]

    def surprise(self, measure: Measure, value: float, high: bool) -> float:
        """Return minus the logarithm of the share of training photos that are as far to that side, 0 to `MOST`.

        Beyond the outermost percentile it grows with the distance, a step of the inner spread at a time.
        """
        at = np.array(self.quantiles[measure])
        shares = np.array(SHARES)
        if high:
            at, shares, value = -at[::-1], 1 - shares[::-1], -value
        if value < at[0] - TIE:
            step = max(float(at[3] - at[0]) / 3, 0.02 * abs(float(at[3])), 1e-3)
            return float(min(MOST, _RAREST + (at[0] - value) / step * 0.5))
        beyond = int(np.searchsorted(at, value + TIE, side="right"))  # as many photos as `value`, or below it
        if beyond > MIDDLE:
            return 0.0
        step = (value - at[beyond - 1]) / max(float(at[beyond] - at[beyond - 1]), TIE)
        rank = shares[beyond - 1] + float(np.clip(step, 0, 1)) * (shares[beyond] - shares[beyond - 1])
        return -float(np.log(rank)) if rank < SHARES[MIDDLE] else 0.0


def box_side(box: Box) -> float:
    """Return the logarithm to base 2 of the longer side of a box in shares of the photo."""
    return float(np.log2(max(box[2] - box[0], box[3] - box[1], 1e-3)))


def usual_of(rows: Sequence[Mapping[str, float]], boxes: Sequence[Box | None] = ()) -> Usual:
    """Return what the photos measured as `rows`, with those boxes, are like."""
    quantiles = {str(name): tuple(map(float, np.quantile([row[name] for row in rows], SHARES))) for name in Measure}
    sides = [box_side(box) for box in boxes if box is not None]
    side = float(np.median(sides)) if sides else 0.0
    return Usual(quantiles, photos=len(rows), boxed=len(sides) / max(len(rows), 1), box_side=side)


# Of 60 photos of each of sign_digits, rps_subhi, rps_freeman, asl_kept and fingers_lebanese: what
# photos of hands are like where a bundle does not say.
IN_GENERAL = Usual(
    {
        "brightness": (0.2265, 0.2974, 0.4313, 0.5002, 0.6069, 0.6811, 0.7027),
        "contrast": (0.08047, 0.1139, 0.1589, 0.2182, 0.2778, 0.477, 0.7608),
        "top": (0.729, 0.7961, 0.8902, 0.9588, 0.9961, 1, 1),
        "saturation": (0.08941, 0.1111, 0.1402, 0.2094, 0.3529, 0.6218, 0.7444),
        "warmth": (-0.1067, 0.08831, 0.2331, 0.3644, 0.505, 0.6652, 0.9426),
        "greenness": (-0.2265, -0.1461, -0.08912, -0.01761, 0.02652, 0.1455, 0.7859),
        "sharpness": (0.4636, 0.5218, 0.5854, 0.6584, 0.7625, 0.8712, 0.9447),
        "noise": (0.996, 1, 1, 1.35, 2, 4.99, 9.376),
        "blocks": (-0.1439, -0.1202, -0.02934, 0.03287, 0.1921, 0.3724, 0.5159),
        "steps": (0, 0, 0, 0, 0, 0.0102, 0.1279),
        "short_side": (6.644, 6.644, 7.644, 7.807, 7.807, 8.3, 8.322),
        "border_light": (0.181, 0.2624, 0.3962, 0.4887, 0.6387, 0.7179, 0.833),
        "border_detail": (0.03395, 0.04382, 0.08513, 0.1398, 0.2022, 0.2869, 0.3398),
        "subject": (0.1068, 0.1484, 0.2295, 0.305, 0.3903, 0.5242, 0.7055),
        "aspect": (-0.1723, -0.005167, 0, 0, 0, 0.585, 0.585),
        "streaks": (0, 0, 0, 0.0025, 0.01001, 0.1044, 0.3121),
        "slopes": (0.009588, 0.02283, 0.03931, 0.07879, 0.1363, 0.2008, 0.2267),
        "bottom": (0, 0.003922, 0.03431, 0.08627, 0.1412, 0.2561, 0.3216),
        "blown": (0, 0, 0, 6.593e-06, 0.0005528, 0.01534, 0.2182),
        "crushed": (0, 0, 0, 0.0003024, 0.002403, 0.01667, 0.08702),
        "whole_warmth": (-0.04928, 0.02583, 0.09682, 0.1484, 0.2285, 0.4211, 0.9581),
        "whole_greenness": (-0.1134, -0.06513, -0.02457, -0.002836, 0.01453, 0.698, 0.876),
        "top_warmth": (-0.1484, -0.02758, 0.007976, 0.06946, 0.2064, 0.4331, 0.6512),
        "top_greenness": (-0.1185, -0.05488, -0.01659, 0, 0.01051, 0.0546, 0.1227),
        "enlarged": (0.01011, 0.0197, 0.07234, 0.1219, 0.1724, 0.25, 0.3051),
    },
    stated=False,
)
