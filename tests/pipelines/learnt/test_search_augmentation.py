"""A run that searches for an augmentation records what it found, and goes on where it was stopped."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from unseen.api import resume, train
from unseen.augment.policy import POLICIES, Policy, SavedPolicy, read_policy, write_policy
from unseen.config import TrainConfig
from unseen.context import Clock
from unseen.errors import UnseenError
from unseen.models.spec import BackboneOptions
from unseen.pipelines.learnt import search_augmentation, short_tuning
from unseen.pipelines.learnt.search_augmentation import settle_augmentation
from unseen.pipelines.stages.loaded_run import load_run
from unseen.pipelines.train import set_up
from unseen.progress import Silent
from unseen.registry import build_backbone, find_spec
from unseen.runs import RunFolder, read_json
from unseen.searching import policy_search
from unseen.searching.policy_search import Kept


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of a short run from a seeded network."""
    torch.manual_seed(7)
    backbone = build_backbone(find_spec("cnn-fingers"), BackboneOptions(48, norm="none"))
    path = tmp_path_factory.mktemp("weights") / "seeded.safetensors"
    save_file(backbone.state_dict(), path, metadata={"input": "RGB, 48x48, (x-128)/128"})
    return {
        "model": "cnn-fingers", "weights": str(path), "image_size": 48, "focus": "whole", "epochs": 0, "audit": False,
        "hidden_layers": (), "time_limit": 1000.0, "augment": "search",
    }  # fmt: skip


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search of few trials."""
    for name, value in {"TRIALS": 3, "LEAST_TRIALS": 2, "AT_RANDOM": 2, "FINALISTS": 1}.items():
        monkeypatch.setattr(policy_search, name, value)
    monkeypatch.setattr(search_augmentation, "STEPS", 20)
    for name, value in {"STEPS": 3, "LEAST_STEPS": 1}.items():
        monkeypatch.setattr(short_tuning, name, value)


class Killed(Exception):
    pass


@pytest.mark.slow
@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("epochs", [0, 1])
def test_a_run_that_is_killed_while_it_searches_ends_as_an_undisturbed_one(
    planted: Path, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epochs: int
) -> None:
    settings = {**settings, "epochs": epochs}
    whole = train(planted, tmp_path / "whole", **settings)
    measured = Kept.__call__

    def until_killed(kept: Kept, *given: Any) -> Any:
        if len(kept._found) == 9:
            raise Killed
        return measured(kept, *given)

    monkeypatch.setattr(Kept, "__call__", until_killed)
    with pytest.raises(Killed):
        train(planted, tmp_path / "killed", **settings)
    monkeypatch.setattr(Kept, "__call__", measured)
    gone_on = resume(tmp_path / "killed")
    assert gone_on.metrics["search"] == whole.metrics["search"]
    assert len(whole.metrics["search"]["trials"]) == 8
    for name in ("policy.json", "model/weights.safetensors"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    used = whole.metrics["search"]["outcome"] == "used"
    confirmed = whole.metrics["search"]["outcome"] != "default-best"
    assert whole.metrics["search"]["tuned_steps"] == (3 if epochs and confirmed else None)
    assert (read_policy(whole.run.policy) == SavedPolicy(POLICIES["unseen"])) != used
    assert "Which augmentation helps" in whole.run.report.read_text(encoding="utf-8")
    assert load_run(whole.run.root).recipe.config.augment == str(whole.run.policy)


def test_a_run_by_a_policy_file_keeps_it_and_its_mixup(planted: Path, settings: dict[str, Any], tmp_path: Path) -> None:
    saved = SavedPolicy(Policy(rotation_degrees=10, flip=0.5), 0.1)
    write_policy(tmp_path / "mine.json", saved)
    run, augment = RunFolder(tmp_path / "run"), str(tmp_path / "mine.json")
    config = TrainConfig(**{**settings, "photos": str(planted), "out": str(run.root), "augment": augment})
    setup, searched = settle_augmentation(set_up(config, run, Silent(), Clock(config.time_limit)), None)
    assert searched is None
    assert read_policy(run.policy) == saved
    assert setup.images.augment.policy.rotation_degrees == 10
    assert read_json(run.config)["resolved"]["mixup"] == 0.1


def test_a_search_without_a_pre_trained_network_is_refused(planted: Path, tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match="needs a pre-trained network: use basic, or name weights"):
        train(planted, tmp_path / "run", model="cnn-fingers", weights="none", augment="search")
