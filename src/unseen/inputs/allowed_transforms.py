"""Decide which classes of a run may be flipped and rotated: the user's answers first, then what the photos show."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from unseen.augment.alterations import ALTERATIONS, ORIENTATIONS, altered, by_alteration
from unseen.augment.policy import Policy
from unseen.augment.transforms import AllowedTransforms, Transform
from unseen.config import TrainConfig
from unseen.context import RunContext
from unseen.dataset.dataset import SplitDataset
from unseen.features.extract import extract
from unseen.images import subset
from unseen.inputs.label_safety import Exchange, LabelSafety, measure_safety
from unseen.locate.network_input import input_photos
from unseen.models.classifier import Classifier
from unseen.models.preprocess import Preprocess
from unseen.per_class import Answer, PerClass
from unseen.probes.group_sampling import some_groups
from unseen.records import BoolArray, Float32Array, Images
from unseen.runs import read_json, write_json
from unseen.text import listed, plural

# Training photos that are altered to see what becomes of their class; whole groups.
SAFETY_PHOTOS = 600
FIELD = "allowed_transforms"  # of run.json
# small rotations change no label and are not meant
PAST = {Transform.FLIP: "flipped", Transform.ROTATE: "rotated freely"}
Decision = Mapping[Transform, BoolArray]  # (C,) bool each


def settings_of(config: TrainConfig) -> dict[Transform, PerClass]:
    """Return what the settings say about each transform."""
    return {Transform.FLIP: config.flip, Transform.ROTATE: config.rotate}


def require_classes(config: TrainConfig, classes: Sequence[str]) -> None:
    """Raise `UnseenError` where the settings name something that is not a class."""
    for transform, setting in settings_of(config).items():
        setting.require_known(transform, classes)


def find_allowed(
    context: RunContext,
    data: SplitDataset,
    model: Classifier,
    features: Float32Array | None,
    policy: Policy,
    any_side: bool,
    known: Mapping[Transform, Mapping[int, bool]] = MappingProxyType({}),
) -> AllowedTransforms:
    """Decide and report which classes may be flipped and rotated; a resumed run keeps its decision.

    features: (N, D) of a pre-trained network, by which the photos decide for classes that the settings leave open;
    `None` without such a network: then these are neither flipped nor rotated. policy: the one of the settings; what it
    never does, only the user can turn on. any_side: photos show what comes into them from any side, as hands do, even
    where all that are trained on come from one; anything else that stands upright in them is not rotated freely.
    known: what is known of some classes, by their index, whatever the photos show.
    """
    path, classes = context.run.checkpoint / f"{FIELD}.json", data.classes
    if path.exists():
        saved = read_json(path)
        return _record(context, classes, {transform: np.array(saved[transform]) for transform in Transform})
    answers = {transform: setting.of(classes) for transform, setting in settings_of(context.config).items()}
    for transform in Transform:
        if not getattr(policy, transform):
            answers[transform] = [False if answer == "auto" else answer for answer in answers[transform]]
        of_class = known.get(transform, {})
        answers[transform] = [
            of_class.get(c, answer) if answer == "auto" else answer for c, answer in enumerate(answers[transform])
        ]
    safety: LabelSafety | None = None
    if features is not None and any("auto" in row for row in answers.values()):
        with context.clock.stage("label safety"):
            safety = _measure(context, data, model, features)
    if safety and safety.upright and not any_side and "auto" in answers[Transform.ROTATE]:
        context.progress.say(f"{safety.told:.0%} of the photos show which way is up (--rotate yes rotates them freely)")
    decision = {
        transform: combine_answers(row, None if safety is None else found_safe(transform, safety, any_side))
        for transform, row in answers.items()
    }
    for message in messages(answers, decision, () if safety is None else safety.exchanges, classes):
        context.progress.say(message)
    write_json(path, {transform: allowed.tolist() for transform, allowed in decision.items()})
    return _record(context, classes, decision)


def carry_allowed(context: RunContext, saved: Mapping[str, Any], classes: Sequence[str]) -> AllowedTransforms:
    """Return and record what a run that extends another, whose `run.json` is `saved`, may flip and rotate.

    The user's answers hold. What was found in the photos holds until classes are added: an arrow to the left is safe to
    flip as long as none to the right is known. A run that does not say what it found found nothing.
    """
    decision = {}
    for transform, setting in settings_of(context.config).items():
        before = saved.get(FIELD, {}).get(transform, {})
        found = np.array([before[name] for name in classes]) if set(before) == set(classes) else None
        decision[transform] = combine_answers(setting.of(classes), found)
    return _record(context, classes, decision)


def found_safe(transform: Transform, safety: LabelSafety, any_side: bool) -> BoolArray:
    """Return which classes (C,) bool may be flipped or rotated, as far as the photos show; `any_side` as above."""
    upright = transform is Transform.ROTATE and safety.upright and not any_side
    return safety.allows(transform) & (not upright)


def combine_answers(answers: Sequence[Answer], found: BoolArray | None) -> BoolArray:
    """Return (C,) bool from `auto`, False or True per class: the user's answer, else what was `found` (C,).

    If nothing was looked for (`None`), `auto` is False.
    """
    safe = np.zeros(len(answers), np.bool_) if found is None else found
    return np.array([answer is True or (answer == "auto" and ok) for answer, ok in zip(answers, safe, strict=True)])


def messages(
    answers: Mapping[Transform, Sequence[Answer]],
    decision: Decision,
    exchanges: Sequence[Exchange],
    classes: Sequence[str],
) -> Iterator[str]:
    """Yield a sentence for each pair of classes that `auto` keeps apart, then one for each transform."""
    for one in exchanges:
        pair = (one.first, one.second)
        left_out = [classes[c] for c in pair if answers[one.transform][c] == "auto"]
        if left_out:
            first, second = (classes[c] for c in pair)
            done, verb = PAST[one.transform], plural(len(left_out), "is", "are")
            effect = f"{listed(left_out, quoted=True)} {verb} not {done} in training"
            yield f"'{first}' {ALTERATIONS[one.alteration].text} looks like '{second}': {effect}"
    for transform, allowed in decision.items():
        kept = [classes[c] for c in np.flatnonzero(~allowed).tolist()]
        if len(kept) == len(classes):
            yield f"no photo is {PAST[transform]} in training"
        else:
            yield f"photos are {PAST[transform]} in training" + (f", except those of {listed(kept)}" if kept else "")


def _record(context: RunContext, classes: Sequence[str], decision: Decision) -> AllowedTransforms:
    """Write the decision into `run.json`, because the checkpoint is deleted when the run ends."""
    by_class = {key: dict(zip(classes, allowed.tolist(), strict=True)) for key, allowed in decision.items()}
    write_json(context.run.config, {**read_json(context.run.config), FIELD: by_class})
    return AllowedTransforms(*(torch.from_numpy(decision[transform]) for transform in Transform))


def _measure(context: RunContext, data: SplitDataset, model: Classifier, features: Float32Array) -> LabelSafety:
    """Classify altered training photos by what was fitted on unaltered ones."""
    train, seed, device = data.split.positions("train"), context.config.seed, context.runtime.device
    chosen = train[some_groups([data.split.groups[i] for i in train.tolist()], SAFETY_PHOTOS, seed, "label safety")]
    preprocess = model.preprocess
    photos: Images = subset(data.images, chosen)
    if data.regions:
        # the crop is altered, not the photo: it shows the thing in each alteration
        photos = input_photos(preprocess, data.images, chosen, data.regions.boxes)
        preprocess = Preprocess(preprocess.side_px, "squash", preprocess.normalisation)
    images = altered(photos, ORIENTATIONS)
    rows = extract(preprocess, model.backbone, images, np.arange(len(images)), device, context.progress)
    blocks, groups = by_alteration(rows, ORIENTATIONS), [data.split.groups[i] for i in chosen.tolist()]
    return measure_safety(features[chosen], blocks, data.labels[chosen], groups, len(data.classes), seed)
