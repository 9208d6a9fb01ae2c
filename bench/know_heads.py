"""Fit heads on one photo set and keep them: `bench.know` and `bench.know_photos` ask them about other sets.

The sign network is taught anew without the target where the classes are known signs, and without all sets of the same
space where nobody taught them; the other people of known signs include the source. What was taught and fitted is kept,
so that a bench that was stopped goes on where it was.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from bench import crowd
from bench.know_shifts import FAMILIES, STEPS, FittedHead, FrozenSet, fit_on, new_head, shared_classes
from pretrain.signs import LabelledReadings, Teacher, space_of, teach
from unseen.locate.handnet import HANDNET
from unseen.locate.sign_net import SignNet
from unseen.models.head import Head
from unseen.pipelines.stages.what_is_known import turn_of
from unseen.records import Float64Array
from unseen.training.known_signs import SignSpace

# Of a set: photos a class, photos in a row that count as one session; of the sign network: steps.
MOST_A_CLASS, SESSION, TEACHING_STEPS, SOURCES = 36, 4, 1000, 2
# Share of the classes, photos of each, views of each photo.
NOVEL = ((0.55, None, 3), (0.35, 20, 3), (1.0, None, 3), (0.3, 40, 0))
KNOWN = ((0.8, None, 3), (0.4, 20, 3), (0.3, None, 0))


@dataclass(frozen=True, slots=True)
class Taught:
    """A sign network, the sets that it was taught with, and `people_turn` of what they show."""

    teacher: Teacher
    sets: list[LabelledReadings]
    turn: Float64Array


@dataclass(frozen=True, slots=True)
class Asked:
    """A head, the other sets that it is asked about, and the sign network that its features come from."""

    fitted: FittedHead
    targets: list[FrozenSet]
    taught: Taught


def heads(sets: dict[str, LabelledReadings], kept: Path) -> Iterator[Asked]:
    """Yield the heads of every family, those of signs that nobody taught first. sets: by file name."""
    kept.mkdir(parents=True, exist_ok=True)
    for family in FAMILIES:
        names = [name for name in family if _file(name) in sets]
        spaces = {sets[_file(name)].space for name in names}
        taught = _taught([one for one in sets.values() if one.space not in spaces], kept)
        frozen = {name: frozen_of(taught, name, sets[_file(name)]) for name in names}
        for name in names:
            others = [frozen[other] for other in names if other != name]
            for seed, (share, most, views) in enumerate(NOVEL):
                classes = _some(frozen[name].classes, share, seed)
                yield Asked(_fitted(kept, frozen[name], classes, most, views, seed), others, taught)
    for taught, target, names in left_out(sets, kept):
        frozen = {name: frozen_of(taught, name, sets[_file(name)]) for name in names}
        sources = [name for name in names if name != target and _share(frozen[name], frozen[target])]
        for source in np.random.default_rng(len(target)).permutation(sources)[:SOURCES].tolist():
            space = space_of(taught.teacher, taught.sets, sets[_file(source)].space)
            for seed, (share, most, views) in enumerate(KNOWN):
                classes = _some(shared_classes(frozen[source], frozen[target]), share, seed)
                fitted = _fitted(kept, frozen[source], classes, most, views, seed, space, target)
                yield Asked(fitted, [frozen[target]], taught)


def left_out(sets: dict[str, LabelledReadings], kept: Path) -> Iterator[tuple[Taught, str, list[str]]]:
    """Yield the sign network taught without each set of a family, the set, the family."""
    for family in FAMILIES:
        names = [name for name in family if _file(name) in sets]
        for target in names:
            yield _taught([one for name, one in sets.items() if name != _file(target)], kept), target, names


def _share(source: FrozenSet, target: FrozenSet) -> bool:
    return len(shared_classes(source, target)) > 1


def _fitted(
    kept: Path, source: FrozenSet, classes: tuple[str, ...], most: int | None, views: int, seed: int,
    space: SignSpace | None = None, target: str = "",
) -> FittedHead:  # fmt: skip
    path = kept / f"head-{_key(source.name, classes, most, views, seed, target, STEPS)}.safetensors"
    if not path.exists():
        found, accuracy = fit_on(source, classes, most, views, seed, space)
        save_file(found.head.state_dict(), path, metadata={"accuracy": json.dumps(accuracy)})
        return found
    head = new_head(source.head, len(classes), seed)
    head.load_state_dict(load_file(path))
    with safe_open(path, "pt") as file:
        accuracy = json.loads(file.metadata()["accuracy"])
    return fit_on(source, classes, most, views, seed, space, (head.eval(), accuracy))[0]


@torch.no_grad()
def _taught(sets: list[LabelledReadings], kept: Path) -> Taught:
    """Teach the sign network by these sets, or read what was kept of that."""
    path = kept / f"teacher-{_key([one.name for one in sets], TEACHING_STEPS)}.safetensors"
    if path.exists():
        with safe_open(path, "pt") as file:
            teacher = Teacher(SignNet(), json.loads(file.metadata()["spaces"]))
        teacher.load_state_dict(load_file(path))
        teacher.eval()
    else:
        with torch.enable_grad():
            teacher = teach(sets, steps=TEACHING_STEPS)
        save_file(teacher.state_dict(), path, metadata={"spaces": json.dumps(teacher.spaces)})
    return Taught(teacher, sets, turn_of([space_of(teacher, sets, space) for space in teacher.spaces]))


def _key(*stated: object) -> str:
    return hashlib.sha256(json.dumps(stated).encode()).hexdigest()[:20]


def _some(classes: tuple[str, ...], share: float, seed: int) -> tuple[str, ...]:
    """Return a share of the classes, at least three."""
    number = min(len(classes), max(3, round(share * len(classes))))
    return tuple(sorted(np.random.default_rng(seed).permutation(classes)[:number].tolist()))


def _file(name: str) -> str:
    return name.replace("/", "_")


@torch.no_grad()
def frozen_of(taught: Taught, name: str, one: LabelledReadings) -> FrozenSet:
    """Return the features of at most `MOST_A_CLASS` photos a class, with the sign as the network reads it."""
    teacher, labels, rng = taught.teacher, np.array(one.labels), np.random.default_rng(0)
    chosen = [rng.permutation(np.flatnonzero(labels == c))[:MOST_A_CLASS] for c in sorted(set(one.labels))]
    rows = np.sort(np.concatenate(chosen))
    features = crowd.features(teacher, one.photos[rows])
    views = np.stack([crowd.features(teacher, view[rows]) for view in one.views])
    sessions = np.array([f"{labels[i]}{i // SESSION}" for i in rows])
    head = Head(features.shape[1], 2, HANDNET.hidden_layers or (), HANDNET.dropout or 0.0, crowd.TRUST)
    assert one.scores is not None, f"{name} has no scores: run pretrain.sign_sets again"
    return FrozenSet(name, features, views, labels[rows], sessions, head, one.scores[rows].numpy(), taught.turn)
