"""Fit a head in several ways, and ask each about the same held-out photos."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import TypeVar

import torch

from unseen.features.feature_set import FeatureSet
from unseen.models.head import Head
from unseen.progress import Progress
from unseen.records import BoolArray
from unseen.training.linear_probe import ProbeOptions, fitted_copy

Name = TypeVar("Name", bound=Hashable)


def judge_ways(
    ways: Mapping[Name, tuple[FeatureSet, str]],
    head: Head,
    held_out: FeatureSet,
    options: ProbeOptions,
    progress: Progress,
) -> dict[Name, BoolArray]:
    """Fit a copy of `head` on features, by a setting for imbalance, in each way; return what it has right, (N,) bool.

    The held-out photos have no part in fitting: every head is that of its last epoch.
    """
    right: dict[Name, BoolArray] = {}
    for way, (features, imbalance) in ways.items():
        fitted = fitted_copy(head, features, replace(options, imbalance=imbalance), progress)
        with torch.inference_mode():
            right[way] = fitted(torch.from_numpy(held_out.features)).argmax(dim=1).numpy() == held_out.labels
    return right
