"""Show a run's own signs by other people: copy the poses in its photos and render them.

Signs that nobody else has shown yet are known from one person's photos only. Joint angles say what the sign is, and
other people's bones, skin, rooms and cameras can be drawn around them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from unseen.features.feature_set import FeatureSet, subset
from unseen.inputs.joining import Joining
from unseen.locate.box_crop import crop
from unseen.locate.pose_conditioned import PoseConditioned
from unseen.locate.regions import find_regions
from unseen.locate.sign_net import SIGN
from unseen.pipelines.rendered.copied_poses import copy_signs
from unseen.pipelines.rendered.rendered_photos import rendered_photos
from unseen.pipelines.stages.fit_head import joined_features
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.probes.discriminant import discriminant_logits
from unseen.records import Uint8Array
from unseen.report.pictures import contact_sheet
from unseen.runs import atomic_path
from unseen.synth.poses import Signs
from unseen.synth.shots import RenderConfig, plan_shots
from unseen.text import count
from unseen.training.known_signs import KnownSigns

# A rendered photo and its features take about so long; and the share of the time left that they may take.
SECONDS, TIME_SHARE = 0.1, 0.15
MOST_COLUMNS, ROWS, CELL_PX = 12, 6, 96  # of the contact sheet


@dataclass(frozen=True, slots=True)
class CopiedSigns:
    """Rendered photos that join the training part. classes: what they show. people: how many show each."""

    joining: Joining
    classes: tuple[str, ...]
    people: int

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-ready copy, without the photos."""
        return {"classes": list(self.classes), "people": self.people}


def copied_hands(setup: TrainingSetup, known: KnownSigns | None) -> CopiedSigns | None:
    """Render the classes that nobody else is known to have shown; `None` where there are none, or no time, or no hands.

    A contact sheet of them is left in the run folder.
    """
    recipe, data, seed, clock = setup.context.recipe, setup.data, setup.config.seed, setup.context.clock
    reads_hands = isinstance(setup.model.backbone, PoseConditioned)
    if not setup.config.copies or setup.features is None or not reads_hands or recipe.locator is None:
        return None
    train = subset(setup.features, data.labels, setup.train)
    own = ~np.isin(train.labels, known.classes if known else ())
    signs = copy_signs(train.features[own], train.labels[own], data.classes, seed)
    people = min(setup.config.copies, int(clock.left * TIME_SHARE / (SECONDS * max(1, len(signs)))))
    if not signs or not people:
        return None
    with clock.stage("copy signs"):
        config = RenderConfig(people=people, rooms=people, photos=people * len(signs), seed=seed)
        made = rendered_photos(setup, plan_shots(config, signs), signs, config)  # person by person, every sign
        names = [name for _ in range(people) for name in signs]
        labels = np.array([data.classes.index(name) for name in names], np.int64)
        boxes = find_regions(recipe.locator, made, setup.progress).boxes
        features = joined_features(setup, made, labels, boxes, None)
    if not shows_the_signs(train, features, len(data.classes)):
        setup.progress.say("signs are not copied from these photos: rendered, they are read as other classes")
        return None
    write_sheet(setup.context.run.copied, _own_photos(setup, signs), made, len(signs))
    setup.progress.say(
        f"{count(len(signs), 'sign')} copied from your photos and rendered by {count(people, 'other person', 'people')}"
        f" (see {setup.context.run.copied}): the run learns from them, too (not with --copies 0)"
    )
    return CopiedSigns(Joining(crop(made, boxes), labels, features), tuple(signs), people)


def shows_the_signs(train: FeatureSet, made: FeatureSet, classes: int) -> bool:
    """Say whether the run's own photos read the rendered ones as what they were copied from, half way from chance on.

    It does not where a class is told by something else than the hand's pose. All copies join or none: where those of
    single classes were left out, by the same rule, the others drew photos to them, and the gain was lost (docs/log.md).
    """
    own, rendered = (one.features[:, -SIGN:] for one in (train, made))
    right = discriminant_logits(own, train.labels, rendered, classes).argmax(axis=1) == made.labels
    return float(right.mean()) >= (1 + 1 / classes) / 2


def _own_photos(setup: TrainingSetup, signs: Signs) -> list[Uint8Array]:
    """Return one training photo of each sign, cut to the hand."""
    data = setup.data
    assert data.boxes is not None
    labels = [data.classes.index(name) for name in signs]
    first = [setup.train[data.labels[setup.train] == label][0] for label in labels]
    cut = crop(data.images, data.boxes)
    return [cut[int(i)] for i in first]


def write_sheet(path: Path, own: Sequence[Uint8Array], made: Sequence[Uint8Array], signs: int) -> None:
    """Write a PNG with a column a sign: a photo of the user's first, then those of some other people."""
    columns = min(signs, MOST_COLUMNS)
    rows = [list(own), *(made[start : start + signs] for start in range(0, len(made), signs))][:ROWS]
    pictures = [
        np.asarray(Image.fromarray(photo[..., :3]).resize((CELL_PX, CELL_PX)), np.uint8)
        for row in rows
        for photo in row[:columns]
    ]
    with atomic_path(path) as temporary:
        Image.fromarray(contact_sheet(pictures, columns)).save(temporary, "PNG", compress_level=1)
