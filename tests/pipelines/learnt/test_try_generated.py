"""Generated photos join where they help, are fitted on alone, and never where the split holds out what they are of."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import TinyRun
from tests.planted_photos import CHANNELS, CLASSES, drawn, write_photos
from unseen.api import train
from unseen.config import TrainConfig
from unseen.context import Clock
from unseen.errors import UnseenError
from unseen.evaluation.tried_ways import Outcome, Way
from unseen.generating.generate_config import GenerateConfig
from unseen.generating.generated_folder import GeneratedFolder
from unseen.inputs.joining import join
from unseen.pipelines.learnt.try_generated import try_generated
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.pipelines.train import set_up
from unseen.progress import Silent
from unseen.records import Uint8Array
from unseen.runs import RunFolder, read_rows, write_rows
from unseen.training import linear_probe

MADE = 40


def settings(tiny_run: TinyRun, photos: Path, out: Path) -> dict[str, Any]:
    weights = str(tiny_run.root / "model" / "weights.safetensors")
    more: dict[str, Any] = {"augment": "none", "audit": False, "epochs": 1, "time_limit": 1000.0}
    return {
        "photos": str(photos),
        "out": str(out),
        "model": "cnn-fingers",
        "weights": weights,
        "image_size": 48,
        **more,
    }


@pytest.fixture(scope="module")
def setup(tiny_run: TinyRun, tmp_path_factory: pytest.TempPathFactory) -> TrainingSetup:
    """A run before anything is fitted, on 24 photos of two classes and of red one a session."""
    root = write_photos(tmp_path_factory.mktemp("scarce") / "shapes", sessions=12)
    for i in range(12, 24):
        (root / "red" / f"s{i % 12}_{i:03d}.png").unlink()
    config = TrainConfig(**settings(tiny_run, root, tmp_path_factory.mktemp("scarce") / "run"))
    return set_up(config, RunFolder(Path(config.out)), Silent(), Clock(config.time_limit))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_probe, "EPOCHS", 2)
    monkeypatch.setattr(linear_probe, "MIN_STEPS", 2)


def write_generated(out: Path, setup: TrainingSetup, channel: int, parts: tuple[str, ...] = ("train",)) -> Path:
    """Photos of discs of one colour, all called red; made, so they say, from these parts of the run's photos."""
    folder = GeneratedFolder(out)
    folder.claim(GenerateConfig(setup.config.photos, str(out)))
    rng = np.random.default_rng(7)
    pixels: Uint8Array = np.stack([drawn(rng, channel, 64, 64) for _ in range(MADE)])
    folder.write_table(folder.write_class(CLASSES, CLASSES.index("red"), pixels))
    data = setup.data
    seen = [i for i, part in enumerate(data.split.parts) if part in parts]
    rows = [(data.photos[i].path, data.photos[i].label, data.split.groups[i], data.digests[i]) for i in seen]
    write_rows(folder.trained_on, ("path", "label", "group", "digest"), rows)
    folder.write_record({"finished": True})
    return out


def naming(setup: TrainingSetup, folder: Path) -> TrainingSetup:
    config = replace(setup.config, generated=str(folder))
    return replace(setup, context=replace(setup.context, recipe=replace(setup.context.recipe, config=config)))


def test_photos_of_the_wrong_class_are_left_out(setup: TrainingSetup, tmp_path: Path) -> None:
    wrong = write_generated(tmp_path / "wrong", setup, CHANNELS["green"])
    tried, joining = try_generated(naming(setup, wrong), None)
    assert tried is not None
    assert joining is None
    assert (tried.outcome, tried.scarce) == (Outcome.NO_BETTER, ("red",))
    assert tried.generated is not None
    assert tried.generated.joined == MADE
    assert {way.way for way in tried.ways} == {Way.PLAIN, Way.NOTHING, Way.WEIGHTS, Way.SAMPLING, Way.GENERATED}
    assert [way.way for way in tried.ways if way.gain is None] == [Way.WEIGHTS]  # as this run would be trained


def test_photos_that_pass_join_training_and_no_other_part(
    setup: TrainingSetup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = write_generated(tmp_path / "good", setup, CHANNELS["red"])
    monkeypatch.setattr("unseen.evaluation.tried_ways.TriedGenerated.passed", True)
    tried, joining = try_generated(naming(setup, good), None)
    assert tried is not None
    assert joining is not None
    assert tried.outcome is Outcome.USED
    images, labels, train = join(setup.images, setup.data.labels, setup.train, [joining])
    photos = len(setup.data.labels)
    assert train.tolist() == [*setup.train.tolist(), *range(photos, photos + MADE)]
    assert (labels[photos:] == CLASSES.index("red")).all()
    assert np.array_equal(images.images[photos], joining.images[0])
    assert len(setup.data.photos) == photos  # what is validated, tested and reported is as it was


def test_nothing_joins_classes_with_enough_photos(setup: TrainingSetup, tmp_path: Path) -> None:
    made = write_generated(tmp_path / "made", setup, CHANNELS["red"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("unseen.training.imbalance.ENOUGH_PHOTOS", 1)
        patch.setattr("unseen.training.imbalance.UNEVEN_FROM", 10)
        tried, joining = try_generated(naming(setup, made), None)
    assert tried is not None
    assert tried.outcome is Outcome.NONE_SCARCE
    assert joining is None


def test_photos_of_what_the_split_holds_out_are_refused(setup: TrainingSetup, tmp_path: Path) -> None:
    leaking = write_generated(tmp_path / "leaking", setup, CHANNELS["red"], ("train", "test"))
    with pytest.raises(UnseenError, match="holds out") as refused:
        try_generated(naming(setup, leaking), None)
    assert refused.value.flagged.endswith(f"use --split {leaking / 'split.csv'}")
    others = write_generated(tmp_path / "others", setup, CHANNELS["red"], ())
    with pytest.raises(UnseenError, match="other photos"):
        try_generated(naming(setup, others), None)


def test_a_folder_that_is_none_of_generated_photos_is_refused_before_anything_is_read(
    setup: TrainingSetup, tmp_path: Path
) -> None:
    with pytest.raises(UnseenError, match="no generated photos"):
        train(setup.config.photos, tmp_path / "run", generated=setup.config.photos)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_whole_run_says_that_they_are_left_out_and_is_as_without_them(
    setup: TrainingSetup, tiny_run: TinyRun, tmp_path: Path
) -> None:
    wrong = write_generated(tmp_path / "wrong", setup, CHANNELS["green"])
    given = settings(tiny_run, Path(setup.config.photos), tmp_path / "usual")
    usual = train(**given)
    tried = train(**{**given, "out": str(tmp_path / "tried"), "generated": str(wrong)})
    assert tried.metrics["generated"]["outcome"] == "no-better"
    assert tried.metrics["test"]["accuracy"] == usual.metrics["test"]["accuracy"]
    assert "Generated photos: left out" in tried.run.report.read_text()
    assert read_rows(tried.run.split) == read_rows(usual.run.split)
