"""Where augmentation is best computed: in preprocessing on the CPU, one batch ahead, or inside the step on the device.

`python -m bench.augment_placement --device auto` trains MobileNetV2 1.0 at 160 px on batches of 32 and prints photos a
second, end to end, of each policy and place.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import torch
from torch import Tensor

from bench.augment import masked_photos, training_step
from bench.augment_rivals import SIDE_PX
from bench.device import per_second
from unseen.augment.backgrounds import Backgrounds, procedural_bank
from unseen.augment.pipeline import Augment, collate
from unseen.augment.policy import POLICIES
from unseen.runtime import Runtime, find_runtime

BATCH = 32
PLACES = ("none", "CPU, in the step", "CPU, one batch ahead", "device, in the step")


def augmented(place: str, policy: str, runtime: Runtime) -> Iterator[Tensor]:
    """Yield batches (N, 3, S, S) float32 on the device, augmented at `place`."""
    here = torch.device("cpu") if place.startswith("CPU") else runtime.device
    photos = masked_photos()
    canvas, shapes = collate([photos[i % len(photos)] for i in range(BATCH)])
    backgrounds = Backgrounds(SIDE_PX, [procedural_bank(0, SIDE_PX, 128)])
    augment = Augment(POLICIES["none" if place == "none" else policy], SIDE_PX, "squash", backgrounds).to(here)

    def make(seed: int) -> Tensor:
        made: Tensor = augment(canvas.to(here), shapes.to(here), seed)
        return made

    if place != "CPU, one batch ahead":
        yield from (make(seed).to(runtime.device) for seed in count())
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(make, 0)
        for seed in count(1):
            ready, ahead = ahead, pool.submit(make, seed)
            yield ready.result().to(runtime.device)


def photos_a_second(place: str, policy: str, runtime: Runtime) -> float:
    """Train for some seconds and return how fast."""
    torch.manual_seed(0)
    batches = augmented(place, policy, runtime)
    return per_second(training_step(BATCH, runtime, (batch / 127.5 - 1 for batch in batches)), BATCH, runtime.device)


def main() -> None:
    """Measure and print."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--device", default="auto")
    runtime = find_runtime(flags.parse_args().device, "fp32")
    print(f"| augmentation on {runtime.device.type} | " + " | ".join(PLACES) + " |\n|---|---|---|---|---|", flush=True)
    for policy in ("basic", "strong", "unseen"):
        speeds = [photos_a_second(place, policy, runtime) for place in PLACES]
        print(f"| {policy} | " + " | ".join(f"{speed:.0f} photos/s" for speed in speeds) + " |", flush=True)


if __name__ == "__main__":
    main()
