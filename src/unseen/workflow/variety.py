"""How a run's photos are varied: settings, photos and frozen features in; matted photos and their `Augment` out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from unseen.auditing.sampling import some_groups
from unseen.augment.backgrounds import Backgrounds, Bank, procedural_bank
from unseen.augment.label_safety import classes_turned
from unseen.augment.permitted import Permitted
from unseen.augment.pipeline import Augment
from unseen.augment.policy import Policy, find_policy
from unseen.config import TrainConfig
from unseen.model.classifier import Classifier
from unseen.photos.fit import Fit
from unseen.records import Float32Array, Int64Array, PhotoPixels, Uint8Array
from unseen.runs import read_json, write_json
from unseen.seeds import generator
from unseen.subject.matted import MattedPixels
from unseen.subject.mattes import Mattes, find_mattes
from unseen.training.features import extract
from unseen.workflow.frozen import ALTERATIONS, Altered
from unseen.workflow.job import Job
from unseen.workflow.pictures import folder_bank, photo_bank
from unseen.workflow.prepare import Prepared

BoolArray = npt.NDArray[np.bool_]

# Photos that are mirrored and turned to see what becomes of their class; whole groups of the training part.
SAFETY_PHOTOS = 600
# Below this share of a class with a sure matte, backgrounds are not replaced at all: the few would stand out.
LEAST_MATTED = 0.15
FOLDER_WEIGHT, PHOTO_WEIGHT = 2.0, 0.3


@dataclass(frozen=True, slots=True)
class Variety:
    """What varies photos, and the photos with alpha saying what is subject; they are read `share` of the time."""

    augment: Augment
    matted: PhotoPixels | None
    share: float

    @property
    def source(self) -> tuple[PhotoPixels | None, float]:
        """`varied` and `varied_share` of `TrainingPhotos`."""
        return self.matted, self.share


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
    """Find the subjects, decide what may be mirrored and turned, and make the backgrounds; say each."""
    config = job.config
    policy = _asked(find_policy(config.augment), config)
    fit: Fit = config.fit  # type: ignore[assignment]  # checked by TrainConfig
    permitted = _permitted(job, data, model, features, policy)
    matted: PhotoPixels | None = None
    backgrounds = None
    if policy.background > 0:
        with job.clock.stage("find subjects"):
            mattes = find_mattes(data.photos, data.pixels, data.split.groups, job.progress)
        job.progress.say(mattes.describe())
        chosen, validation = (
            replaceable(mattes.matted, data.labels, data.split.positions(part), config.seed)
            for part in ("train", "validation")
        )
        if chosen is None:
            job.progress.say("backgrounds stay as they are: in some class hardly any photo has a known subject")
        else:
            with job.clock.stage("backgrounds"):
                matted = Chosen(
                    data.pixels,
                    MattedPixels(data.pixels, mattes),
                    frozenset(chosen.tolist()) | frozenset([] if validation is None else validation.tolist()),
                )
                backgrounds = _backgrounds(job, data, mattes)
    # whether a photo keeps its background is decided when it is read, so that every matte that comes is replaced
    augment = Augment(replace(policy, background=1.0), job.recipe.side_px, fit, backgrounds, permitted)
    return Variety(augment, matted, policy.background)


def _asked(policy: Policy, config: TrainConfig) -> Policy:
    """Return the policy with mirroring and turning where they were asked for, whatever it does by itself."""
    if config.flip == "yes":
        policy = replace(policy, flip=0.5, own=min(policy.own, 0.5))
    return replace(policy, turn=0.5, own=min(policy.own, 0.5)) if config.turn == "yes" else policy


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


def _permitted(job: Job, data: Prepared, model: Classifier, features: Float32Array | None, policy: Policy) -> Permitted:
    """Return which classes may be mirrored and turned; a resumed run keeps what was decided."""
    path = job.run.checkpoint / "permitted.json"
    if path.exists():
        saved = read_json(path)
        return Permitted(torch.tensor(saved["mirror"]), torch.tensor(saved["turn"]))
    config, classes = job.config, len(data.photos.classes)
    asked = {"mirror": config.flip if policy.flip else "no", "turn": config.turn if policy.turn else "no"}
    safe = {name: np.full(classes, answer == "yes") for name, answer in asked.items()}
    if "auto" in asked.values() and features is not None:
        with job.clock.stage("label safety"):
            found = _label_safe(job, data, model, features)
        safe = {name: found[name] if answer == "auto" else safe[name] for name, answer in asked.items()}
    _say(job, data, asked, safe)
    write_json(path, {name: may.tolist() for name, may in safe.items()})
    return Permitted(torch.from_numpy(safe["mirror"]), torch.from_numpy(safe["turn"]))


def _label_safe(job: Job, data: Prepared, model: Classifier, features: Float32Array) -> dict[str, BoolArray]:
    """Show altered training photos to a probe fitted on plain ones; of a class it does not know nothing is safe."""
    train = data.split.positions("train")
    groups = [data.split.groups[i] for i in train.tolist()]
    chosen = train[some_groups(groups, SAFETY_PHOTOS, job.config.seed, "label safety")]
    hows = list(ALTERATIONS)
    photos = Altered(data.pixels, chosen, tuple(ALTERATIONS.values()))
    everything = extract(
        model.preprocess, model.backbone, photos, np.arange(len(photos)), job.runtime.device, job.progress
    )
    altered = dict(zip(hows, np.split(everything, len(hows)), strict=True))
    names = [data.split.groups[i] for i in chosen.tolist()]
    found = classes_turned(
        features[chosen], altered, data.labels[chosen], names, len(data.photos.classes), job.config.seed
    )
    for pair in found.turned:
        first, second = (data.photos.classes[c] for c in (pair.first, pair.second))
        job.progress.say(f"'{first}' {pair.alteration} looks like '{second}': neither is {pair.alteration} in training")
    return {"mirror": found.permits("mirrored"), "turn": found.permits(*(how for how in hows if how != "mirrored"))}


def _say(job: Job, data: Prepared, asked: Mapping[str, str], safe: Mapping[str, BoolArray]) -> None:
    for name, done in (("mirror", "mirrored"), ("turn", "turned any way round")):
        kept = [data.photos.classes[c] for c in np.flatnonzero(~safe[name])]
        if asked[name] == "yes":
            job.progress.say(f"photos are {done} in training, as asked")
        elif asked[name] == "no" or len(kept) == len(data.photos.classes):
            job.progress.say(f"no photo is {done} in training")
        elif kept:
            job.progress.say(f"photos are {done} in training, but not those of {', '.join(kept)}")
        else:
            job.progress.say(f"photos are {done} in training: that turns no class into another")
