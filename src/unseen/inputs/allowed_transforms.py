"""Which classes of a run may be mirrored and turned: settings, photos and frozen features in, `Permitted` out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from unseen.augment.alterations import ALTERATIONS, Altered
from unseen.augment.permitted import Permitted, decide
from unseen.augment.policy import Policy
from unseen.config import TrainConfig
from unseen.context import Job
from unseen.dataset.dataset import SplitDataset
from unseen.features.extract import extract
from unseen.inputs.label_safety import Safety, classes_turned
from unseen.locate.hand_focus import HandFocus
from unseen.locate.network_input import squares_seen
from unseen.models.classifier import Classifier
from unseen.per_class import PerClass, per_class
from unseen.probes.group_sampling import some_groups
from unseen.progress import Progress
from unseen.records import BoolArray, Float32Array, Images
from unseen.runs import read_json, write_json

# Photos that are mirrored and turned to see what becomes of their class; whole groups of the training part.
SAFETY_PHOTOS = 600
DONE = {"mirror": "mirrored", "turn": "turned any way round"}
FLAG = {"mirror": "flip", "turn": "turn"}
BY = {
    "mirror": tuple(how for how in ALTERATIONS if how == "mirrored"),
    "turn": tuple(how for how in ALTERATIONS if how != "mirrored"),
}


def asked_of(config: TrainConfig) -> dict[str, PerClass]:
    """Return what `--flip` and `--turn` say, by `mirror` and `turn`."""
    return {name: per_class(flag, getattr(config, flag)) for name, flag in FLAG.items()}


def require_classes(config: TrainConfig, classes: Sequence[str]) -> None:
    """Raise `UnseenError` where `--flip` or `--turn` names something that is no class."""
    for name, asked in asked_of(config).items():
        asked.require_known(FLAG[name], classes)


def find_permitted(
    job: Job, data: SplitDataset, model: Classifier, features: Float32Array | None, policy: Policy
) -> Permitted:
    """Decide which classes may be mirrored and turned, and say it; a resumed run keeps what was decided.

    policy: what varies photos where nothing is asked for; what it never does is not done by itself. A class that the
    settings decide has its answer from there. Of the others a probe is asked, where there are pre-trained `features`
    (N, D) to probe; without, they stay as they are.
    """
    path, classes = job.run.checkpoint / "permitted.json", data.classes
    if path.exists():
        saved = read_json(path)
        return _keep(job, classes, {name: np.array(saved[name]) for name in DONE})
    usual = {"mirror": policy.flip > 0, "turn": policy.turn > 0}
    answers = {
        name: [answer if usual[name] or answer != "auto" else "no" for answer in asked.of(classes)]
        for name, asked in asked_of(job.config).items()
    }
    found: dict[str, BoolArray] = {}
    if features is not None and any("auto" in one for one in answers.values()):
        with job.clock.stage("label safety"):
            safety = _label_safe(job, data, model, features)
        say_turned(safety, answers, classes, job.progress)
        found = {name: safety.permits(*hows) for name, hows in BY.items()}
    safe = {name: decide(one, found.get(name)) for name, one in answers.items()}
    for name in DONE:
        say_permitted(name, answers[name], safe[name], classes, job.progress)
    write_json(path, {name: may.tolist() for name, may in safe.items()})
    return _keep(job, classes, safe)


def _keep(job: Job, classes: Sequence[str], safe: Mapping[str, BoolArray]) -> Permitted:
    """Write what was decided beside the settings, for the checkpoint goes when the run ends."""
    decided = {DONE[name]: dict(zip(classes, may.tolist(), strict=True)) for name, may in safe.items()}
    write_json(job.run.config, {**read_json(job.run.config), "permitted": decided})
    return Permitted(torch.from_numpy(safe["mirror"]), torch.from_numpy(safe["turn"]))


def carry_permitted(job: Job, saved: Mapping[str, Any], classes: Sequence[str]) -> Permitted:
    """Return what a run that goes on from another, whose `run.json` is `saved`, may mirror and turn; write it too.

    The user's word holds. What was found in the photos holds until classes are added: an arrow to the left is safe to
    mirror as long as none to the right is known. A run that does not say what it found found nothing.
    """
    block = saved.get("permitted", {})
    safe = {}
    for name, asked in asked_of(job.config).items():
        before = block.get(DONE[name], {})
        found = np.array([before[c] for c in classes]) if set(before) == set(classes) else None
        safe[name] = decide(asked.of(classes), found)
    return _keep(job, classes, safe)


def _label_safe(job: Job, data: SplitDataset, model: Classifier, features: Float32Array) -> Safety:
    """Show altered training photos to a probe fitted on plain ones; of a class it does not know nothing is safe."""
    train = data.split.positions("train")
    groups = [data.split.groups[i] for i in train.tolist()]
    chosen = train[some_groups(groups, SAFETY_PHOTOS, job.config.seed, "label safety")]
    hows, device = list(ALTERATIONS), job.runtime.device
    photos: Images = data.images
    positions, preprocess = chosen, model.preprocess
    if isinstance(preprocess, HandFocus):
        # the hand is found once, and the square about it altered: four looks more would find it again
        photos, preprocess = squares_seen(preprocess, photos, positions, device), preprocess.of_squares()
        positions = np.arange(len(positions))
    every = Altered(photos, positions, tuple(ALTERATIONS.values()))
    everything = extract(preprocess, model.backbone, every, np.arange(len(every)), device, job.progress)
    altered = dict(zip(hows, np.split(everything, len(hows)), strict=True))
    names = [data.split.groups[i] for i in chosen.tolist()]
    return classes_turned(features[chosen], altered, data.labels[chosen], names, len(data.classes), job.config.seed)


def say_turned(
    safety: Safety, answers: Mapping[str, Sequence[str]], classes: Sequence[str], progress: Progress
) -> None:
    """Say which classes an alteration turns into each other, and what follows where the user has not decided."""
    for pair in safety.turned:
        name = "mirror" if pair.alteration in BY["mirror"] else "turn"
        both = {classes[c]: answers[name][c] for c in (pair.first, pair.second)}
        first, second = both
        text = f"'{first}' {pair.alteration} looks like '{second}'"
        undecided = [f"'{one}'" for one, answer in both.items() if answer == "auto"]
        if len(undecided) == 2:
            progress.say(f"{text}: neither is {pair.alteration} in training")
        elif undecided:
            progress.say(f"{text}: {undecided[0]} is not {pair.alteration}, the other as --{FLAG[name]} says")
        elif "yes" in both.values():
            progress.say(f"{text}: --{FLAG[name]} decides")


def say_permitted(
    name: str, answers: Sequence[str], safe: BoolArray, classes: Sequence[str], progress: Progress
) -> None:
    """Say of `name` (mirror or turn) which classes it is done to."""
    done, kept = DONE[name], [classes[c] for c in np.flatnonzero(~safe).tolist()]
    if set(answers) == {"yes"}:
        progress.say(f"photos are {done} in training, as asked")
    elif len(kept) == len(classes):
        progress.say(f"no photo is {done} in training")
    elif kept:
        progress.say(f"photos are {done} in training, but not those of {', '.join(kept)}")
    elif "yes" in answers:
        progress.say(f"photos are {done} in training")
    else:
        progress.say(f"photos are {done} in training: that turns no class into another")
