"""A run on a few photos of hands, before anything is fitted; made once for this folder."""

import pytest

from unseen.config import TrainConfig
from unseen.context import Clock
from unseen.pipelines.render import write_shots
from unseen.pipelines.rendered.rendered_rival import _first_of_each
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.pipelines.train import set_up
from unseen.progress import Silent
from unseen.runs import RunFolder, write_rows
from unseen.synth.shots import RenderConfig, plan_shots

EACH = 6


@pytest.fixture(scope="package")
def hands(tmp_path_factory: pytest.TempPathFactory) -> TrainingSetup:
    """A run before anything is fitted, on a few photos of two signs; the rendered rival draws other people."""
    root = tmp_path_factory.mktemp("hands")
    config = RenderConfig("digits", EACH, EACH, 40 * EACH, seed=5)
    shots = _first_of_each(plan_shots(config), {"1": EACH, "5": EACH})
    write_shots(shots, config, root / "photos", Silent())
    rows = [(str(root / "photos" / shot.path), shot.label, str(i), "train") for i, shot in enumerate(shots)]
    write_rows(root / "photos.csv", ("path", "label", "group", "part"), rows)
    train = TrainConfig(
        str(root / "photos.csv"), str(root / "run"), model="handnet", known_signs="none", audit=False, augment="none",
        epochs=0, time_limit=1000.0,
    )  # fmt: skip
    return set_up(train, RunFolder(root / "run"), Silent(), Clock(train.time_limit))
