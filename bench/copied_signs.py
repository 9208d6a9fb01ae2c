"""Measure what rendering a person's own signs by other people is worth, for signs that nobody else is known to show.

    python -m pretrain.sign_sets ../data READINGS
    python -m bench.copied_signs READINGS OUT --source people_asl_t32rahman [--space letters] [--people 12] [--seeds 3]

`SignNet` is taught without the space: its labels are signs of one's own. Their poses are copied from the source's
photos and rendered as `unseen train` does (OUT keeps them, and what is read of them); heads with and without them are
tested on each other set of the space.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from bench.crowd import Table, between, features, people_of
from pretrain.sign_sets import SignSet, read_set
from pretrain.signs import LabelledReadings, Teacher, read_sets, teach
from unseen.pipelines.render import write_shots
from unseen.pipelines.rendered.copied_poses import copy_signs
from unseen.progress import PrintProgress
from unseen.synth.shots import RenderConfig, plan_shots

NO_SIGNS = ("nothing", "space", "del")  # of asl_kept: no hand, or a way to move it


def signs_of(source: LabelledReadings) -> LabelledReadings:
    """Return the photos that show a sign."""
    kept = [i for i, name in enumerate(source.labels) if name.lower() not in NO_SIGNS]
    names = [source.labels[i] for i in kept]
    return LabelledReadings(source.name, source.space, source.photos[kept], source.views[:, kept], names, None)


def render_copies(teacher: Teacher, source: LabelledReadings, people: int, out: Path) -> LabelledReadings:
    """Return what is read of rendered photos of the signs of `source`, by so many people."""
    classes = sorted(set(source.labels))
    labels = np.array([classes.index(name) for name in source.labels])
    signs = copy_signs(features(teacher, source.photos), labels, classes, seed=0)
    config = RenderConfig(people=people, rooms=people, photos=people * len(signs))
    folder = out / source.name / "copied"
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_shots(plan_shots(config, signs), config, folder, PrintProgress(), signs=signs)
    found = out / "readings" / f"{source.name}.npz"
    found.parent.mkdir(exist_ok=True)
    if not found.exists():
        read_set(folder, SignSet("copied", "copied", people), found, PrintProgress())
    return next(one for one in read_sets(found.parent) if one.name == source.name)


def main() -> None:
    """Print a line a pair and way, and the mean and the worst of each way."""
    parser = argparse.ArgumentParser()
    parser.add_argument("readings", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--source", required=True)
    parser.add_argument("--space", default="letters")
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    sets = read_sets(given.readings)
    others = [one for one in sets if one.space != given.space and one.name != f"rendered_{given.space}"]
    teachers = [teach(others, seed) for seed in range(given.seeds)]
    people = people_of(sets, given.space)
    source = signs_of(next(one for one in people if one.name == given.source))
    copied = render_copies(teachers[0], source, given.people, given.out)
    table = Table()
    for target in people:
        if target.name != source.name:
            for way, more in (("own", None), ("with copies", copied)):
                right = [between(one, source, target, seed, copied=more) for seed, one in enumerate(teachers)]
                table.add(way, target.name, right)
    table.close()


if __name__ == "__main__":
    main()
