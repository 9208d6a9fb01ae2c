"""Fit a head that knows old and new photos, as far as old validation photos permit."""

from dataclasses import replace

import numpy as np
import torch

from unseen import seeds
from unseen.augment.pipeline import Augment
from unseen.augment.policy import find_policy
from unseen.augment.transforms import AllowedTransforms
from unseen.context import RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.dataset.merge import MergedDataset
from unseen.features.feature_set import FeatureSet, pooled, subset
from unseen.features.views import varied_features
from unseen.locate.box_crop import crop
from unseen.models.classifier import Classifier
from unseen.pipelines.stages.run_comparison import MOST_LOST
from unseen.records import Float32Array, Images, Int64Array
from unseen.training.known_signs import KnownSigns
from unseen.training.linear_probe import ProbeOptions
from unseen.training.refit import MIXES, HeadMix, mix_heads, rebase, refit, widen

# Augmented views of each new photo, 8 as in docs/log.md, and at most so many in all: each costs a pass of the network.
VIEWS, MAX_VIEWS = 8, 1200


def refit_head(
    context: RunContext,
    model: Classifier,
    merged: MergedDataset,
    features: Float32Array,
    before: float | None,
    allowed: AllowedTransforms,
    signs: KnownSigns | None,
) -> HeadMix:
    """Fit a head for old and new photos; mix it with the old one until old validation photos lose little.

    features: (N, D) of all photos. before: accuracy on the old validation photos, `None` where there are none.
    signs: known ones among the classes.
    """
    config, data, clock, progress = context.config, merged.data, context.clock, context.progress
    train, labels = data.split.positions("train"), data.labels
    old, new = train[~merged.is_new[train]], train[merged.is_new[train]]
    known, classes = model.head.classes, len(data.classes)
    kinds = [subset(features, labels, old)]
    if signs:  # what the head learnt of other people, and signs without photos, would be forgotten
        kinds = [signs.pooled_with(kinds[0], config.seed)]
    if len(new):
        with clock.stage("views"):
            kinds.append(pooled(subset(features, labels, new), _views(context, model, data, new, allowed)))
    with clock.stage("head"):
        start = widen(model.head, classes).cpu()
        if classes > known:
            start = rebase(start, kinds)
        options = ProbeOptions(config.seed, "weights", config.weight_decay, config.label_smoothing)
        torch.manual_seed(seeds.derive(config.seed, "refit"))
        fitted = refit(start, known, kinds, options, progress)
        # where statistics are all that is new, the old head stays as far as it holds: neither was clearly better
        mixes = MIXES if len(new) else MIXES[::-1]
        mixed = mix_heads(
            start, fitted, subset(features, labels, old_validation(merged)), MOST_LOST, before, mixes=mixes
        )
    progress.say(_describe(mixed))
    return mixed


def _views(
    context: RunContext, model: Classifier, data: SplitDataset, new: Int64Array, allowed: AllowedTransforms
) -> FeatureSet:
    """Return features of augmented views of the photos at `new`, by the run's own policy."""
    views = 0 if context.config.augment == "none" else max(1, min(VIEWS, MAX_VIEWS // len(new)))
    if not views:
        return FeatureSet(np.zeros((0, model.backbone.features), np.float32), np.zeros(0, np.int64))
    # other backgrounds behind new photos gained nothing for twice the time (docs/log.md)
    policy = replace(find_policy(context.config.augment), background=0.0)
    fit = context.config.fit
    augment = Augment(policy, context.recipe.side_px, fit, None, allowed)
    photos: Images = data.images
    if data.regions:
        photos = crop(photos, data.regions.boxes)
    return varied_features(
        model, augment, photos, data.labels, new, views, context.config.seed, context.runtime.device, context.progress
    )


def old_validation(merged: MergedDataset) -> Int64Array:
    """Return positions of the old validation photos, which show what the old classes lose."""
    validation = merged.data.split.positions("validation")
    return validation[~merged.is_new[validation]]


def _describe(mixed: HeadMix) -> str:
    if mixed.before is None or mixed.after is None:
        return "the run has no validation photos, so it is not known what its old classes lose"
    text = f"old validation photos: {mixed.before * 100:.1f}% correct before, {mixed.after * 100:.1f}% now"
    return text if mixed.mix == 1 else f"{text}, with {mixed.mix:.0%} of the new head and the rest of the old one"
