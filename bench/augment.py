"""Measure the speed of augmentation, against other libraries and as a share of a training step.

`python -m bench.augment --rivals-python PATH` prints two Markdown tables. The rivals live in their own environment:

    python3 -m venv rivals
    rivals/bin/pip install torch kornia albumentations
    rivals/bin/pip install --no-deps torchvision

Operations: rotation, zoom, shift, shear and perspective from 192 x 256 to 160 px, brightness, contrast, saturation and
hue, blur on a quarter and noise on three tenths of the photos; batches of 32 that end as float tensors.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from bench.augment_rivals import BATCH, HEIGHT, SIDE_PX, WIDTH, measure, sample_photos
from unseen.augment.backgrounds import Backgrounds, procedural_bank
from unseen.augment.pipeline import Augment, collate
from unseen.augment.policy import POLICIES, Policy
from unseen.models.mobilenet import MobileNetV2
from unseen.runtime import Runtime, find_runtime

ROUNDS, SECONDS, CORES = 3, 3.0, 2
OPERATIONS = Policy(
    rotation_degrees=25, shear_degrees=10, zoom=1.4, shift=0.15, perspective=0.2, brightness=0.4, contrast=0.4,
    saturation=0.4, hue_degrees=18, blur=0.25, blur_px=2.0, noise=0.3, noise_level=12.75, p_unchanged=0.0,
)  # fmt: skip
# library, processes, threads in each, how many times its speed is asked
RIVALS = (
    ("kornia", 1, CORES, 3.0),
    ("torchvision", 1, CORES, 3.0),
    ("albumentations", 1, CORES, 2.0),
    ("albumentations", CORES, 1, 2.0),
)


def unseen_speed() -> float:
    """Photos/s of unseen at the operations above."""
    canvas, shapes = torch.from_numpy(sample_photos()), torch.tensor([[HEIGHT, WIDTH]] * BATCH)
    augment = Augment(OPERATIONS, SIDE_PX, "squash")
    seeds = iter(range(10**9))
    return measure(lambda: augment(canvas, shapes, next(seeds)), SECONDS)


def rival(python: Path, library: str, processes: int, threads: int) -> float:
    """Photos/s of a library in so many processes at once."""
    command = [str(python), str(Path(__file__).with_name("augment_rivals.py")), library, str(SECONDS), str(threads)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return float(sum(json.loads(one.communicate()[0])["photos_per_second"] for one in running))


def compare(python: Path | None) -> None:
    """Print unseen's speed beside each rival's, both measured in turns."""
    print("| library | processes x threads | photos/s | unseen, photos/s | ratio | asked |\n|---|---|---|---|---|---|")
    for library, processes, threads, target in RIVALS if python else ():
        assert python is not None
        pairs = [(rival(python, library, processes, threads), unseen_speed()) for _ in range(ROUNDS)]
        rival_speed, speed = (statistics.median(side) for side in zip(*pairs, strict=True))
        verdict = "met" if speed / rival_speed >= target else "MISSED"
        row = f"{library} | {processes} x {threads} | {rival_speed:.0f} | {speed:.0f} | {speed / rival_speed:.1f}"
        print(f"| {row} | {target:.1f} {verdict} |", flush=True)


def masked_photos() -> list[np.ndarray]:
    """The sample photos with an arm-like subject that enters from the right, (192, 256, 4) uint8 each."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    hand = np.hypot(rows - 96, columns - 110) < 55
    arm = (np.abs(rows - 96) < 28) & (columns > 110)
    alpha = np.where(hand | arm, 255, 0).astype(np.uint8)
    return [np.dstack([photo, alpha]) for photo in sample_photos()]


def training_step(batch: int, runtime: Runtime, batches: Iterator[Tensor] | None = None) -> Callable[[], object]:
    """One step of MobileNetV2 1.0 on a batch that lies on the device: the same each time, or the next of `batches`."""
    network = torch.nn.Sequential(MobileNetV2(1.0), torch.nn.Linear(1280, 10))
    network = network.to(runtime.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(network.parameters(), fused=True)
    ready = torch.randn(batch, 3, SIDE_PX, SIDE_PX, device=runtime.device)
    ready = ready.contiguous(memory_format=torch.channels_last)
    targets = torch.arange(batch, device=runtime.device) % 10

    def step() -> None:
        pixels = next(batches).contiguous(memory_format=torch.channels_last) if batches else ready
        with runtime.autocast():
            read = network(pixels)
        loss = F.cross_entropy(read.float(), targets)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    return step


def shares() -> None:
    """Print what part of a training step each policy takes, backgrounds included."""
    started = time.perf_counter()
    backgrounds = Backgrounds(SIDE_PX, [procedural_bank(0, SIDE_PX)])
    print(f"\n{time.perf_counter() - started:.1f} s to draw 1,024 backgrounds (asked: under 15 s)\n")
    photos, step = masked_photos(), training_step(BATCH, find_runtime("cpu", "fp32"))
    print("| policy | ms a batch of 32 | training step, ms | share of both | asked |\n|---|---|---|---|---|")
    for name in ("basic", "strong", "unseen"):
        augment = Augment(POLICIES[name], SIDE_PX, "squash", backgrounds)
        seeds = iter(range(10**9))

        def vary(augment: Augment = augment, seeds: Iterator[int] = seeds) -> None:
            canvas, shapes = collate(photos)
            augment(canvas, shapes, next(seeds)).contiguous(memory_format=torch.channels_last)

        pairs = [(measure(vary, 1.5), measure(step, 3.0)) for _ in range(ROUNDS)]
        varied, trained = (1000 * BATCH / statistics.median(side) for side in zip(*pairs, strict=True))
        share = varied / (varied + trained)
        verdict = "met" if share < 0.15 else "MISSED"
        print(f"| {name} | {varied:.0f} | {trained:.0f} | {share:.1%} | under 15% {verdict} |", flush=True)


def main() -> None:
    """Measure and print."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--rivals-python", type=Path, help="an interpreter that has kornia, torchvision, albumentations")
    given = flags.parse_args()
    if given.rivals_python is None:
        print("rivals left out: name an interpreter that has them with --rivals-python", file=sys.stderr)
    torch.manual_seed(0)
    torch.set_num_threads(CORES)
    compare(given.rivals_python)
    shares()


if __name__ == "__main__":
    main()
