"""Make a head's probabilities as sure as they are right: divide its logits by one temperature.

Guo et al., 2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599. The temperature is folded into the last
layer, so that every form of the network, and every way into it, gives the same probability.
"""

import numpy as np
import torch
from torch import nn

from unseen.models.head import Head
from unseen.records import Float32Array, Int64Array

# Held-out photos of the run's own people would ask for surer answers than photos of others bear out: of hands no lower
# temperature than this (docs/know.md), of other things, where nothing is known of others, none below 1.
LOWEST_FOR_HANDS, LOWEST = 0.75, 1.0
HIGHEST, STEPS = 5.0, 60
# Fewer photos say too little.
LEAST_PHOTOS = 20


def find_temperature(logits: Float32Array, labels: Int64Array, lowest: float) -> float:
    """Return the temperature from `lowest` up at which photos with logits (n, C) and labels (n,) are likeliest."""
    if len(labels) < LEAST_PHOTOS:
        return lowest
    tried = np.geomspace(lowest, HIGHEST, STEPS)
    said = torch.from_numpy(logits.astype(np.float64))
    truth = torch.from_numpy(labels)
    losses = [float(nn.functional.cross_entropy(said / heat, truth)) for heat in tried.tolist()]
    return round(float(tried[int(np.argmin(losses))]), 4)


def temper(head: Head, temperature: float) -> None:
    """Divide the head's logits by a temperature, in place."""
    last = head[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.weight.div_(temperature)
        last.bias.div_(temperature)
