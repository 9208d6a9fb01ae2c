"""Whether a GAN that learns few photos by heart is caught, by a real training.

`python -m bench.gan_overfit FILE.npz SHEET.png --steps 3000` takes a file that `python -m bench.gan pack` wrote,
trains on 20 of its training photos, two of each class, and prints now and then how near samples are to them, beside
how near held-out photos are. SHEET.png shows the photos, then samples.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from bench.gan import features, unpack
from unseen.generating.gan import Gan, GanOptions
from unseen.generating.gan_network import GanShape
from unseen.generating.gan_photos import GanPhotos
from unseen.generating.gan_run import restore_gan, save_gan
from unseen.generating.sample_checks import Described, check_samples
from unseen.probes.thumbnails import thumbnails
from unseen.records import Int64Array, Uint8Array
from unseen.runtime import find_runtime

OF_A_CLASS, SAMPLES, CHECKED_EVERY, SAVED_EVERY = 2, 100, 500, 100


def described(pixels: Uint8Array, labels: Int64Array, groups: tuple[str, ...] = ()) -> Described:
    """Describe photos (N, S, S, 3) as `unseen generate` does, by the built-in network."""
    return Described(features(pixels), thumbnails(pixels), labels, groups)


def check(gan: Gan, few: Described, held_out: Described, sheet: Path, shown: Uint8Array) -> str:
    """Return what is found of samples; show some."""
    labels = np.repeat(np.arange(gan.shape.classes), SAMPLES // gan.shape.classes)
    samples = gan.sample(labels, 0)
    rows = [np.concatenate([*shown[c : c + OF_A_CLASS], *samples[labels == c // OF_A_CLASS][:10]], axis=1)
            for c in range(0, len(shown), OF_A_CLASS)]  # fmt: skip
    Image.fromarray(np.concatenate(rows)).save(sheet)
    found = check_samples(described(samples, labels), few, held_out, "handnet")
    near = ", ".join(f"{one.space}: nearer in {one.nearer:.0%} of pairs (from {one.low:.0%} on)"
                     for one in found.originality)  # fmt: skip
    return f"{found.verdict}: {near}; agreement {found.agreement or 0:.0%}"


def main() -> None:
    """Train, check, print."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("file", type=Path)
    flags.add_argument("sheet", type=Path)
    flags.add_argument("--side", type=int, default=32)
    flags.add_argument("--steps", type=int, default=3000)
    flags.add_argument("--minutes", type=float, default=60)
    given = flags.parse_args()
    packed = np.load(given.file)
    size = (given.side, given.side)
    pixels = np.stack([np.asarray(Image.fromarray(one).resize(size, Image.Resampling.BOX)) for one in unpack(packed)])
    labels, parts, classes = packed["labels"].astype(np.int64), packed["parts"], len(packed["classes"])
    few = np.concatenate([np.flatnonzero((labels == c) & (parts == "train"))[:OF_A_CLASS] for c in range(classes)])
    held = np.flatnonzero(parts == "validation")
    groups = tuple(packed["groups"][held].tolist())
    trained, held_out = described(pixels[few], labels[few]), described(pixels[held], labels[held], groups)
    gan = Gan(GanShape(classes, given.side), GanOptions(given.steps, 16), find_runtime("cpu", "auto"))
    photos = GanPhotos(
        np.ascontiguousarray(pixels[few].transpose(0, 3, 1, 2)), labels[few], np.zeros(classes, np.bool_)
    )
    folder, end, spent = (
        given.sheet.with_suffix(".checkpoint"),
        time.monotonic() + 60 * given.minutes,
        time.process_time(),
    )
    step = restore_gan(gan, folder)
    while step < given.steps and time.monotonic() < end:
        gan.step(*photos.batch(gan.options, step), step)
        step += 1
        if step % SAVED_EVERY == 0:
            save_gan(gan, folder, step)
        if step % CHECKED_EVERY == 0:
            said = check(gan, trained, held_out, given.sheet, pixels[few])
            print(f"{step} steps, {time.process_time() - spent:.0f} s of CPU: {said}", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
