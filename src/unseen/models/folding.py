"""Fold batch norms into convolutions, for graphs that only predict."""

import copy
from itertools import pairwise
from typing import TypeVar

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

Network = TypeVar("Network", bound=nn.Module)


def folded(network: Network) -> Network:
    """Return a copy of `network` in evaluation mode, each batch norm folded into the convolution that stands before it.

    Only pairs of one module are folded in which the batch norm comes next in order and fits: that is how every network
    here is written. The exporter folds them too, but it takes a third longer, and not inside a branch.
    """
    out = copy.deepcopy(network).eval()
    for module in out.modules():
        for (name, one), (after, two) in pairwise(list(module.named_children())):
            if not isinstance(one, nn.Conv2d) or not isinstance(two, nn.BatchNorm2d):
                continue
            if type(two) is nn.BatchNorm2d and one.out_channels == two.num_features:
                with torch.no_grad():
                    setattr(module, name, fuse_conv_bn_eval(one, two))
                setattr(module, after, nn.Identity())
    return out
