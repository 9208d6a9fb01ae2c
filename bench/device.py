"""What an accelerator gives: a training step in each precision, and views a second of each policy, on the device.

`python -m bench.device --device cuda` prints two Markdown tables: MobileNetV2 1.0 at 160 px, batches of 32 and 128.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from bench.augment import masked_photos, training_step
from bench.augment_rivals import SIDE_PX
from unseen.augment.backgrounds import Backgrounds, procedural_bank
from unseen.augment.pipeline import Augment, collate
from unseen.augment.policy import POLICIES
from unseen.runtime import find_runtime

BATCHES = (32, 128)
ROUNDS, SECONDS = 3, 0.7


def per_second(job: Callable[[], object], items: int, device: torch.device) -> float:
    """Return items a second of `job`: the median of some rounds, after what it started on the device has ended."""

    def wait() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    for _ in range(3):
        job()
    speeds = []
    for _ in range(ROUNDS):
        wait()
        started, done = time.perf_counter(), 0
        while time.perf_counter() - started < SECONDS:
            for _ in range(3):
                job()
            wait()
            done += 3 * items
        speeds.append(done / (time.perf_counter() - started))
    return statistics.median(speeds)


def main() -> None:
    """Measure and print."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--device", default="auto")
    device = find_runtime(flags.parse_args().device, "fp32").device
    torch.manual_seed(0)
    print("| training step | " + " | ".join(f"batch {batch}" for batch in BATCHES) + " |\n|---|---|---|", flush=True)
    for precision in ("fp32", "bf16"):
        runtime = find_runtime(str(device), precision)
        speeds = [per_second(training_step(batch, runtime), batch, device) for batch in BATCHES]
        print(f"| {precision} | " + " | ".join(f"{speed:.0f} photos/s" for speed in speeds) + " |", flush=True)
    backgrounds = Backgrounds(SIDE_PX, [procedural_bank(0, SIDE_PX)])
    print("\n| augmentation | " + " | ".join(f"batch {batch}" for batch in BATCHES) + " |\n|---|---|---|", flush=True)
    for name in ("basic", "strong", "unseen"):
        augment, speeds = Augment(POLICIES[name], SIDE_PX, "squash", backgrounds).to(device), []
        for batch in BATCHES:
            photos = masked_photos()
            canvas, shapes = collate([photos[i % len(photos)] for i in range(batch)])
            canvas, shapes, seeds = canvas.to(device), shapes.to(device), iter(range(10**9))
            speeds.append(
                per_second(lambda c=canvas, s=shapes, a=augment, n=seeds: a(c, s, next(n)), batch, device)  # type: ignore[misc]
            )
        print(f"| {name} | " + " | ".join(f"{speed:.0f} photos/s" for speed in speeds) + " |", flush=True)


if __name__ == "__main__":
    main()
