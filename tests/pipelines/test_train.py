"""From class folders to a whole run folder: every file there, every number consistent with the split."""

import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from tests.conftest import TINY, TinyRun
from tests.planted_photos import CLASSES, write_photos
from unseen.api import resume, train
from unseen.config import TrainConfig
from unseen.context import Clock, RunContext
from unseen.errors import UnseenError
from unseen.evaluation.results import METRICS_SCHEMA, FeatureKind
from unseen.export.bundle import read_facts
from unseen.inference.predictor import Predictor
from unseen.locate.box_crop import View
from unseen.locate.pose_conditioned import TOLD
from unseen.models.spec import BackboneOptions
from unseen.pipelines.stages.loaded_run import load_run
from unseen.pipelines.train import head_suffices
from unseen.progress import Silent
from unseen.recipe import resolve
from unseen.registry import build_backbone, find_spec
from unseen.runs import RunFolder, read_json, read_rows, sha256
from unseen.runtime import find_runtime
from unseen.training.history import EpochRow


class Listening(Silent):
    """Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


PARTS = ("train", "validation", "test")


def numbers(content: Any) -> list[float]:
    """Every number below `content`."""
    if isinstance(content, dict):
        return [n for value in content.values() for n in numbers(value)]
    if isinstance(content, list):
        return [n for value in content for n in numbers(value)]
    return [float(content)] if isinstance(content, int | float) else []


def test_the_run_folder_is_complete_and_its_hashes_hold(tiny_run: TinyRun) -> None:
    run = RunFolder(tiny_run.root)
    files = {
        "answer.md", "audit.html", "audit.json", "history.csv", "metrics.json", "report.html", "run.json", "split.csv",
        "varied.png", "model/README.md", "model/bundle.json", "model/index.safetensors", "model/model.onnx",
        "model/weights.safetensors",
    }  # fmt: skip
    hashes = read_json(run.manifest)["files"]
    assert set(hashes) == files
    assert {name: sha256(run.root / name) for name in files} == hashes
    assert {p.relative_to(run.root).as_posix() for p in run.root.rglob("*") if p.is_file()} == {*files, "manifest.json"}
    assert max(files, key=lambda name: (run.root / name).stat().st_mtime_ns) != "manifest.json"
    assert run.manifest.stat().st_mtime_ns >= max((run.root / name).stat().st_mtime_ns for name in files)


def test_metrics_have_the_keys_that_others_read(tiny_run: TinyRun) -> None:
    metrics = read_json(tiny_run.root / "metrics.json", METRICS_SCHEMA)
    parts = {"test", "validation", "train"}
    assert set(metrics) == {
        *parts,
        "random_split",
        "strangers",
        "chosen",
        "not_measured",
        "calibration",
        "took_part",
        "left_out",
        "seconds",
    }
    assert metrics["calibration"]["temperature"] == read_facts(tiny_run.root / "model").temperature >= 1
    assert (metrics["test"]["held_out"], metrics["test"]["interval_over"]) == (["photo", "session"], "session")
    assert metrics["strangers"] is None  # planted squares are no hands
    for part in PARTS:
        assert set(metrics[part]["accuracy"]) == {"value", "low", "high", "n", "groups"}
        assert set(metrics[part]["per_class"]) == set(CLASSES)
        assert {"macro_f1", "log_loss", "confusion", "classes"} <= set(metrics[part])
    assert set(metrics["random_split"]) == {"accuracy", "group_split_accuracy", "own_split", "features"}
    assert metrics["random_split"]["features"] == "thumbnails"
    stages = {"choose the network", "read photos and split", "audit", "compare splits", "fine-tune", "export"}
    assert set(metrics["seconds"]) == stages | {"calibrate", "measure", "stress", "report", "total"}
    total = metrics["seconds"]["total"]
    spent = sum(seconds for stage, seconds in metrics["seconds"].items() if stage != "total")
    assert 0.8 * total <= spent <= total + 0.1  # stages do not overlap, and little happens outside them
    assert all(math.isfinite(n) for n in numbers(metrics))


def test_the_split_agrees_with_the_numbers_and_no_session_crosses_it(tiny_run: TinyRun) -> None:
    rows = read_rows(tiny_run.root / "split.csv")
    metrics = read_json(tiny_run.root / "metrics.json", METRICS_SCHEMA)
    assert len(rows) == 72
    parts = Counter(row["part"] for row in rows)
    assert {part: metrics[part]["accuracy"]["n"] for part in PARTS} == parts
    for part in PARTS:
        groups = {row["group"] for row in rows if row["part"] == part}
        assert metrics[part]["accuracy"]["groups"] == len(groups)
        by_class = Counter(row["label"] for row in rows if row["part"] == part)
        assert {name: block["n"] for name, block in metrics[part]["per_class"].items()} == by_class
        assert sum(map(sum, metrics[part]["confusion"])) == parts[part]
    # Planted: the session is the file name's prefix, the same in every class.
    homes: dict[str, set[str]] = {}
    for row in rows:
        homes.setdefault(Path(row["path"]).name.split("_")[0], set()).add(row["part"])
    assert len(homes) == 8
    assert all(len(found) == 1 for found in homes.values())


def test_rejected_photos_are_counted(tiny_run: TinyRun) -> None:
    page = (tiny_run.root / "report.html").read_text(encoding="utf-8")
    assert "1 photo could not be used." in page
    assert "<code>red/broken.png</code>" in page
    assert read_json(tiny_run.root / "run.json")["photos"] == 72


def test_history_has_a_row_an_epoch(tiny_run: TinyRun) -> None:
    rows = read_rows(tiny_run.root / "history.csv")
    assert [(row["epoch"], row["phase"]) for row in rows] == [("1", "fine-tune"), ("2", "fine-tune")]
    assert all(math.isfinite(float(row["validation_loss"])) for row in rows)
    chosen = read_json(tiny_run.root / "metrics.json", METRICS_SCHEMA)["chosen"]
    assert (chosen["phase"], chosen["fine_tuned_epochs"]) == ("fine-tune", 2)
    assert [row["epoch"] for row in rows if row["chosen"] == "True"] == [str(chosen["epoch"])]
    assert f"that of epoch {chosen['epoch']} of 2 of fine-tuning" in (tiny_run.root / "report.html").read_text()


def test_settings_are_saved_as_given_and_as_resolved(tiny_run: TinyRun) -> None:
    saved = read_json(tiny_run.root / "run.json")
    assert (saved["config"]["learning_rate"], saved["config"]["hidden_layers"]) == (None, None)
    assert (saved["resolved"]["learning_rate"], saved["resolved"]["hidden_layers"]) == (1e-3, [256, 128])
    assert saved["classes"] == list(CLASSES)


def test_the_sentence_is_about_the_test_part(tiny_run: TinyRun) -> None:
    value = read_json(tiny_run.root / "metrics.json", METRICS_SCHEMA)["test"]["accuracy"]["value"]
    assert f"{value * 100:.1f}% correctly" in tiny_run.summary
    assert tiny_run.summary in (tiny_run.root / "model" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file like a published one, of a seeded network: timm's names, and a classifier that a head replaces."""
    torch.manual_seed(7)
    backbone = build_backbone(find_spec("mobilenetv2"), BackboneOptions(48, width=0.35))
    # Statistics of a forward pass or two: with those it starts from, its features are all but constant.
    for _ in range(40):
        backbone(torch.rand(8, 3, 48, 48) * 2 - 1)
    tensors = {**backbone.state_dict(), "classifier.weight": torch.zeros(5, 1280), "classifier.bias": torch.zeros(5)}
    assert "blocks.1.0.conv_pwl.weight" in tensors
    path = tmp_path_factory.mktemp("weights") / "seeded.safetensors"
    save_file(tensors, path, metadata={"input": "RGB, 48x48, (x-128)/128"})
    return path


def test_a_run_from_a_weight_file_without_test_or_validation(planted: Path, weights: Path, tmp_path: Path) -> None:
    """Everything goes to train: what cannot be measured is `None`, and the head is all that learns."""
    finished = train(
        planted, tmp_path / "run", model="mobilenetv2", width=0.35, weights=str(weights), image_size=48,
        unfreeze="none", focus="whole", fractions=(1, 0, 0),
    )  # fmt: skip
    assert finished.metrics["test"] is None
    assert finished.metrics["validation"] is None
    assert finished.metrics["train"]["accuracy"]["n"] == 72
    # Colours are linearly separable on random features: a head that learnt nothing would get a third.
    assert finished.metrics["train"]["accuracy"]["value"] > 0.9
    for name in ("accuracy", "group_split_accuracy"):
        assert finished.metrics["random_split"][name] == {"value": None, "low": None, "high": None, "n": 0, "groups": 0}
    assert finished.summary.startswith("Nothing was measured")
    rows = read_rows(finished.run.history)
    assert {(row["phase"], row["validation_loss"]) for row in rows} == {("head", "")}
    facts = json.loads((finished.run.model / "bundle.json").read_text())
    assert (facts["mean"], facts["weights"]) == ([128.0] * 3, "seeded.safetensors")
    assert facts["model"] == "mobilenetv2 width 0.35"


@pytest.mark.parametrize("unfreeze", ["last", "all"])
def test_a_run_from_a_weight_file_fine_tunes_after_the_head(
    planted: Path, weights: Path, tmp_path: Path, unfreeze: Literal["last", "all"]
) -> None:
    finished = train(
        planted, tmp_path / "run", model="mobilenetv2", width=0.35, weights=str(weights), image_size=48,
        unfreeze=unfreeze, focus="auto" if unfreeze == "all" else "whole", epochs=1, time_limit=1000,
    )  # fmt: skip
    assert finished.metrics["random_split"]["features"] == FeatureKind.FROZEN
    # 9 photos, and a third by guessing: the probe did learn.
    assert finished.metrics["random_split"]["group_split_accuracy"]["value"] > 0.5
    assert {"features", "head", "fine-tune"} <= set(finished.metrics["seconds"])
    phases = [row["phase"] for row in read_rows(finished.run.history)]
    assert phases == ["head"] * (len(phases) - 1) + ["fine-tune"]


def test_fine_tuning_that_destroys_the_model_ships_the_head(planted: Path, weights: Path, tmp_path: Path) -> None:
    """Planted: a learning rate that no network stands; the run must end as one that was never fine-tuned."""
    settings: dict[str, Any] = {
        "model": "mobilenetv2", "width": 0.35, "weights": str(weights), "image_size": 48, "focus": "whole",
        "time_limit": 1000, "augment": "none",  # the head of a run that fine-tunes is fitted on fewer views
    }  # fmt: skip
    destroyed = train(planted, tmp_path / "destroyed", epochs=2, learning_rate=1.0, **settings)
    head = train(planted, tmp_path / "head", epochs=0, **settings)
    for name in ("model/weights.safetensors", "model/model.onnx"):
        assert sha256(destroyed.run.root / name) == sha256(head.run.root / name)
    assert destroyed.metrics["chosen"] == head.metrics["chosen"] | {"fine_tuned_epochs": 2}
    assert head.metrics["chosen"]["phase"] == "head"
    rows = read_rows(destroyed.run.history)
    assert [row["phase"] for row in rows[-2:]] == ["fine-tune", "fine-tune"]
    assert [row["phase"] for row in rows if row["chosen"] == "True"] == ["head"]
    assert "none of 2 epochs of fine-tuning was better" in destroyed.run.report.read_text()


def test_a_limit_too_short_for_an_epoch_ships_the_head(planted: Path, weights: Path, tmp_path: Path) -> None:
    said = Listening()
    finished = train(
        planted, tmp_path / "run", model="mobilenetv2", width=0.35, weights=str(weights), image_size=48, focus="whole",
        epochs=3, time_limit=0.1, progress=said,
    )  # fmt: skip
    assert {row["phase"] for row in read_rows(finished.run.history)} == {"head"}
    assert finished.metrics["chosen"]["fine_tuned_epochs"] == 0
    (line,) = [text for text in said.lines if text.startswith("fine-tune: left out")]
    advice = re.search(r"\(--time-limit (\d+) has time for one\)", line)
    assert advice is not None
    assert int(advice[1]) >= 1


@pytest.mark.slow  # the graph that looks for hands takes half a minute to write
def test_a_run_that_is_told_the_pose_ships_and_loads_it(planted: Path, weights: Path, tmp_path: Path) -> None:
    finished = train(
        planted, tmp_path / "run", model="mobilenetv2", width=0.35, weights=str(weights), image_size=48, focus="hand",
        augment="none", epochs=0,
    )  # fmt: skip
    trained = load_run(finished.run.root)
    assert trained.facts.features == 1280 + TOLD
    photo = np.array(Image.open(next(planted.rglob("*.png"))).convert("RGB"))
    with torch.inference_mode():
        batch, locator = torch.from_numpy(photo)[None], trained.recipe.locator
        assert locator is not None
        logits = trained.model(batch, locator.find(*View(locator.view_px)(batch))[0])
    # a hundredth of the largest: there is no hand, and the sign network amplifies rounding in its joints (docs/log.md)
    close = 0.01 * max(1.0, float(logits.abs().max()))
    np.testing.assert_allclose(Predictor(finished.run.root).run([photo]).logits, logits.numpy(), atol=close)
    assert float(logits.std()) > 0.1


def refused(photos: Path, out: Path, **settings: Any) -> str:
    """Train, and return the one line it is refused with."""
    with pytest.raises(UnseenError) as error:
        train(photos, out, **{**TINY, "epochs": 1, **settings})
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"image_size": 16}, "larger image_size"),
        ({"unfreeze": "none"}, "unfreeze is none, which keeps random weights"),
        ({"epochs": 0}, "epochs is 0, which keeps random weights"),
        ({"unfreeze": 9}, "unfreeze is 9"),
        ({"augment": "wild"}, "wild"),
        ({"norm": "layer"}, "norm 'layer' is not known"),
        ({"hidden_layers": (0,)}, "hidden_layers is (0,)"),
        ({"model": "resnet"}, "model 'resnet' is not known"),
        ({"width": 0.5}, "has no width"),
        ({"weights": "nowhere.safetensors", "focus": "whole"}, "no weights at nowhere.safetensors"),
        ({"normalise": "pretrained"}, "normalise is pretrained"),
        ({"device": "abacus"}, "device is abacus"),
    ],
)
def test_settings_that_fit_no_network_are_refused_before_a_photo_is_read(
    planted: Path, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    assert words in refused(planted, tmp_path / "run", **settings)
    assert not (tmp_path / "run").exists()


def test_no_time_to_learn_is_said_instead_of_shipping_random_weights(planted: Path, tmp_path: Path) -> None:
    assert "leaves no time for a single step" in refused(planted, tmp_path / "run", time_limit=0.1)
    assert not (tmp_path / "run" / "model").exists()


def test_a_folder_in_use_is_refused(planted: Path, tiny_run: TinyRun, tmp_path: Path) -> None:
    assert "is there already: use another out, or delete it" in refused(planted, tiny_run.root)
    (tmp_path / "file").write_text("")
    assert "is there already" in refused(planted, tmp_path / "file")
    assert "cannot be made" in refused(planted, tmp_path / "file" / "run")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system that nobody can write to")
def test_a_folder_that_cannot_be_written_is_refused_in_one_line(planted: Path) -> None:
    assert "choose another out" in refused(planted, Path("/proc/unseen"))


def test_a_class_of_two_photos_and_a_single_class_are_refused(tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos")
    for photo in sorted((root / "red").iterdir())[2:]:
        photo.unlink()
    assert "class 'red' has 2 photos" in refused(root, tmp_path / "run")
    assert not (tmp_path / "run").exists()  # its name is free for the next try
    assert "one class only" in refused(write_photos(tmp_path / "one", ("red",)), tmp_path / "run")


def test_a_finished_run_is_not_resumed(tiny_run: TinyRun, tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match="is finished: see"):
        resume(tiny_run.root)
    with pytest.raises(UnseenError, match="is no run that was begun"):
        resume(tmp_path)


@pytest.mark.parametrize(
    ("model", "accuracy", "suffices"), [("handnet", 0.99, True), ("handnet", 0.9, False), ("mobilenetv2", 0.99, False)]
)
def test_the_built_in_network_is_left_alone_where_its_head_suffices(
    model: str, accuracy: float, suffices: bool, tmp_path: Path
) -> None:
    config = TrainConfig("photos", str(tmp_path), model=model, weights="builtin" if model == "handnet" else "none")
    context = RunContext(RunFolder(tmp_path), resolve(config), find_runtime("cpu", "fp32"), Clock(1.0, 0.0), Silent())
    rows = [EpochRow(1, "head", 1.0, 0.5, 0.9, 0.4, 1e-3, 1.0), EpochRow(2, "head", 0.5, 0.9, 0.3, accuracy, 1e-3, 1.0)]
    assert head_suffices(context, rows) is suffices
    assert not head_suffices(context, [])


def test_a_head_that_learnt_from_other_people_is_not_fine_tuned(tmp_path: Path) -> None:
    config = TrainConfig("photos", str(tmp_path), model="handnet", weights="builtin")
    context = RunContext(RunFolder(tmp_path), resolve(config), find_runtime("cpu", "fp32"), Clock(1.0, 0.0), Silent())
    rows = [EpochRow(1, "head", 0.3, 0.9, 0.4, 0.8, 0.001, 1.0)]
    assert head_suffices(context, rows, from_others=True)
    assert not head_suffices(context, rows, from_others=False)
