"""Make what training reads of photos: crops, cutouts with their backgrounds, and how they are augmented."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from unseen.augment.backgrounds import Backgrounds, Bank, enough_pictures, procedural_bank
from unseen.augment.pipeline import Augment
from unseen.augment.policy import Policy, find_policy
from unseen.augment.transforms import Transform
from unseen.config import TrainConfig
from unseen.context import RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.images import substitute
from unseen.inputs.allowed_transforms import find_allowed, settings_of
from unseen.inputs.background_pictures import folder_bank, photo_bank
from unseen.inputs.cutouts import choose_cutouts
from unseen.locate.box_crop import crop
from unseen.masks.keypoints import PhotoKeypoints, located_keypoints, usual_keypoints
from unseen.masks.masked_images import with_masks
from unseen.masks.photo_masks import PhotoMasks, find_masks
from unseen.models.classifier import Classifier
from unseen.records import Float32Array, Images, Int64Array, Uint8Array

FOLDER_WEIGHT, PHOTO_WEIGHT = 2.0, 0.3


@dataclass(frozen=True, slots=True)
class TrainingImages:
    """The photos that training reads, and how it augments them.

    images: decoded photos by position, cropped with a margin where the network is given a crop. cutouts: the same with
    alpha that says what is foreground, or `None`: a photo is read from there with `cutout_probability`, else as it is,
    for the colours beside a mask are made for another background and would show.
    """

    images: Images
    augment: Augment
    cutouts: Images | None = None
    cutout_probability: float = 1.0

    @property
    def augmented(self) -> bool:
        """Whether any photo is changed at all."""
        return self.augment.policy.p_unchanged < 1

    @property
    def for_views(self) -> Images:
        """The images that views for the head are made of: cutouts where there are some."""
        return self.images if self.cutouts is None else self.cutouts

    def with_policy(self, policy: Policy) -> "TrainingImages":
        """Return the same photos augmented by another policy."""
        augment = Augment(
            replace(policy, background=1.0), self.augment.side_px, self.augment.fit, self.augment.backgrounds,
            self.augment.allowed,
        )  # fmt: skip
        return TrainingImages(self.images, augment, self.cutouts if policy.background > 0 else None, policy.background)

    def read(self, positions: Int64Array, rng: np.random.Generator) -> list[Uint8Array]:
        """Return the photos at `positions`, each (H, W, 4) uint8, each a cutout with `cutout_probability`."""
        chosen = rng.random(len(positions)) < self.cutout_probability
        cutouts = self.for_views
        return [(cutouts if use else self.images)[i] for i, use in zip(positions.tolist(), chosen, strict=True)]


def find_training_images(
    context: RunContext,
    data: SplitDataset,
    model: Classifier,
    features: Float32Array | None,
    keep_label: Mapping[Transform, Mapping[int, bool]] = MappingProxyType({}),
) -> TrainingImages:
    """Crop photos, find masks, decide what may be flipped and rotated, and make the backgrounds; report each.

    keep_label: the classes that are known to keep their label under a transform, or not to.
    """
    config = context.config
    usual = find_policy(config.augment)
    policy = with_settings(usual, config)
    fit = config.fit
    keypoints = _keypoints(context, data) if policy.background > 0 else None
    any_side = data.regions is not None or keypoints is not None
    allowed = find_allowed(context, data, model, features, usual, any_side, keep_label)
    images: Images = data.images
    if data.regions and policy.p_unchanged < 1:
        images = crop(images, data.regions.boxes)
    cutouts, backgrounds = (None, None) if policy.background <= 0 else _cutouts(context, data, images, keypoints)
    # whether a photo keeps its background is decided when it is read, so that every mask that comes is replaced
    augment = Augment(replace(policy, background=1.0), context.recipe.side_px, fit, backgrounds, allowed)
    return TrainingImages(images, augment, cutouts, policy.background)


def _keypoints(context: RunContext, data: SplitDataset) -> PhotoKeypoints | None:
    """Return the keypoints of what a locator finds in most photos, `None` where none does."""
    if data.regions is not None:
        return located_keypoints(context.recipe.locator, data.regions)
    with context.clock.stage("locate"):
        return usual_keypoints(data, context.progress, _looked_at(data))


def _looked_at(data: SplitDataset) -> Int64Array:
    """Return the positions of the training and validation photos: nothing else is looked at before the test."""
    return np.sort(np.concatenate([data.split.positions("train"), data.split.positions("validation")]))


def _cutouts(
    context: RunContext, data: SplitDataset, images: Images, keypoints: PhotoKeypoints | None
) -> tuple[Images | None, Backgrounds | None]:
    """Return the photos with their masks and what to put behind them, `None` where too few masks are known."""
    split, seed, positions = data.split, context.config.seed, _looked_at(data)
    with context.clock.stage("find masks"):
        masks = find_masks(data, data.images, split.groups, context.progress, keypoints=keypoints, which=positions)
    context.progress.say(masks.describe())
    cutout_for = choose_cutouts(masks.known, data.labels, split.positions("train"), seed)
    if cutout_for is None:
        context.progress.say("backgrounds stay as they are: in some class hardly any photo has a known mask")
        return None, None
    # one photo suffices to validate on; where a class has none, validation is on photos as they are
    validated = choose_cutouts(masks.known, data.labels, split.positions("validation"), seed, least=1)
    cutouts: Images = with_masks(data.images, masks)
    if data.regions:
        cutouts = crop(cutouts, data.regions.boxes)
    with context.clock.stage("backgrounds"):
        return substitute(images, cutouts, cutout_for | (validated or {})), _backgrounds(context, data, masks)


def with_settings(policy: Policy, config: TrainConfig) -> Policy:
    """Return the policy with the transforms that the settings turn on, whatever it does by itself."""
    for transform, setting in settings_of(config).items():
        if True in setting.answers:
            policy = replace(policy, p_unchanged=min(policy.p_unchanged, 0.5))
            policy = replace(policy, flip=0.5) if transform is Transform.FLIP else replace(policy, rotate=0.5)
    return policy


def _backgrounds(context: RunContext, data: SplitDataset, masks: PhotoMasks) -> Backgrounds:
    """Drawn pictures, those of the user's folder, and what other photos show beside their subjects."""
    side_px = context.recipe.side_px
    banks: list[Bank] = [
        procedural_bank(context.config.seed, side_px, enough_pictures(len(data.split.positions("train"))))
    ]
    if context.config.backgrounds:
        banks.append(folder_bank(Path(context.config.backgrounds), side_px, FOLDER_WEIGHT, context.progress))
    beside = photo_bank(data.images, masks, data.labels, data.split.positions("train"), side_px, PHOTO_WEIGHT)
    return Backgrounds(side_px, banks if beside is None else [*banks, beside])
