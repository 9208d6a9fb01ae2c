"""Refit a head on old and new photos, then mix it with the old head as far as old accuracy permits.

The refitted head starts from the old one and is trained on both sets, each with an equal share of the loss. Then the
weights of both heads are interpolated, as far towards the new one as accuracy on old validation photos permits
(Wortsman et al., 2022, "Robust fine-tuning of zero-shot models", arXiv:2109.01903).
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen import seeds
from unseen.features.feature_set import FeatureSet
from unseen.models.head import Head
from unseen.probes.class_weights import class_weights
from unseen.progress import Progress
from unseen.records import Float32Array
from unseen.runtime import one_thread
from unseen.training.adamw import HeadAdamW
from unseen.training.linear_probe import BATCH, LEARNING_RATE, ProbeOptions
from unseen.training.schedule import warmup_cosine

STEPS = 600
# Logit of a class that the old head was not trained on: lower than that of any other.
NEW_CLASS_LOGIT = -10.0
# Shares of the new head that are tried, from all of it down to none.
MIXES = tuple(float(share) for share in np.linspace(1, 0, 51))


@dataclass(frozen=True, slots=True)
class HeadMix:
    """The chosen head. mix: share of the refitted head in it; before, after: accuracy on old validation photos, `None`
    where there are none.
    """

    head: Head
    mix: float
    before: float | None
    after: float | None


def widen(head: Head, classes: int) -> Head:
    """Return a copy with outputs for `classes` classes; the new ones are never predicted until they are trained."""
    wide = copy.deepcopy(head)
    last = wide[-1]
    assert isinstance(last, nn.Linear)
    old = last.out_features
    if classes == old:
        return wide
    layer = nn.Linear(last.in_features, classes)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.fill_(NEW_CLASS_LOGIT)
        layer.weight[:old] = last.weight
        layer.bias[:old] = last.bias
    wide[-1] = layer
    wide.classes = classes
    return wide


def rebase(head: Head, feature_sets: Sequence[FeatureSet]) -> Head:
    """Return a copy that standardises by all `feature_sets`, weighted equally, and predicts what `head` predicts.

    Features of new classes may lie beyond the limit that those of the old classes set.
    """
    moved = copy.deepcopy(head)
    scale, first = moved.standardise, next(layer for layer in moved if isinstance(layer, nn.Linear))
    features = [torch.from_numpy(feature_set.features) for feature_set in feature_sets]
    mean = torch.stack([x.mean(dim=0) for x in features]).mean(dim=0)
    spread = torch.stack([(x - mean).square().mean(dim=0) for x in features]).mean(dim=0).sqrt()
    std = torch.maximum(spread, scale.std)
    with torch.no_grad():
        first.bias.add_(first.weight @ ((mean - scale.mean) / scale.std))
        first.weight.mul_(std / scale.std)
        scale.mean.copy_(mean)
        scale.std.copy_(std)
    return moved


def refit(
    start: Head, known: int, feature_sets: Sequence[FeatureSet], options: ProbeOptions, progress: Progress
) -> Head:
    """Return a copy of `start` fitted on all `feature_sets`: each weighs the same, and so do its classes.

    known: number of classes that `start` was trained on; the biases of those after them start at their lowest.
    """
    head = copy.deepcopy(start).cpu().train()
    last = head[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.bias[known:] = last.bias[:known].min()
    tensors = [_tensors(feature_set, start.classes) for feature_set in feature_sets]
    optimiser = HeadAdamW(head.parameters(), options.weight_decay)
    with progress.task("head", STEPS, "steps") as task, one_thread():
        for step in range(STEPS):
            rng = torch.Generator().manual_seed(seeds.derive(options.seed, "refit", step))
            torch.manual_seed(seeds.derive(options.seed, "refit dropout", step))
            drawn = [torch.randint(len(y), (BATCH // len(tensors),), generator=rng) for _, y, _ in tensors]
            x, y, w = (torch.cat([one_set[k][i] for one_set, i in zip(tensors, drawn, strict=True)]) for k in range(3))
            losses = F.cross_entropy(head(x), y, reduction="none", label_smoothing=options.label_smoothing)
            optimiser.step((losses * w).mean(), LEARNING_RATE * warmup_cosine(step, STEPS))
            task.advance()
    return head.eval()


def _tensors(data: FeatureSet, classes: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return features (n, D), class indices (n,) and the weight of each photo in the loss (n,)."""
    weights = class_weights(data.labels, classes)[data.labels]
    return torch.from_numpy(data.features), torch.from_numpy(data.labels), torch.from_numpy(weights)


def mix_heads(
    old: Head,
    new: Head,
    validation: FeatureSet,
    most_lost: float,
    before: float | None = None,
    *,
    mixes: Sequence[float] = MIXES,
) -> HeadMix:
    """Return the first of `mixes` whose accuracy on old `validation` photos is less than `most_lost` below `old`'s.

    before: the accuracy to hold, that of `old` by default. mixes: shares of `new`, preferred ones first; the last is
    taken where none holds. Without validation photos the first is taken.
    """
    if len(validation.labels) == 0:
        return HeadMix(_between(old, new, mixes[0]), mixes[0], None, None)
    if before is None:
        before = head_accuracy(old, validation)
    for mix in mixes:
        head = _between(old, new, mix)
        after = head_accuracy(head, validation)
        if after > before - most_lost:
            break
    return HeadMix(head, mix, before, after)


def head_accuracy(head: Head, photos: FeatureSet) -> float:
    """Return the accuracy of `head` on features."""
    return float((head_logits(head, photos.features).argmax(1) == photos.labels).mean())


def head_logits(head: Head, features: Float32Array) -> Float32Array:
    """Return the logits (n, C) float32 of `head` for features (n, D)."""
    head.eval()
    with torch.inference_mode():
        out: Float32Array = head(torch.from_numpy(features)).numpy()
        return out


def _between(old: Head, new: Head, mix: float) -> Head:
    """Return the head whose weights lie `mix` of the way from `old` to `new`; both have the same shape."""
    head = copy.deepcopy(new)
    old_weights = old.state_dict()
    # equal values stay as they are: interpolating between two infinities gives no number
    mixed = {
        name: torch.where(old_weights[name] == value, value, torch.lerp(old_weights[name], value, mix))
        for name, value in new.state_dict().items()
    }
    head.load_state_dict(mixed)
    return head.eval()
