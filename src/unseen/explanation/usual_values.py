"""Keep what training's photos are like, measure by measure, and say how far a photo is from that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unseen.explanation.photo_measures import Measure

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MIDDLE = 3
TIE = 1e-6  # all photos of a set may be of one size
MOST = 6.0  # natural logarithm of how rare anything is said to be
_RAREST = -float(np.log(SHARES[0]))


@dataclass(frozen=True, slots=True)
class Usual:
    """quantiles: of each measure at `SHARES`. stated: they are of training's photos, not of photos in general."""

    quantiles: Mapping[str, tuple[float, ...]]
    stated: bool = True

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


def usual_of(rows: Sequence[Mapping[str, float]]) -> Usual:
    """Return what the photos measured as `rows` are like."""
    return Usual({str(name): tuple(map(float, np.quantile([row[name] for row in rows], SHARES))) for name in Measure})


# Of 60 photos of each of sign_digits, rps_subhi, rps_freeman, asl_kept and fingers_lebanese: what
# photos of hands are like where a bundle does not say.
IN_GENERAL = Usual(
    {
        "brightness": (0.2253, 0.3067, 0.4275, 0.4949, 0.6052, 0.6807, 0.6887),
        "contrast": (0.0491, 0.09865, 0.1613, 0.218, 0.2775, 0.4861, 0.7271),
        "top": (0.7367, 0.7922, 0.8745, 0.9412, 0.9892, 1, 1),
        "saturation": (0.08333, 0.09414, 0.1335, 0.2158, 0.38, 0.6238, 0.6642),
        "warmth": (0.02412, 0.1013, 0.2199, 0.3603, 0.4791, 0.6769, 0.8491),
        "greenness": (-0.2481, -0.1422, -0.07297, -0.01702, 0.02583, 0.1006, 0.1668),
        "sharpness": (0.5013, 0.5252, 0.5718, 0.6422, 0.7605, 0.8766, 0.9326),
        "noise": (0, 1, 1, 1.282, 2, 3.772, 6.625),
        "blocks": (-0.1274, -0.08176, 0.0183, 0.109, 0.2539, 0.4682, 0.5622),
        "steps": (0, 0, 0, 0, 0, 0.004709, 0.05103),
        "short_side": (6.644, 6.644, 7.644, 7.807, 7.807, 8.318, 8.322),
        "border_light": (0.1213, 0.2254, 0.3893, 0.4912, 0.6295, 0.7063, 0.7482),
        "border_detail": (0.03208, 0.04314, 0.08691, 0.1313, 0.1914, 0.2863, 0.3598),
        "subject": (0.1204, 0.1479, 0.2232, 0.2981, 0.3657, 0.5047, 0.7014),
        "aspect": (-0.9, -0.5, 0, 0, 0.2, 0.585, 0.9),
        "slopes": (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4),
        "streaks": (0, 0, 0.01, 0.04, 0.1, 0.3, 0.5),
    },
    stated=False,
)
