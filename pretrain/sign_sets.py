"""Read the hands of labelled photos once, as they are and in augmented views, for `pretrain.signs`.

    python -m pretrain.sign_sets DATA OUT [--only NAME...] [--rendered FOLDER]

DATA: folder of the sets named in `SETS`, absent ones are left out. RENDERED: folder of what `unseen render --signs
SPACE` made, one folder a space. One file a set in OUT: what both frozen networks read (`Readings`) of each photo and of
`VIEWS` views of it, made as training makes them. A file that is there is kept.
"""

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from unseen.config import TrainConfig
from unseen.context import Clock, RunContext
from unseen.dataset.split_dataset import load_split_dataset
from unseen.features.extract import extract
from unseen.features.views import varied_features
from unseen.inputs.training_images import find_training_images
from unseen.locate.hand_pose import JOINTS, PALM
from unseen.locate.handnet import EMBEDDING
from unseen.locate.landmark_net import READINGS
from unseen.locate.landmark_pose import cut, upright
from unseen.locate.pose_conditioned import PoseConditioned
from unseen.locate.regions import find_regions
from unseen.models.backbone import Backbone
from unseen.per_class import PerClass
from unseen.photos.class_names import NUMBERS, in_figures
from unseen.pipelines.stages.run_record import write_config
from unseen.progress import PrintProgress, Progress
from unseen.recipe import build, resolve
from unseen.runs import RunFolder
from unseen.runtime import find_runtime

VIEWS = 3
# Of handnet the embedding, joints (21, 3) in the palm frame and the palm's axes; of the landmark network `READINGS`,
# and the square (2, 3) that it looked at.
WIDTHS = [EMBEDDING, JOINTS * 3, PALM, READINGS, 6]


@dataclass(frozen=True, slots=True)
class SignSet:
    """A labelled set below DATA: the space of its labels, and at most how many photos a class are read."""

    path: str
    space: str
    photos_a_class: int = 100
    classes: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """Name of its file."""
        return self.path.replace("/", "_")


LOOSE = tuple("ABEGHJMNRSTUWXZ")  # of asl_meyyappan: the classes with three photos or more
COUNTED = NUMBERS[1:6]  # fingers_subhi has figures
SETS = (
    SignSet("asl_kept/train", "letters", 60),
    SignSet("asl_kept/test", "letters"),
    SignSet("people/asl_t32rahman", "letters"),
    SignSet("people/asl_seeel", "letters"),
    SignSet("people/asl_hawk", "letters"),
    SignSet("people/asl_derick", "letters"),
    SignSet("people/vowels_abimael", "letters"),
    SignSet("people/asl_meyyappan", "letters", classes=LOOSE),
    SignSet("sign_digits", "digits", 130),
    SignSet("rps_subhi", "rps", 250),
    SignSet("rps_freeman", "rps", 250),
    SignSet("fingers_subhi/train", "counting", 170),
    SignSet("people/fingers_lebanese", "counting", 200, COUNTED),
    SignSet("people/count_lionel", "counting", classes=COUNTED),
    SignSet("people/gestures_anupam", "gestures"),
    SignSet("people/drone_emrecandir", "drone", 60),
    SignSet("people/words_shikha", "words"),
)


class Readings(Backbone):
    """What both frozen networks read of a crop, (N, sum of `WIDTHS`)."""

    def __init__(self, reader: PoseConditioned) -> None:
        super().__init__()
        self.reader = reader
        self.features = sum(WIDTHS)

    def stages(self) -> list[tuple[str, list[torch.nn.Module]]]:
        """Return none: nothing is trained."""
        return []

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) float32, normalised."""
        crops, read = self.reader.look(x)
        turned = upright(read.places)
        landmarks = self.reader.landmarks.read(cut(crops, turned) / 255)
        pose = [read.joints.flatten(1), read.palm]
        return torch.cat([read.embedding, *pose, landmarks, turned.flatten(1)], dim=1)


def read_set(photos: Path, chosen: SignSet, out: Path, progress: Progress) -> None:
    """Read one set into `out`: `photos` (N, R), `views` (V, N, R), `scores` (N,) float32, `labels` (N,), `space`."""
    with tempfile.TemporaryDirectory() as folder:
        config = TrainConfig(
            photos=str(photos), out=folder, audit=False, model="handnet", flip=PerClass(False),
            classes=chosen.classes,
        )  # fmt: skip
        recipe, run = resolve(config), RunFolder(Path(folder) / "run")
        run.make()
        context = RunContext(run, recipe, find_runtime("cpu", "float32"), Clock(60), progress)
        data = load_split_dataset(config, recipe.read_px, run.split, progress, None)
        write_config(context, context.config, data)
        assert recipe.locator is not None
        regions = find_regions(recipe.locator, data.images, progress, digests=data.digests)
        data = replace(data, regions=regions)
        model = build(recipe, len(data.classes), data.images, data.split.positions("train"))
        images = find_training_images(context, data, model, None)
        assert isinstance(model.backbone, PoseConditioned)
        model.backbone = Readings(model.backbone)
        rng, labels, device = np.random.default_rng(0), data.labels, torch.device("cpu")
        some = [rng.permutation(np.flatnonzero(labels == c))[: chosen.photos_a_class] for c in range(len(data.classes))]
        which = np.sort(np.concatenate(some))
        plain = extract(model.preprocess, model.backbone, data.images, which, device, progress, data.boxes)
        views = varied_features(
            model, images.augment, images.for_views, labels, which, VIEWS, 0, device, progress
        ).features
        names = [data.classes[label] for label in labels[which]]
        np.savez(
            out,
            photos=plain,
            views=views.reshape(VIEWS, len(which), -1),
            scores=regions.scores[which],
            labels=np.array([in_figures(n) for n in names]),
            space=chosen.space,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--rendered", type=Path)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    sets = [(given.data / one.path, one) for one in SETS]
    if given.rendered:
        spaces = sorted(path.name for path in given.rendered.iterdir())
        sets += [(given.rendered / space, SignSet(f"rendered/{space}", space)) for space in spaces]
    for photos, chosen in sets:
        target = given.out / f"{chosen.name}.npz"
        if photos.is_dir() and not target.exists() and (not given.only or chosen.name in given.only):
            read_set(photos, chosen, target, PrintProgress())
