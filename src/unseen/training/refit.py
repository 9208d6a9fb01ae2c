"""A fitted head, features it knows and features that are new in; a head for both, as new as the old photos allow, out.

The new head starts from the old one and learns both kinds of photos, each with an equal share of the loss. Then it is
mixed with the old one, weight by weight, as far towards the new one as old validation photos permit (the mix is that of
Wortsman et al., 2022, "Robust fine-tuning of zero-shot models", arXiv:2109.01903).
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
from unseen.training.linear_probe import BATCH, LEARNING_RATE, ProbeOptions
from unseen.training.schedule import warmup_cosine

STEPS = 600
# What the old head says of a class that it has no photos of: less than of any other. In logits.
UNHEARD_OF = -10.0
# Of the mixes between the old head and the new one, from the new one on.
MIXES = tuple(float(share) for share in np.linspace(1, 0, 51))


@dataclass(frozen=True, slots=True)
class Mixed:
    """The head that was chosen. mix: share of the re-fitted head in it; before, after: accuracy on old validation
    photos, `None` where there are none.
    """

    head: Head
    mix: float
    before: float | None
    after: float | None


def widened(head: Head, classes: int) -> Head:
    """Return a copy with outputs for `classes` classes; the new ones are never said until they are learnt."""
    wide = copy.deepcopy(head)
    last = wide[-1]
    assert isinstance(last, nn.Linear)
    old = last.out_features
    if classes == old:
        return wide
    layer = nn.Linear(last.in_features, classes)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.fill_(UNHEARD_OF)
        layer.weight[:old] = last.weight
        layer.bias[:old] = last.bias
    wide[-1] = layer
    wide.classes = classes
    return wide


def rebased(head: Head, kinds: Sequence[FeatureSet]) -> Head:
    """Return a copy that standardises by all `kinds`, each weighing the same, and says what `head` said.

    New classes may lie beyond the limit that the features of the old ones set.
    """
    moved = copy.deepcopy(head)
    scale, first = moved.standardise, next(layer for layer in moved if isinstance(layer, nn.Linear))
    features = [torch.from_numpy(kind.features) for kind in kinds]
    mean = torch.stack([one.mean(dim=0) for one in features]).mean(dim=0)
    spread = torch.stack([(one - mean).square().mean(dim=0) for one in features]).mean(dim=0).sqrt()
    std = torch.maximum(spread, scale.std)
    with torch.no_grad():
        first.bias.add_(first.weight @ ((mean - scale.mean) / scale.std))
        first.weight.mul_(std / scale.std)
        scale.mean.copy_(mean)
        scale.std.copy_(std)
    return moved


def refit(start: Head, known: int, kinds: Sequence[FeatureSet], options: ProbeOptions, progress: Progress) -> Head:
    """Return a copy of `start` fitted on all `kinds` of photos: each weighs the same, and so do its classes.

    known: classes that `start` has learnt; those after them begin level with them.
    """
    head = copy.deepcopy(start).cpu().train()
    last = head[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.bias[known:] = last.bias[:known].min()
    tensors = [_tensors(kind, start.classes) for kind in kinds]
    optimiser = torch.optim.AdamW(head.parameters(), lr=LEARNING_RATE, weight_decay=options.weight_decay)
    with progress.task("head", STEPS, "steps") as task:
        for step in range(STEPS):
            rng = torch.Generator().manual_seed(seeds.derive(options.seed, "refit", step))
            torch.manual_seed(seeds.derive(options.seed, "refit dropout", step))
            drawn = [torch.randint(len(kind[1]), (BATCH // len(tensors),), generator=rng) for kind in tensors]
            x, y, w = (torch.cat([kind[k][i] for kind, i in zip(tensors, drawn, strict=True)]) for k in range(3))
            optimiser.param_groups[0]["lr"] = LEARNING_RATE * warmup_cosine(step, STEPS)
            losses = F.cross_entropy(head(x), y, reduction="none", label_smoothing=options.label_smoothing)
            loss = (losses * w).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            task.advance()
    return head.eval()


def _tensors(kind: FeatureSet, classes: int) -> tuple[Tensor, Tensor, Tensor]:
    weights = class_weights(kind.labels, classes)[kind.labels]
    return torch.from_numpy(kind.features), torch.from_numpy(kind.labels), torch.from_numpy(weights)


def mix_heads(
    old: Head,
    new: Head,
    validation: FeatureSet,
    most_lost: float,
    before: float | None = None,
    *,
    mixes: Sequence[float] = MIXES,
) -> Mixed:
    """Return the first of `mixes` whose accuracy on old `validation` photos is less than `most_lost` below `old`'s.

    before: the accuracy to hold, that of `old` by default. mixes: shares of `new`, the wished ones first; the last is
    taken where none holds. Without validation photos the first is taken unseen.
    """
    if len(validation.labels) == 0:
        return Mixed(_between(old, new, mixes[0]), mixes[0], None, None)
    if before is None:
        before = right_share(old, validation)
    for mix in mixes:
        head = _between(old, new, mix)
        after = right_share(head, validation)
        if after > before - most_lost:
            break
    return Mixed(head, mix, before, after)


def right_share(head: Head, photos: FeatureSet) -> float:
    """Return the accuracy of `head` on features."""
    return float((head_logits(head, photos.features).argmax(1) == photos.labels).mean())


def head_logits(head: Head, features: Float32Array) -> Float32Array:
    """Return the logits (n, C) float32 of `head` for features (n, D)."""
    head.eval()
    with torch.inference_mode():
        out: Float32Array = head(torch.from_numpy(features)).numpy()
        return out


def _between(old: Head, new: Head, mix: float) -> Head:
    """Return the head whose every weight lies `mix` of the way from `old` to `new`; both have one shape."""
    head = copy.deepcopy(new)
    theirs = old.state_dict()
    # what is the same in both stays: between two infinities lies no number
    mixed = {
        name: torch.where(theirs[name] == value, value, torch.lerp(theirs[name], value, mix))
        for name, value in new.state_dict().items()
    }
    head.load_state_dict(mixed)
    return head.eval()
