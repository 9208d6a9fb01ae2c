"""Speed as ratios in one run: what unseen does end to end beside the bare loop that bounds it.

Prints a Markdown table. `python -m bench.throughput --data DIR --weights FILE`. Both sides of a ratio are run in
turns, and the ratio is that of the medians, so that a machine that slows down slows both.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.fx.experimental.optimization import fuse
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from bench.photosets import LabelledPhotos, open_set, parser
from unseen import __version__
from unseen.augment.pipeline import Augment
from unseen.augment.policy import find_policy
from unseen.config import TrainConfig
from unseen.dataset.load import decode_side_px
from unseen.export.bundle import GRAPH, BundleFacts
from unseen.export.onnx_bundle import write_bundle
from unseen.features.extract import extract
from unseen.inference.predictor import Predictor
from unseen.inputs.training_images import TrainingImages
from unseen.models.classifier import Classifier, set_training, unfreeze
from unseen.models.onnx_graph import export_onnx
from unseen.onnx_session import cpu_session
from unseen.progress import Silent
from unseen.recipe import Recipe, build, resolve
from unseen.runtime import find_runtime
from unseen.training.finetune import FineTuneOptions, FineTuner
from unseen.training.optimise import parameter_groups
from unseen.training.training_data import TrainingData
from unseen.training.validation import plain_inputs

ROUNDS = 5


def alternate(rounds: int, *jobs: Callable[[], object]) -> list[float]:
    """Run the jobs in turns and return the median seconds of each; one unmeasured round comes first."""
    seconds: list[list[float]] = [[] for _ in jobs]
    for turn in range(rounds + 1):
        for job, spent in zip(jobs, seconds, strict=True):
            started = time.perf_counter()
            job()
            if turn:
                spent.append(time.perf_counter() - started)
    return [statistics.median(spent) for spent in seconds]


def report(name: str, ours: float, bare: float, target: float, unit: str = "photos/s") -> None:
    """Print one row: our speed, the bare loop's, their ratio and the ratio asked for."""
    verdict = "met" if ours / bare >= target else "MISSED"
    print(
        f"| {name} | {ours:.1f} {unit} | {bare:.1f} {unit} | {ours / bare:.2f} | {target:.2f} {verdict} |", flush=True
    )


def bench_fine_tuning(data: LabelledPhotos, recipe: Recipe, model: Classifier) -> None:
    """Steps from the cache (collate, augment, train, average) beside forward and backward on one ready tensor."""
    config, runtime = recipe.config, find_runtime("auto", "auto")
    unfreeze(model.backbone, config.unfreeze)
    fit = config.fit
    everything = np.arange(len(data.labels))
    options = FineTuneOptions(0, config.batch_size, 5e-4, 0.02, 0.05, 0.0, "none", 6, frozen_statistics=True)
    images = TrainingImages(data.pixels, Augment(find_policy("basic"), recipe.side_px, fit))
    no_validation = plain_inputs(model.preprocess, data.pixels, everything[:0], data.labels)
    training_data = TrainingData(images, data.labels, everything, no_validation, None)
    tuner = FineTuner(model, training_data, options, runtime)
    set_training(model, frozen_statistics=True)
    ready = torch.randn(config.batch_size, 3, recipe.side_px, recipe.side_px).contiguous(
        memory_format=torch.channels_last
    )
    targets = torch.zeros(config.batch_size, dtype=torch.int64)
    optimiser = torch.optim.AdamW(parameter_groups(model, 5e-4, 0.02), fused=True)
    counter = iter(range(10**9))

    def ours() -> None:
        for _ in range(4):
            tuner.stepper.step(tuner.make_batch(next(counter) % tuner.pass_steps), 1e-3)

    def bare() -> None:
        for _ in range(4):
            with runtime.autocast():
                loss = F.cross_entropy(model.head(model.backbone(ready)).float(), targets)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()

    mine, theirs = alternate(ROUNDS, ours, bare)
    report("fine-tuning, augmented, end to end", 4 * config.batch_size / mine, 4 * config.batch_size / theirs, 0.90)


def bench_features(data: LabelledPhotos, recipe: Recipe, model: Classifier, folder: Path) -> None:
    """Features from the cache beside bare inference on ready float tensors in each runtime."""
    side_px = recipe.side_px
    ready = np.random.default_rng(0).standard_normal((64, 3, side_px, side_px), dtype=np.float32)
    model.eval()
    fused = fuse(model.backbone).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    tensor = torch.from_numpy(ready).contiguous(memory_format=torch.channels_last)
    export_onnx(model.backbone, torch.zeros(8, 3, side_px, side_px), folder / "bare.onnx", ["x"], ["y"])
    session = cpu_session(folder / "bare.onnx")

    def bare_torch() -> None:
        with torch.inference_mode():
            fused(tensor)

    def bare_onnx() -> None:
        for start in range(0, 64, 8):
            session.run(None, {"x": ready[start : start + 8]})

    def ours(photos: int) -> None:
        chosen = np.arange(photos) % len(data.labels)
        extract(model.preprocess, model.backbone, data.pixels, chosen, torch.device("cpu"), Silent())

    def bare_many() -> None:
        for _ in range(16):
            bare_onnx()

    of_torch = 64 / alternate(ROUNDS * 2, bare_torch)[0]
    print(f"| (bare torch, channels last, BatchNorm folded: {of_torch:.0f} photos/s) | | | | |")
    few, many, bare = alternate(3, lambda: ours(1000), lambda: ours(5000), bare_many)
    best = max(of_torch, 64 * 16 / bare)
    # what 4,000 photos more take: the graph is written once, whatever the number of photos
    report("frozen features, from the cache", 4000 / (many - few), best, 0.90)
    report("frozen features of 5,000 photos, writing the graph included", 5000 / many, best, 0.0)


def bench_predict(data: LabelledPhotos, recipe: Recipe, model: Classifier, folder: Path) -> None:
    """`Predictor` beside the bare session on 1,000 photos, and a cold `unseen predict` of one."""
    normalisation = model.preprocess.normalisation
    facts = BundleFacts(
        data.photos.classes, "mobilenetv2", recipe.side_px, decode_side_px(recipe.side_px), recipe.config.fit,
        normalisation.mean, normalisation.std, model.backbone.features, "bench", __version__, "symmetric",
    )  # fmt: skip
    photos = [np.ascontiguousarray(data.pixels[i % len(data.labels)][:, :, :3]) for i in range(1000)]
    photos = [photo for photo in photos if photo.shape == photos[0].shape]
    write_bundle(model, None, facts, folder / "model", photos[:200])
    predictor = Predictor(folder)
    session = cpu_session(folder / "model" / GRAPH)
    stacked = np.stack(photos)

    def bare() -> None:
        for start in range(0, len(stacked), 16):
            session.run(["probabilities"], {"photos": stacked[start : start + 16]})

    mine, theirs = alternate(ROUNDS, lambda: predictor.run(photos), bare)
    report("predict on 1,000 decoded photos", len(photos) / mine, len(photos) / theirs, 0.90)
    files = [photo.file for photo in data.photos.photos[:1000]]
    mine, theirs = alternate(3, lambda: [*predictor.predict_paths(files)], bare)
    report("predict on 1,000 files, decoding included", len(files) / mine, len(photos) / theirs, 0.0)
    command = [sys.executable, "-m", "unseen", "predict", str(folder), str(files[0])]
    cold = alternate(7, lambda: subprocess.run(command, check=True, capture_output=True))[0]
    verdict = "met" if cold < 0.6 else "MISSED"
    print(f"| predict on one photo from a cold start | {cold:.2f} s | | | under 0.60 s {verdict} |")


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__).parse_args()
    torch.manual_seed(0)
    recipe = resolve(TrainConfig(photos="", out="", weights=arguments.weights))
    data = open_set(arguments.data / "sign_digits", decode_side_px(recipe.side_px))
    print("| what | unseen | bare loop | ratio | asked |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for bench in (bench_features, bench_predict):
            bench(data, recipe, build(recipe, 10, data.pixels, np.arange(9)), Path(folder))
        bench_fine_tuning(data, recipe, build(recipe, 10, data.pixels, np.arange(9)))


if __name__ == "__main__":
    main()
