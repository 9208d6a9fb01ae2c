"""Measure strangers: one person's photos train, each other person's are classified; and all but one person's train.

    python -m pretrain.sign_sets ../data READINGS
    python -m bench.crowd READINGS [--seeds 3] [--space letters] [--source asl_kept_train] [--rival-python PYTHON]

The readings are those that `unseen train` takes of each photo (features of handnet, joints of both networks). `SignNet`
is taught anew for each target without the target's photos, for the file that ships has seen all of these people. Then a
head is fitted as a run fits it, on the source's photos, views of them, and what is known of the signs from the others.
"ready" is the ready head alone. Photos in which no hand is found count as any other: a wrong label is an error.
With a Python that has MediaPipe, its landmarks and a small network stand beside both (`bench.crowd_rival`).
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bench.crowd_rival import CrowdRival
from pretrain.sign_sets import WIDTHS
from pretrain.signs import LabelledReadings, Teacher, accuracy, describe, read_sets, space_of, teach
from unseen.features.feature_set import FeatureSet, pooled
from unseen.locate.hand_pose import DESCRIPTORS
from unseen.locate.handnet import EMBEDDING, HANDNET
from unseen.locate.landmark_net import landmarks_of
from unseen.locate.pose_conditioned import head_trust
from unseen.models.head import Head
from unseen.progress import Silent
from unseen.training.known_signs import SignSpace, find_known_signs
from unseen.training.linear_probe import ProbeOptions, fit_head

LOOSE = ("people_asl_meyyappan",)  # loosely signed: no test (SETS.csv)
VALIDATION = 6  # one of so many photos of a class, as a run's split has about
DECAY, SMOOTHING = 0.02, 0.05
TRUST = head_trust(EMBEDDING + DESCRIPTORS)


@torch.no_grad()
def features(teacher: Teacher, readings: Tensor) -> np.ndarray:
    """Readings (N, R) to the features that a run has of a crop, (N, D): see `PoseConditioned`."""
    embedding, pose = readings[:, :EMBEDDING], describe(readings)
    own = pose[:, : pose.shape[1] // 2]  # handnet's own features end with the pose as it reads it
    present = torch.sigmoid(landmarks_of(torch.split(readings, WIDTHS, dim=1)[3]).present)[:, None]
    return torch.cat([embedding, own, present, pose, teacher.network(pose)], dim=1).numpy()


@torch.no_grad()
def between(
    teacher: Teacher,
    source: LabelledReadings,
    target: LabelledReadings,
    seed: int,
    known: SignSpace | None = None,
    copied: LabelledReadings | None = None,
) -> float:
    """Fit a head on `source` as a run does; return its accuracy on the photos of `target` whose label it knows.

    known: what is known of the space from other people than the target. copied: rendered photos of the signs of
    `source`.
    """
    classes = sorted(set(source.labels))
    label = np.array([classes.index(name) for name in source.labels])
    rng = np.random.default_rng(seed)
    order = [rng.permutation(np.flatnonzero(label == c)) for c in range(len(classes))]
    validation = np.concatenate([those[: max(1, len(those) // VALIDATION)] for those in order])
    train = np.concatenate([those[max(1, len(those) // VALIDATION) :] for those in order])
    photos, views = features(teacher, source.photos), [features(teacher, view) for view in source.views]
    fitted = FeatureSet(np.concatenate([one[train] for one in (photos, *views)]), np.tile(label[train], 1 + len(views)))
    if known:
        signs = find_known_signs(classes, photos[train], label[train], spaces=[known])
        fitted = signs.pooled_with(fitted, seed) if signs else fitted
    if copied:
        shown = np.array([classes.index(name) for name in copied.labels])
        fitted = pooled(fitted, FeatureSet(features(teacher, copied.photos), shown))
    checked = FeatureSet(np.concatenate([photos[validation], views[0][validation]]), np.tile(label[validation], 2))
    torch.manual_seed(seed)
    head = Head(photos.shape[1], len(classes), HANDNET.hidden_layers or (), HANDNET.dropout or 0.0, TRUST)
    with torch.enable_grad():
        fit_head(head, fitted, checked, ProbeOptions(seed, "none", DECAY, SMOOTHING), Silent())
    asked = [i for i, name in enumerate(target.labels) if name in classes]
    said = head(torch.from_numpy(features(teacher, target.photos[asked]))).argmax(dim=1)
    return float(np.mean([classes[int(k)] == target.labels[i] for k, i in zip(said, asked, strict=True)]))


class Table:
    """Collects a row a recipe, with a number a target."""

    def __init__(self) -> None:
        self.rows: dict[str, list[float]] = {}

    def add(self, recipe: str, target: str, right: list[float]) -> None:
        """Add the accuracies of the seeds (S,), and print them."""
        self.rows.setdefault(recipe, []).append(float(np.mean(right)))
        print(f"{recipe} -> {target}: {np.mean(right):.3f} ({min(right):.3f} to {max(right):.3f})", flush=True)

    def close(self) -> None:
        """Print the mean and the worst target of each recipe."""
        for name, values in self.rows.items():
            print(f"{name}: mean {np.mean(values):.3f}, worst {min(values):.3f} of {len(values)} sets")


def people_of(sets: list[LabelledReadings], space: str) -> list[LabelledReadings]:
    """Return the sets of one space that are a test of people."""
    return [one for one in sets if one.space == space and one.name not in LOOSE and "rendered" not in one.name]


def measure(sets: list[LabelledReadings], space: str, sources: list[str] | None, seeds: int) -> Table:
    """Ask about each set of people of `space`; sources: by default each of them."""
    people, table = people_of(sets, space), Table()
    for target in people:
        others = [one for one in sets if one.name != target.name]
        teachers = [teach(others, seed) for seed in range(seeds)]
        known = [space_of(teacher, others, space) for teacher in teachers]
        table.add("all but one (ready head)", target.name, [accuracy(teacher, target) for teacher in teachers])
        for source in people:
            if source.name != target.name and (not sources or source.name in sources):
                right = [between(one, source, target, seed, known[seed]) for seed, one in enumerate(teachers)]
                table.add(f"from {source.name}", target.name, right)
    return table


def measure_rival(rival: CrowdRival, people: list[str], sources: list[str] | None, seeds: int) -> Table:
    """Ask the rival about the same sets."""
    table = Table()
    for target in people:
        others = [name for name in people if name != target]
        taught = {"MediaPipe, all but one": others} | {
            f"MediaPipe, from {name}": [name] for name in others if not sources or name in sources
        }
        print(f"MediaPipe sees a hand in {rival.seen(target):.3f} of {target}")
        for recipe, names in taught.items():
            table.add(recipe, target, [rival.accuracy(names, target, seed) for seed in range(seeds)])
    return table


def main() -> None:
    """Print a line a pair, and the mean and the worst of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("readings", type=Path)
    parser.add_argument("--space", default="letters")
    parser.add_argument("--source", nargs="*", help="by default every set of the space")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rival-python", type=Path, help="a Python that has MediaPipe (see pretrain/teacher.py)")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="photos, for the rival")
    parser.add_argument("--found", type=Path, default=Path("runs/crowd"), help="where the rival's landmarks are kept")
    given = parser.parse_args()
    torch.set_num_threads(1)
    sets = read_sets(given.readings)
    tables = [measure(sets, given.space, given.source, given.seeds)]
    if given.rival_python:
        people = [one.name for one in people_of(sets, given.space)]
        rival = CrowdRival(given.rival_python, given.data, given.found)
        tables.append(measure_rival(rival, people, given.source, given.seeds))
    for table in tables:
        table.close()


if __name__ == "__main__":
    main()
