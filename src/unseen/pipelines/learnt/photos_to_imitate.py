"""Prepare the photos that a GAN is to imitate: of a finished run as it split them, or any photos as a run would."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from unseen.context import Clock
from unseen.dataset.dataset import SplitDataset
from unseen.dataset.load import decode_side_px, read_photos
from unseen.dataset.reload import reload_photos
from unseen.dataset.split_dataset import load_split_dataset
from unseen.errors import SettingError, UnseenError
from unseen.generating.generate_config import GenerateConfig
from unseen.generating.generated_folder import GeneratedFolder
from unseen.locate.locator import Locator
from unseen.locate.regions import find_regions
from unseen.models.classifier import Classifier
from unseen.pipelines.stages.choose_model import choose_model
from unseen.pipelines.stages.loaded_run import load_run
from unseen.progress import Progress
from unseen.recipe import build, resolve
from unseen.records import BoolArray, Split
from unseen.runs import RunFolder
from unseen.split.split_table import read_table


@dataclass(frozen=True, slots=True)
class Imitated:
    """data: split and located. model: whose features describe photos. network: what it is called in messages.

    flips: (C,) bool, the classes that a run found may be flipped; none where there is no run.
    """

    data: SplitDataset
    model: Classifier
    network: str
    flips: BoolArray


def imitated(config: GenerateConfig, folder: GeneratedFolder, clock: Clock, progress: Progress) -> Imitated:
    """Read, split and locate what `config.photos` names; raise `UnseenError` where nothing is left to train on."""
    with clock.stage("read photos and split"):
        is_run = RunFolder(Path(config.photos)).config.exists()
        found = _of_run(config, progress) if is_run else _of_photos(config, folder, progress)
    if not len(found.data.split.positions("train")):
        raise UnseenError(f"{config.photos} has no training photos: use another --split")
    return found


def _of_run(config: GenerateConfig, progress: Progress) -> Imitated:
    for name, usual in (("groups", None), ("split", "auto"), ("classes", None), ("labels_from", None)):
        if getattr(config, name) != usual:
            raise SettingError(
                name, f"is {getattr(config, name)}, and {config.photos} is a run with its own: leave it out"
            )
    trained = load_run(Path(config.photos))
    recipe, rows = trained.recipe, read_table(trained.run.split, ["path", "label", "group", "part"])
    shown = {row["label"] for row in rows}  # not those that `--also` added: there are no photos to imitate
    classes = tuple(name for name in trained.facts.classes if name in shown)
    past = reload_photos(trained.sources, rows, classes)
    data = read_photos(past, decode_side_px(recipe.read_px), progress)
    parts = tuple(photo.part or "train" for photo in data.photos)
    split = Split(parts, tuple(photo.group or photo.path for photo in data.photos))
    located = _located(data.with_split(split, (), data.notes), recipe.locator, progress)
    may = trained.saved.get("allowed_transforms", {}).get("flip", {})
    flips = np.array([bool(may.get(name)) for name in classes], np.bool_)
    return Imitated(located, trained.model, f"the features of {config.photos}", flips)


def _of_photos(config: GenerateConfig, folder: GeneratedFolder, progress: Progress) -> Imitated:
    recipe = resolve(choose_model(config.reading, progress))
    data = load_split_dataset(recipe.config, recipe.read_px, folder.split, progress)
    data = _located(data, recipe.locator, progress)
    model = build(recipe, len(data.classes), data.images, data.split.positions("train")).eval()
    source = recipe.weights.source if recipe.weights else "no"
    network = f"the features of {recipe.config.model} with {source} weights"
    return Imitated(data, model, network, np.zeros(len(data.classes), np.bool_))


def _located(data: SplitDataset, locator: Locator | None, progress: Progress) -> SplitDataset:
    if locator is None:
        return data
    return replace(data, regions=find_regions(locator, data.images, progress, digests=data.digests))
