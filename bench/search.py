"""How well the search for an augmentation policy finds what was planted, and how seldom it finds what is not there.

`python -m bench.search planted` draws signs whose held-out groups are turned by up to 25 degrees, darker and farther
away, and compares the default, the searched policy and one that knows the truth on groups that no search saw.
`python -m bench.search unshifted --photos 2 --steps 100 --trials 6` and `random` count how often the default stays over
ten seeds; `hard` has photos that are alike in all groups, but dark and small.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import torch

from planted.shifted import HARD, SHIFTED, SIDE_PX, UPRIGHT, PlantedSet, Shift, draw_groups, planted_classifier
from unseen.augment.pipeline import Augment
from unseen.augment.policy import SavedPolicy
from unseen.augment.transforms import AllowedTransforms
from unseen.features.extract import FeatureRunner, extract
from unseen.features.views import view_runner
from unseen.inputs.training_images import TrainingImages
from unseen.progress import Silent
from unseen.records import Part
from unseen.searching.confirm_policy import confirmed
from unseen.searching.judged_groups import Fold, JudgedGroups, judged_groups
from unseen.searching.policy_search import Kept, search_halves
from unseen.searching.policy_space import DEFAULT, USUAL, Kind, Strengths, policy_of, searchable
from unseen.searching.policy_trial import PolicyTrials, photos_for_views
from unseen.searching.searched_policy import Outcome, SearchedPolicy
from unseen.training.linear_probe import ProbeOptions

CPU = torch.device("cpu")
DRAWS = 5
# How training groups and how all others are.
CASES = {"planted": (UPRIGHT, SHIFTED), "unshifted": (UPRIGHT, UPRIGHT), "hard": (HARD, HARD), "random": (HARD, HARD)}
# What somebody would state who knows the shift.
TRUTH: Strengths = {
    **USUAL, Kind.ROTATION: 25 / 30, Kind.LIGHT: 2.5, Kind.DISTANCE: 1.8, Kind.POSITION: 0.2, Kind.SHAPE: 0.0
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planted:
    """A prepared set: what trials need, the groups that judge, and a fold of groups that no search sees."""

    trials: PolicyTrials
    judged: JudgedGroups
    unseen: Fold
    groups: tuple[str, ...]


def prepare(
    parts: Sequence[tuple[Part, PlantedSet]],
    runner: FeatureRunner,
    seed: int,
    *,
    shuffled: bool = False,
    steps: int = 300,
    most: int = 240,
) -> Planted:
    """Lay the parts of a set side by side and compute their features."""
    photos = [photo for _, one in parts for photo in one.photos]
    labels = np.concatenate([one.labels for _, one in parts])
    labels = np.random.default_rng(seed).permutation(labels) if shuffled else labels
    groups = tuple(name for _, one in parts for name in one.groups)
    names = [part for part, one in parts for _ in one.photos]
    judged = judged_groups(names, groups, labels, seed, stated=True)
    assert judged is not None
    part = np.array(names)
    model = planted_classifier()
    features = extract(model.preprocess, model.backbone, photos, np.arange(len(photos)), CPU, Silent())
    nothing = torch.zeros(int(labels.max()) + 1, dtype=torch.bool)  # a Z that is mirrored is no Z
    images = TrainingImages(photos, Augment(DEFAULT, SIDE_PX, "squash", None, AllowedTransforms(nothing, nothing)))
    some = photos_for_views(chain(*judged.halves), labels, seed, most)
    kept = [photos[i] for i in some.tolist()]
    trials = PolicyTrials(
        model.head, runner, images, (kept, kept), some, features, labels,
        ProbeOptions(seed, "none", 0.02, 0.05, steps=steps), lambda policy: policy, lambda own: own,
    )  # fmt: skip
    unseen = Fold(np.flatnonzero(part == "train"), np.flatnonzero(part == "test"))
    return Planted(trials, judged, unseen, groups)


def search(planted: Planted, trials: int, seed: int, path: Path) -> tuple[SearchedPolicy, Strengths]:
    """Search and confirm; return what was found, and the strengths of the best policy, whether it is used or not."""

    def measure(strengths: Strengths, views: str) -> list[tuple[float, float]]:
        return [half.means for half in planted.trials.judge(policy_of(strengths), planted.judged.halves, views)]

    kept = Kept(path, measure)
    if kept.planned is None:
        kept.plan(trials, trials)
    spans = searchable(turned=False, all_turned=False, flipped=False, backgrounds=False)
    found = search_halves(spans, kept, seed, Silent())
    record, _ = confirmed(found, planted.trials, planted.judged, planted.groups, kept)
    return record, {**USUAL, **{row.kind: row.strength for row in record.kinds}}


def draw(
    seed: int, learnt: Shift, shift: Shift, photos: int, groups: tuple[int, int, int] = (6, 8, 8)
) -> list[tuple[Part, PlantedSet]]:
    """Draw training groups of one kind, and others of another.

    photos: of each class in each group. groups: how many to train, to validate and to test.
    """
    kinds: tuple[tuple[Part, Shift, str], ...] = (
        ("train", learnt, "t"), ("validation", shift, "v"), ("test", shift, "s")
    )  # fmt: skip
    return [
        (part, draw_groups(seed, n, photos, kind, name)) for (part, kind, name), n in zip(kinds, groups, strict=True)
    ]


def held_out(planted: Planted, policy: SavedPolicy) -> float:
    """Return the accuracy on groups that no search saw, the mean over several draws of views."""
    draws = [planted.trials.judge(policy, ((planted.unseen,),), f"held out {n}")[0].means[1] for n in range(DRAWS)]
    return sum(draws) / DRAWS


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=tuple(CASES))
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--photos", type=int, default=4, help="of each class in each group")
    parser.add_argument("--steps", type=int, default=300, help="that a head is fitted for")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    given = parser.parse_args()
    stayed = 0
    with view_runner(planted_classifier(), CPU, 1) as runner, tempfile.TemporaryDirectory() as folder:
        for seed in range(given.first, given.first + given.seeds):
            started = time.perf_counter()
            learnt, shift = CASES[given.case]
            parts = draw(seed, learnt, shift, given.photos)
            planted = prepare(parts, runner, seed, shuffled=given.case == "random", steps=given.steps)
            found, best = search(planted, given.trials, seed, Path(folder) / f"{seed}.json")
            stayed += found.outcome is not Outcome.USED
            reached = [held_out(planted, policy_of(strengths)) for strengths in (USUAL, best, TRUTH)]
            closed = (reached[1] - reached[0]) / (reached[2] - reached[0]) if reached[2] > reached[0] else float("nan")
            named = ", ".join(found.mattered)
            print(
                f"seed {seed}: {found.outcome}, p {found.p_value}; default {reached[0]:.3f}, "
                f"searched {reached[1]:.3f}, truth {reached[2]:.3f}: {closed:.0%} of the gap; mattered: {named}; "
                f"{time.perf_counter() - started:.0f} s", flush=True,
            )  # fmt: skip
    print(f"the default stayed in {stayed} of {given.seeds}")


if __name__ == "__main__":
    main()
