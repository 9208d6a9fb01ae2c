"""Short fine-tunings judge groups that they were not tuned on, the same way each time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import TinyRun
from unseen.augment.policy import POLICIES, SavedPolicy
from unseen.config import TrainConfig
from unseen.context import Clock
from unseen.pipelines.learnt import short_tuning
from unseen.pipelines.learnt.short_tuning import ShortTuning, affordable_steps, fine_tunes
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.pipelines.train import set_up
from unseen.progress import Silent
from unseen.runs import RunFolder
from unseen.searching.judged_groups import JudgedGroups, judged_groups
from unseen.training import linear_probe
from unseen.training.finetune import FineTuner

BASIC = SavedPolicy(POLICIES["basic"])


@pytest.fixture(scope="module")
def setup(tiny_run: TinyRun, tmp_path_factory: pytest.TempPathFactory) -> TrainingSetup:
    weights = str(tiny_run.root / "model" / "weights.safetensors")
    config = TrainConfig(
        str(tiny_run.photos), str(tmp_path_factory.mktemp("tuned") / "run"), model="cnn-fingers", weights=weights,
        image_size=48, augment="none", audit=False, epochs=1, time_limit=1000.0,
    )  # fmt: skip
    return set_up(config, RunFolder(Path(config.out)), Silent(), Clock(config.time_limit))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_probe, "EPOCHS", 10)
    monkeypatch.setattr(linear_probe, "MIN_STEPS", 40)


def halves(setup: TrainingSetup) -> JudgedGroups:
    data = setup.data
    found = judged_groups(data.split.parts, data.grouping.groups, data.labels, 0, stated=False)
    assert found is not None
    return found


def test_each_half_is_judged_by_a_network_tuned_on_the_others_and_the_same_way_again(
    setup: TrainingSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, tuned = short_tuning.take_steps, list[set[int]]()

    def noted(tuner: FineTuner, steps: int, planned: int) -> None:
        tuned.append(set(tuner.data.train.tolist()))
        taken(tuner, steps, planned)

    monkeypatch.setattr(short_tuning, "take_steps", noted)
    judged = halves(setup)
    tuning = ShortTuning(setup, judged, steps=2)
    for half in (0, 1):
        right = tuning.right(BASIC, half)
        asked = np.concatenate([fold.judged for fold in judged.halves[half]])
        groups = {setup.data.grouping.groups[i] for i in asked.tolist()}
        assert tuned[-1]
        assert not groups & {setup.data.grouping.groups[i] for i in tuned[-1]}
        assert len(right) == len(asked)
        assert right.mean() > 0.9  # red, green and blue discs, by a network that was trained on them
        assert np.array_equal(right, tuning.right(BASIC, half))


def test_labels_that_say_nothing_are_not_told(setup: TrainingSetup) -> None:
    shuffled = np.random.default_rng(0).permutation(len(setup.data.photos)).tolist()
    named = [setup.data.photos[i].label for i in shuffled]
    photos = tuple(replace(photo, label=name) for photo, name in zip(setup.data.photos, named, strict=True))
    random = replace(setup, data=replace(setup.data, photos=photos))
    assert ShortTuning(random, halves(setup), steps=2).right(BASIC, 0).mean() < 0.7


def test_time_bounds_the_steps_and_too_few_are_none(setup: TrainingSetup) -> None:
    assert affordable_steps(setup, BASIC) == short_tuning.STEPS
    no_time = replace(setup, context=replace(setup.context, clock=Clock(1.0, spent=59.0)))
    assert affordable_steps(no_time, BASIC) == 0


def test_only_a_run_that_will_fine_tune_confirms_by_it(setup: TrainingSetup) -> None:
    assert fine_tunes(setup)
    assert not fine_tunes(replace(setup, trainable=[]))
    assert fine_tunes(replace(setup, epochs_stated=False))  # a network that is given whole photos
    config = replace(setup.config, epochs=0)
    recipe = replace(setup.context.recipe, config=config)
    assert not fine_tunes(replace(setup, context=replace(setup.context, recipe=recipe)))
