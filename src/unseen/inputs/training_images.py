"""How a run's photos are varied: settings, photos and frozen features in; matted photos and their `Augment` out."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from unseen.augment.backgrounds import Backgrounds, Bank, procedural_bank
from unseen.augment.pipeline import Augment
from unseen.augment.policy import Policy, find_policy
from unseen.config import TrainConfig
from unseen.context import Job
from unseen.dataset.dataset import SplitDataset
from unseen.inputs.allowed_transforms import asked_of, find_permitted
from unseen.inputs.background_pictures import folder_bank, photo_bank
from unseen.inputs.background_replaced import Replaced, find_stand_ins
from unseen.locate.close_ups import CloseUps, FoundHands, find_hands
from unseen.locate.hand_focus import HandFocus
from unseen.locate.survey import joints_of_hands
from unseen.masks.masked_images import MattedPixels
from unseen.masks.photo_masks import Mattes, find_mattes
from unseen.models.classifier import Classifier
from unseen.photos.fit import Fit
from unseen.records import Float32Array, Images, Int64Array

FOLDER_WEIGHT, PHOTO_WEIGHT = 2.0, 0.3


@dataclass(frozen=True, slots=True)
class Variety:
    """What varies photos, and the photos that it is shown.

    plain: cut to the hand where they are looked at so, or `None`. matted: the same with alpha saying what is subject,
    or `None`; they are read `share` of the time.
    """

    augment: Augment
    plain: Images | None
    matted: Images | None
    share: float

    @property
    def varies(self) -> bool:
        """Whether any photo is changed at all."""
        return self.augment.policy.own < 1

    def views_from(self, pixels: Images) -> Images:
        """Return what views for the head are made of: photos with mattes, else cut to the hand, else `pixels`."""
        return next(source for source in (self.matted, self.plain, pixels) if source is not None)

    @property
    def source(self) -> tuple[Images | None, float, Images | None]:
        """`varied`, `varied_share` and `plain` of `TrainingPhotos`."""
        return self.matted, self.share, self.plain


def find_variety(job: Job, data: SplitDataset, model: Classifier, features: Float32Array | None) -> Variety:
    """Find hands and subjects, decide what may be mirrored and turned, and make the backgrounds; say each."""
    config = job.config
    usual = find_policy(config.augment)
    policy = _asked(usual, config)
    fit: Fit = config.fit  # type: ignore[assignment]  # checked by TrainConfig
    permitted = find_permitted(job, data, model, features, usual)
    hands = _hands(job, data, model, policy)
    plain = data.images if hands is None else CloseUps(data.images, hands.boxes)
    matted, backgrounds = (None, None) if policy.background <= 0 else _subjects(job, data, hands, plain)
    # whether a photo keeps its background is decided when it is read, so that every matte that comes is replaced
    augment = Augment(replace(policy, background=1.0), job.recipe.side_px, fit, backgrounds, permitted)
    return Variety(augment, None if hands is None else plain, matted, policy.background)


def _hands(job: Job, data: SplitDataset, model: Classifier, policy: Policy) -> FoundHands | None:
    """Look for hands in the photos that learn and validate, where the network looks at hands and photos vary."""
    if not isinstance(model.preprocess, HandFocus) or policy.own == 1:
        return None
    with job.clock.stage("find hands"):
        return find_hands(model.preprocess, data.images, _learnt(data), job.progress)


def _learnt(data: SplitDataset) -> Int64Array:
    """Return the positions of the photos that learn and validate: nothing else is looked at before the test."""
    return np.sort(np.concatenate([data.split.positions("train"), data.split.positions("validation")]))


def _subjects(
    job: Job, data: SplitDataset, hands: FoundHands | None, plain: Images
) -> tuple[Images | None, Backgrounds | None]:
    """Return the photos with their mattes and what to put behind them, `None` where too few subjects are known."""
    which = _learnt(data)
    with job.clock.stage("find hands"):
        joints = joints_of_hands(data.images, job.progress, which) if hands is None else hands.joints
    with job.clock.stage("find subjects"):
        mattes = find_mattes(data, data.images, data.split.groups, job.progress, joints=joints, which=which)
    job.progress.say(mattes.describe())
    stand_ins = find_stand_ins(mattes.matted, data.labels, data.split.positions("train"), job.config.seed)
    if stand_ins is None:
        job.progress.say("backgrounds stay as they are: in some class hardly any photo has a known subject")
        return None, None
    # one photo suffices to judge by; where a class has none, judging is by photos as they are
    judged = find_stand_ins(mattes.matted, data.labels, data.split.positions("validation"), job.config.seed, least=1)
    matted: Images = MattedPixels(data.images, mattes)
    if hands is not None:
        matted = CloseUps(matted, hands.boxes)
    with job.clock.stage("backgrounds"):
        return Replaced(plain, matted, stand_ins | (judged or {})), _backgrounds(job, data, mattes)


def _asked(policy: Policy, config: TrainConfig) -> Policy:
    """Return the policy with mirroring and turning where they were asked for, whatever it does by itself."""
    asked = asked_of(config)
    if "yes" in asked["mirror"].answers:
        policy = replace(policy, flip=0.5, own=min(policy.own, 0.5))
    return replace(policy, turn=0.5, own=min(policy.own, 0.5)) if "yes" in asked["turn"].answers else policy


def _backgrounds(job: Job, data: SplitDataset, mattes: Mattes) -> Backgrounds:
    """Drawn pictures, those of the user's folder, and what other photos show beside their subjects."""
    side_px = job.recipe.side_px
    banks: list[Bank] = [procedural_bank(job.config.seed, side_px)]
    if job.config.backgrounds:
        banks.append(folder_bank(Path(job.config.backgrounds), side_px, FOLDER_WEIGHT, job.progress))
    beside = photo_bank(data.images, mattes, data.labels, data.split.positions("train"), side_px, PHOTO_WEIGHT)
    return Backgrounds(side_px, banks if beside is None else [*banks, beside])
