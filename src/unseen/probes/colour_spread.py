"""Measure how far colours of several photos lie apart."""

import numpy as np

from unseen.records import Float32Array

# Median distance of a photo's median edge colour to the set's, in grey levels over three channels: 9 on sign_digits
# (one light wall), 11 on rps_freeman (green felt), 40 on asl_kept/train, 54 on rps_subhi, 51 on fingers_subhi.
ONE_COLOUR = 20.0


def colour_spread(colours: Float32Array) -> float:
    """Return the median distance of (N, 3) colours to their median, in grey levels."""
    away = colours - np.median(colours, axis=0)
    return float(np.median(np.linalg.norm(away, axis=1)))
