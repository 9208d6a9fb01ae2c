"""How a run's photos are varied: settings, photos and frozen features in; matted photos and their `Augment` out."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unseen.augment.backgrounds import Backgrounds, Bank, procedural_bank
from unseen.augment.pipeline import Augment
from unseen.augment.policy import Policy, find_policy
from unseen.config import TrainConfig
from unseen.model.classifier import Classifier
from unseen.model.focus import HandFocus
from unseen.photos.fit import Fit
from unseen.records import Float32Array, Int64Array, PhotoPixels, Uint8Array
from unseen.seeds import generator
from unseen.subject.matted import MattedPixels
from unseen.subject.mattes import Mattes, find_mattes
from unseen.training.close_ups import CloseUps, FoundHands, find_hands
from unseen.workflow.job import Job
from unseen.workflow.label_safe import asked_of, find_permitted
from unseen.workflow.pictures import folder_bank, photo_bank
from unseen.workflow.prepare import Prepared

BoolArray = npt.NDArray[np.bool_]

# Below this share of a class with a sure matte, backgrounds are not replaced at all: the few would stand out.
LEAST_MATTED = 0.15
FOLDER_WEIGHT, PHOTO_WEIGHT = 2.0, 0.3


@dataclass(frozen=True, slots=True)
class Variety:
    """What varies photos, and the photos that it is shown.

    plain: cut to the hand where they are looked at so, or `None`. matted: the same with alpha saying what is subject,
    or `None`; they are read `share` of the time.
    """

    augment: Augment
    plain: PhotoPixels | None
    matted: PhotoPixels | None
    share: float

    @property
    def varies(self) -> bool:
        """Whether any photo is changed at all."""
        return self.augment.policy.own < 1

    @property
    def source(self) -> tuple[PhotoPixels | None, float, PhotoPixels | None]:
        """`varied`, `varied_share` and `plain` of `TrainingPhotos`."""
        return self.matted, self.share, self.plain


@dataclass(frozen=True, slots=True)
class Chosen:
    """Photos as they are, but those at `positions` as `matted` has them; a `PhotoPixels`."""

    plain: PhotoPixels
    matted: PhotoPixels
    positions: frozenset[int]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.plain)

    def __getitem__(self, position: int, /) -> Uint8Array:
        """Return one photo, (H, W, 4) uint8."""
        return (self.matted if position in self.positions else self.plain)[position]


def find_variety(job: Job, data: Prepared, model: Classifier, features: Float32Array | None) -> Variety:
    """Find hands and subjects, decide what may be mirrored and turned, and make the backgrounds; say each."""
    config = job.config
    usual = find_policy(config.augment)
    policy = _asked(usual, config)
    fit: Fit = config.fit  # type: ignore[assignment]  # checked by TrainConfig
    permitted = find_permitted(job, data, model, features, usual)
    hands = _hands(job, data, model, policy)
    matted, backgrounds = (None, None) if policy.background <= 0 else _subjects(job, data, hands)
    # whether a photo keeps its background is decided when it is read, so that every matte that comes is replaced
    augment = Augment(replace(policy, background=1.0), job.recipe.side_px, fit, backgrounds, permitted)
    if hands is None or not isinstance(model.preprocess, HandFocus):
        return Variety(augment, None, matted, policy.background)
    close = None if matted is None else CloseUps(matted, hands.boxes)
    return Variety(augment, CloseUps(data.pixels, hands.boxes), close, policy.background)


def _hands(job: Job, data: Prepared, model: Classifier, policy: Policy) -> FoundHands | None:
    """Look for hands in the photos that learn and validate, where the network looks at hands and photos vary."""
    if not isinstance(model.preprocess, HandFocus) or policy.own == 1:
        return None
    with job.clock.stage("find hands"):
        learnt = np.concatenate([data.split.positions("train"), data.split.positions("validation")])
        return find_hands(model.preprocess, data.pixels, np.sort(learnt), job.progress)


def _subjects(job: Job, data: Prepared, hands: FoundHands | None) -> tuple[PhotoPixels | None, Backgrounds | None]:
    """Return the photos with their mattes and what to put behind them, `None` where too few subjects are known."""
    with job.clock.stage("find subjects"):
        joints = None if hands is None else hands.joints
        mattes = find_mattes(data.photos, data.pixels, data.split.groups, job.progress, joints=joints)
    job.progress.say(mattes.describe())
    chosen, validation = (
        replaceable(mattes.matted, data.labels, data.split.positions(part), job.config.seed)
        for part in ("train", "validation")
    )
    if chosen is None:
        job.progress.say("backgrounds stay as they are: in some class hardly any photo has a known subject")
        return None, None
    with job.clock.stage("backgrounds"):
        positions = frozenset(chosen.tolist()) | frozenset([] if validation is None else validation.tolist())
        return Chosen(data.pixels, MattedPixels(data.pixels, mattes), positions), _backgrounds(job, data, mattes)


def _asked(policy: Policy, config: TrainConfig) -> Policy:
    """Return the policy with mirroring and turning where they were asked for, whatever it does by itself."""
    asked = asked_of(config)
    if "yes" in asked["mirror"].answers:
        policy = replace(policy, flip=0.5, own=min(policy.own, 0.5))
    return replace(policy, turn=0.5, own=min(policy.own, 0.5)) if "yes" in asked["turn"].answers else policy


def replaceable(matted: BoolArray, labels: Int64Array, part: Int64Array, seed: int) -> Int64Array | None:
    """Return the photos of `part` whose background may be replaced: an equal share of each class, those with a matte.

    matted: (N,) bool. Where one class had more of them than another, another background would tell the label. `None`
    where a class has so few that nothing is worth replacing.
    """
    present = np.unique(labels[part])
    members = [part[labels[part] == label] for label in present]
    share = min((float(matted[one].mean()) for one in members), default=0.0)
    if share < LEAST_MATTED:
        return None
    kept = []
    for label, one in zip(present.tolist(), members, strict=True):
        known = generator(seed, "replaceable", label).permutation(one[matted[one]])
        kept.append(known[: round(share * len(one))])
    return np.sort(np.concatenate(kept))


def _backgrounds(job: Job, data: Prepared, mattes: Mattes) -> Backgrounds:
    """Drawn pictures, those of the user's folder, and what other photos show beside their subjects."""
    side_px = job.recipe.side_px
    banks: list[Bank] = [procedural_bank(job.config.seed, side_px)]
    if job.config.backgrounds:
        banks.append(folder_bank(Path(job.config.backgrounds), side_px, FOLDER_WEIGHT, job.progress))
    beside = photo_bank(data.pixels, mattes, data.labels, data.split.positions("train"), side_px, PHOTO_WEIGHT)
    return Backgrounds(side_px, banks if beside is None else [*banks, beside])
