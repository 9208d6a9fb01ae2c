"""Render hands for scarce classes that are known signs, so that generated photos can be compared with them."""

from collections import Counter
from dataclasses import replace

import numpy as np

from unseen.features.feature_set import FeatureSet
from unseen.locate.box_crop import crop
from unseen.locate.regions import find_regions
from unseen.photos.class_names import place_of_class
from unseen.pipelines.rendered.rendered_photos import rendered_photos
from unseen.pipelines.stages.fit_head import joined_features
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.records import Int64Array
from unseen.synth.poses import SIGNS
from unseen.synth.shots import RenderConfig, Shot, plan_shots

# Photos of a class and in all, at 65 ms each; and the share of the time limit that must be left for them.
MOST_OF_A_CLASS, MOST, LEAST_LEFT = 40, 240, 0.5
PEOPLE = 12


def rendered_rival(setup: TrainingSetup, missing: Int64Array) -> FeatureSet | None:
    """Return features of as many rendered hands as each class lacks, (C,), as far as is affordable, and of views.

    `None` where the photos show no hands, a scarce class is no sign that can be rendered, or time is short.
    """
    recipe, seed = setup.context.recipe, setup.config.seed
    named = {setup.data.classes[label]: label for label in np.flatnonzero(missing).tolist()}
    signs = _signs(list(named))
    if recipe.locator is None or signs is None or setup.context.clock.share_left < LEAST_LEFT:
        return None
    wanted = {
        sign: min(int(missing[named[name]]), MOST_OF_A_CLASS, MOST // len(named)) for name, sign in signs[1].items()
    }
    config = RenderConfig(signs[0], PEOPLE, PEOPLE, len(SIGNS[signs[0]]) * MOST_OF_A_CLASS, seed=seed)
    shots = _first_of_each(plan_shots(config), wanted)
    label_of = {sign: named[name] for name, sign in signs[1].items()}
    labels = np.array([label_of[shot.label] for shot in shots], np.int64)
    photos = rendered_photos(setup, shots, SIGNS[signs[0]], config)
    boxes = find_regions(recipe.locator, photos, setup.progress).boxes
    return joined_features(setup, photos, labels, boxes, crop(photos, boxes) if setup.images.augmented else None)


def _signs(names: list[str]) -> tuple[str, dict[str, str]] | None:
    """Return the set of signs that has all classes of these names, and the sign that each is."""
    for space, signs in SIGNS.items():
        labels = list(signs)
        found = {name: labels[place] for name in names if (place := place_of_class(name, labels)) is not None}
        if names and len(found) == len(names):
            return space, found
    return None


def _first_of_each(shots: tuple[Shot, ...], wanted: dict[str, int]) -> list[Shot]:
    taken: Counter[str] = Counter()
    chosen: list[Shot] = []
    for shot in shots:
        if taken[shot.label] < wanted.get(shot.label, 0):
            taken[shot.label] += 1
            chosen.append(replace(shot, number=len(chosen)))
    return chosen
