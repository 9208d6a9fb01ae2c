"""Generate photos of each class: from photos or a run to a folder of marked samples and what was found of them."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from safetensors.torch import save

from unseen import seeds
from unseen.context import Clock
from unseen.features.extract import extract
from unseen.generating.gan import Gan, GanOptions
from unseen.generating.gan_network import GanShape
from unseen.generating.gan_photos import GanPhotos
from unseen.generating.gan_plan import GanPlan
from unseen.generating.gan_run import train_gan
from unseen.generating.generate_config import GenerateConfig
from unseen.generating.generated_folder import GeneratedFolder
from unseen.generating.sample_checks import Described, SampleChecks, check_samples
from unseen.locate.box_crop import BoxPreprocess
from unseen.locate.network_input import input_batches
from unseen.models.preprocess import CENTRE, Preprocess
from unseen.pipelines.learnt.photos_to_imitate import Imitated, imitated
from unseen.probes.thumbnails import thumbnails
from unseen.progress import Progress
from unseen.records import Float32Array, Int64Array, Uint8Array
from unseen.report.pictures import contact_sheet
from unseen.runs import atomic_path, write_rows
from unseen.runtime import Runtime, find_runtime
from unseen.split.split_table import write_split
from unseen.text import count

MOST_TRAINED = 20_000  # photos in memory, 250 MB of 64 px; beyond, some of each class are drawn
MOST_CHECKED = 1_000  # samples, training photos and held-out photos whose features are compared, at most
SHEET_REAL, SHEET_MADE, SHEET_ROWS = 4, 12, 40
SAVED_SECONDS, SECONDS_A_CHECKED = 10.0, 0.03  # kept of the time limit for what comes after training


@dataclass(frozen=True, slots=True)
class GeneratedSet:
    """A finished folder. checks: what was found of the samples. record: the content of `generated.json`."""

    folder: GeneratedFolder
    photos: int
    checks: SampleChecks
    record: Mapping[str, Any]

    @property
    def summary(self) -> str:
        """Say what was made and found."""
        return f"{count(self.photos, 'photo')} generated into {self.folder.root}; {'; '.join(self.checks.sentences)}"


def generate(config: GenerateConfig, progress: Progress) -> GeneratedSet:
    """Train a GAN on the training part of `config.photos` and write samples; begun before, it goes on."""
    folder, clock = GeneratedFolder(Path(config.out)), Clock(config.time_limit)
    runtime = find_runtime(config.device, config.precision)
    folder.claim(config)

    # 1. Photos, split as a run's; only its training part is ever given to the GAN
    of = imitated(config, folder, clock, progress)
    folder.require_same(of.data.fingerprint)
    trained = _some_of_each(of.data.labels, of.data.split.positions("train"), MOST_TRAINED, config.seed)
    write_split(folder.split, of.data, of.data.split)
    _write_trained_on(folder, of, trained)

    # 2. Crops as small squares; the GAN
    crops = _crops(of, trained, config.image_size)
    gan = _gan(config, of, runtime)
    photos = GanPhotos(crops, of.data.labels[trained], of.flips)
    progress.say(
        f"GAN: {count(len(trained), 'training photo')} of {len(of.data.classes)} classes at {config.image_size} px, "
        f"on {runtime.device}; the first steps are timed"
    )
    reserve = SAVED_SECONDS + SECONDS_A_CHECKED * min(4 * MOST_CHECKED, 2 * len(of.data.labels))
    with clock.stage("GAN"):
        plan = train_gan(gan, photos, folder.checkpoint, lambda: clock.left - reserve, progress)

    # 3. Samples: written, checked, shown
    samples, labels = _write_samples(config, folder, of, gan, progress)
    with clock.stage("check"):
        checks = _check(config, of, (crops, trained), (samples, labels), runtime, progress)
    with atomic_path(folder.sheet) as temporary:
        Image.fromarray(_sheet(of, (crops, of.data.labels[trained]), (samples, labels))).save(temporary, "PNG")
    with atomic_path(folder.generator) as temporary:
        temporary.write_bytes(
            save({name: value.cpu().contiguous() for name, value in gan.average.state_dict().items()})
        )
    record = _record(config, of, trained, plan, checks, clock)
    folder.write_record(record)
    shutil.rmtree(folder.checkpoint, ignore_errors=True)
    return GeneratedSet(folder, config.per_class * len(np.unique(of.data.labels[trained])), checks, record)


def _record(
    config: GenerateConfig, of: Imitated, trained: Int64Array, plan: GanPlan, checks: SampleChecks, clock: Clock
) -> dict[str, Any]:
    counts = np.bincount(of.data.labels[trained], minlength=len(of.data.classes)).tolist()
    return {
        "finished": True,
        "settings": {**config.as_dict(), "out": ""},
        "classes": list(of.data.classes),
        "fingerprint": of.data.fingerprint,
        "training_photos": dict(zip(of.data.classes, counts, strict=True)),
        "flipped": [name for name, flips in zip(of.data.classes, of.flips.tolist(), strict=True) if flips],
        "plan": asdict(plan),
        "checks": checks.as_dict(),
        "seconds": {name: round(value, 2) for name, value in clock.stages.items()} | {"total": round(clock.elapsed, 2)},
    }


def _gan(config: GenerateConfig, of: Imitated, runtime: Runtime) -> Gan:
    shape = GanShape(len(of.data.classes), config.image_size, config.width)
    return Gan(shape, GanOptions(config.steps, config.batch_size, config.seed), runtime)


def _some_of_each(labels: Int64Array, positions: Int64Array, most: int, seed: int) -> Int64Array:
    """Return `most` of `positions`, as many of each class as far as there are; all where there are fewer."""
    if len(positions) <= most:
        return positions
    order = seeds.generator(seed, "some").permutation(positions)
    place = np.zeros(len(order), np.int64)  # of each photo among those of its class
    for label in np.unique(labels[order]):
        members = np.flatnonzero(labels[order] == label)
        place[members] = np.arange(len(members))
    return np.sort(order[np.argsort(place, kind="stable")[:most]])


def _write_trained_on(folder: GeneratedFolder, of: Imitated, trained: Int64Array) -> None:
    data = of.data
    rows = [
        (data.photos[i].path, data.photos[i].label, data.split.groups[i], data.digests[i]) for i in trained.tolist()
    ]
    write_rows(folder.trained_on, ("path", "label", "group", "digest"), rows)


def _crops(of: Imitated, positions: Int64Array, side_px: int) -> Uint8Array:
    """Return what the network would be given of the photos at `positions`, in small: (n, 3, S, S) uint8."""
    located = of.model.preprocess.located_by
    fit = of.model.preprocess.fit
    small = BoxPreprocess(side_px, fit, CENTRE, located) if located else Preprocess(side_px, fit, CENTRE)
    crops = np.empty((len(positions), 3, side_px, side_px), np.uint8)
    for where, pixels in input_batches(small, of.data.images, positions, 64, of.data.boxes):
        crops[where] = pixels
    return crops


def _write_samples(
    config: GenerateConfig, folder: GeneratedFolder, of: Imitated, gan: Gan, progress: Progress
) -> tuple[Uint8Array, Int64Array]:
    """Write `per_class` samples of each class that was trained on, and the table.

    Returns those of them that are checked, (n, S, S, 3), and their class indices.
    """
    classes, rows, kept = of.data.classes, list[tuple[str, str, int]](), []
    known = np.unique(of.data.labels[of.data.split.positions("train")])
    a_class = max(1, min(config.per_class, MOST_CHECKED // len(known)))
    with progress.task("samples", len(known) * config.per_class, "photos") as task:
        for label in known.tolist():
            labels = np.full(config.per_class, label, np.int64)
            samples = gan.sample(labels, seeds.derive(config.seed, "class", label))
            rows += folder.write_class(classes, label, samples)
            kept.append(samples[:a_class])
            task.advance(config.per_class)
    folder.write_table(rows)
    return np.concatenate(kept), np.repeat(known, a_class)


def _check(
    config: GenerateConfig,
    of: Imitated,
    training: tuple[Uint8Array, Int64Array],
    samples: tuple[Uint8Array, Int64Array],
    runtime: Runtime,
    progress: Progress,
) -> SampleChecks:
    """Compare samples (n, S, S, 3) with crops (m, 3, S, S) of photos at positions (m,), and both with held-out ones."""
    labels, crops = of.data.labels, training[0].transpose(0, 2, 3, 1)
    some = _some_of_each(labels[training[1]], np.arange(len(crops)), 2 * MOST_CHECKED, config.seed)
    held_out = _some_of_each(labels, of.data.split.positions("validation"), MOST_CHECKED, config.seed)
    sets = (
        samples,
        (crops[some], labels[training[1]][some]),
        (_crops(of, held_out, config.image_size).transpose(0, 2, 3, 1), labels[held_out]),
    )
    made, train, held = (_described(of, *one, runtime, progress) for one in sets)
    held = replace(held, groups=tuple(of.data.split.groups[i] for i in held_out.tolist()))
    return check_samples(made, train, held, of.network, config.seed)


def _described(of: Imitated, pixels: Uint8Array, labels: Int64Array, runtime: Runtime, progress: Progress) -> Described:
    """Describe small squares (n, S, S, 3), real ones as generated ones: the network is given both enlarged."""
    own = of.model.preprocess
    squash = Preprocess(own.side_px, "squash", own.normalisation)
    features: Float32Array = extract(
        squash, of.model.backbone, list(pixels), np.arange(len(pixels)), runtime.device, progress
    )
    return Described(features, thumbnails(pixels), labels)


def _sheet(of: Imitated, real: tuple[Uint8Array, Int64Array], made: tuple[Uint8Array, Int64Array]) -> Uint8Array:
    """Return a row a class: some training photos, a gap, generated ones."""
    pictures: list[Uint8Array] = []
    blank = np.full((1, 1, 3), 255, np.uint8)
    for label in range(min(SHEET_ROWS, len(of.data.classes))):
        left = [*real[0][real[1] == label][:SHEET_REAL].transpose(0, 2, 3, 1)]
        right = [*made[0][made[1] == label][:SHEET_MADE]]
        pictures += left + [blank] * (SHEET_REAL - len(left) + 1) + right + [blank] * (SHEET_MADE - len(right))
    return contact_sheet(pictures, SHEET_REAL + 1 + SHEET_MADE)
