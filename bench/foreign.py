"""Does `unseen doctor` name how a foreign model wants its photos? Trains small networks, asks about many variants.

`python -m bench.foreign --data DIR --out FOLDER` trains the networks of `BASES` on photos of DIR (minutes), writes each
in several formats, with another scale, channel order, rescaling inside or outside, softmax or logits, and shuffled
classes, and examines each file as `unseen doctor` does. FOLDER keeps what is done; the same command goes on.

A variant counts as named where each part is that of the network ("exact"); where doctor says that the network's own is
as good and, of several such parts, all together cost less than a point of accuracy on more photos ("as good"); or where
more photos prove that less than a point is lost, by the interval ("proven"). Of networks with random weights nothing
may be claimed. `--draw 12` asks about networks drawn at random instead, of other sets, sizes and layers.
"""

import json
import logging
import os
import random
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from safetensors.torch import load_file, save_file

from bench.foreign_files import LAYOUTS, WRITERS, write_labels
from bench.foreign_networks import Network, prepared, scaling_itself, shuffled, train, untrained, wanting
from bench.foreign_variants import Base, Variant, drawn, variants
from bench.photosets import LabelledPhotos, open_set, parser
from bench.tflite_levels import write_levels
from unseen.config import DoctorConfig
from unseen.dataset.dataset import Dataset
from unseen.diagnosing.diagnosis import Diagnosis
from unseen.diagnosing.differences import Judge, Photos
from unseen.diagnosing.examine import examine
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.scaling import as_stored
from unseen.diagnosing.search import stratified
from unseen.diagnosing.trial import Trials
from unseen.foreign.open_model import open_model
from unseen.pipelines.stages.doctor_photos import labelled_photos
from unseen.progress import Silent

LEAST_ACCURACY = 0.9  # a network below was not trained
PROOF_PHOTOS = 800
PROVEN = 0.01  # of accuracy: the interval of what is lost must lie below


class NotTrained(Exception):
    """A network has not learnt its photos: nothing can be asked about it."""


@lru_cache(maxsize=1)
def photos_of(folder: Path) -> LabelledPhotos:
    """Decode a set."""
    return open_set(folder, 640)


@lru_cache(maxsize=1)
def drawn_from(folder: Path) -> Dataset:
    """Read the photos of a set that doctor would examine a model on."""
    return labelled_photos(str(folder), DoctorConfig(str(folder), "", ""), Silent())


def trained(base: Base, data: Path, out: Path) -> Network:
    """Return the trained network of a base, made once."""
    photos = photos_of(data / base.photos)
    reading = Reading(base.side_px, base.side_px, base.scale, base.order, "nchw", base.fit, base.interpolation)
    network = untrained(base.family, tuple(sorted(photos.photos.classes)), reading, base.channels, 0)
    kept = out / f"{base.name}.safetensors"
    if not kept.exists():
        names = [photos.photos.classes[i] for i in photos.labels]
        labels = np.array([network.classes.index(name) for name in names], np.int64)
        began = perf_counter()
        few = stratified(labels, np.random.default_rng(0))[: base.most or None]
        images = [photos.pixels[int(i)] for i in few]
        reached = train(network, images, labels[few], epochs=60 if base.most else 25)
        print(f"trained {base.name}: {reached:.3f} in {perf_counter() - began:.0f} s", flush=True)
        if reached < LEAST_ACCURACY:
            raise NotTrained(f"{base.name} reaches {reached:.3f} only")
        save_file(network.module.state_dict(), kept)
    network.module.load_state_dict(load_file(kept))
    return network


def written(variant: Variant, network: Network, photos: LabelledPhotos, folder: Path) -> tuple[Network, Path]:
    """Write the file of a variant; return the network that it holds."""
    reading = replace(network.reading, scale=variant.scale, order=variant.order, layout=LAYOUTS[variant.format])  # type: ignore[arg-type]
    changed = wanting(network, reading)
    if variant.inside:
        changed = scaling_itself(changed)
    order = list(range(len(changed.classes)))
    random.Random(variant.name).shuffle(order)
    changed = shuffled(changed, order)
    path = folder / f"model.{'tflite' if variant.format == 'int8' else variant.format}"
    if variant.format == "int8":
        batch = prepared(changed, [photos.pixels[int(i)] for i in range(0, len(photos.labels), 7)][:60])
        levels = batch.permute(0, 2, 3, 1).contiguous().numpy()
        write_levels(changed, path, levels, softmax=variant.softmax, unsigned=False)
        if as_stored(variant.scale, open_model(path).input.stored):
            changed = replace(changed, reading=replace(changed.reading, scale="raw"))
    else:
        WRITERS[variant.format](changed, path, softmax=variant.softmax)
    if variant.named:
        write_labels(changed, path)
    return changed, path


def judged(variant: Variant, network: Network, path: Path, photos: LabelledPhotos, found: Diagnosis) -> dict[str, Any]:
    """Return how far what doctor found is right."""
    row: dict[str, Any] = {"name": variant.name, "claim": found.claim, "accuracy": found.accuracy.value}
    if found.reading is None or not variant.trained:
        return row | {"found": None, "verdict": "nothing" if found.claim == "nothing" else "claimed"}
    truth, reading = network.reading, found.reading
    apart = [
        part for part in ("side", "scale", "order", "layout", "fit", "interpolation")
        if getattr(truth, part) != getattr(reading, part)
    ]  # fmt: skip
    known = {"side": "size"}  # what a diagnosis calls it
    listed = all(getattr(truth, part) in found.equal.get(known.get(part, part), ()) for part in apart)
    classes = [network.classes.index(name) for name in found.folders]
    stated = [network.classes.index(one) if found.how == "names" else int(one) for one in found.outputs]
    verdict = "exact" if not apart else "as good" if listed else "wrong"
    row |= {"truth": str(truth), "found": str(reading), "apart": apart, "classes": classes == stated}
    row |= {"equal": {part: list(values) for part, values in found.equal.items()}}
    if verdict == "wrong" or len(apart) > 1:  # what is as good alone may not be so together
        row["lost"] = lost = proof(network, path, photos, truth, reading)
        verdict = verdict if verdict != "wrong" and lost[0] < PROVEN else "proven" if lost[1] < PROVEN else "wrong"
    return row | {"verdict": verdict if row["classes"] else "wrong classes"}


def proof(network: Network, path: Path, photos: LabelledPhotos, truth: Reading, found: Reading) -> tuple[float, float]:
    """Return the accuracy lost by the reading that was found, on many photos, and the upper end of its interval."""
    from unseen.diagnosing.class_match import ClassMap

    chosen = np.random.default_rng(1).permutation(len(photos.labels))[:PROOF_PHOTOS]
    names = photos.photos.classes
    known = ClassMap(tuple(network.classes.index(name) for name in names), "names")
    groups = tuple(photos.groups[int(i)] for i in chosen)
    judge = Judge(Trials(open_model(path), photos.pixels), Photos(chosen, photos.labels[chosen], groups), known)
    points = judge.difference(truth, found).points
    return points.value or 0.0, points.high if points.high is not None else 1.0


def rows(data: Path, out: Path, asked: list[Variant], seconds: float) -> Iterator[dict[str, Any]]:
    """Yield the result of each variant, those first that are done; stop after so many seconds."""
    began = perf_counter()
    for variant in sorted(asked, key=lambda one: one.base.photos, reverse=True):
        kept = out / f"{variant.name}.json"
        if kept.exists():
            yield json.loads(kept.read_text())
            continue
        if perf_counter() - began > seconds:
            return
        try:
            network = trained(variant.base, data, out)
        except NotTrained as error:
            print(f"left out: {error}", flush=True)
            continue
        if not variant.trained:
            fresh = untrained(network.family, network.classes, network.reading, network.channels, 7)
            network = fresh
        folder = out / variant.name
        folder.mkdir(exist_ok=True)
        network, path = written(variant, network, photos_of(data / variant.base.photos), folder)
        examined = drawn_from(data / variant.base.photos)
        started, used = perf_counter(), process_time()
        found = examine(open_model(path), examined, 0, None, Silent()).diagnosis
        taken = {"seconds": perf_counter() - started, "cpu_seconds": process_time() - used}
        row = judged(variant, network, path, photos_of(data / variant.base.photos), found) | taken
        kept.write_text(json.dumps(row))
        yield row


def main() -> None:
    """Read the flags, ask, print a line each and the sums."""
    made = parser(__doc__)
    made.add_argument("--out", type=Path, default=Path("runs/foreign"))
    made.add_argument("--count", type=int, default=66, help="variants of trained networks")
    made.add_argument("--seconds", type=float, default=float("inf"), help="stop asking after so long")
    made.add_argument("--draw", type=int, help="instead, draw so many networks that the search was not made with")
    made.add_argument("--draw-seed", type=int, default=1, help="of the draw")
    given = made.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    given.out.mkdir(parents=True, exist_ok=True)
    done = []
    asked = drawn(given.draw, given.draw_seed) if given.draw else variants(given.count)
    for row in rows(given.data, given.out, asked, given.seconds):
        done.append(row)
        print(f"{row['verdict']:10} {row['cpu_seconds']:5.1f} s  {row['name']}", flush=True)
        if row["verdict"] not in ("exact", "nothing"):
            print(f"           truth {row.get('truth')}\n           found {row.get('found')} {row.get('lost', '')}")
    trained_ones = [
        row for row in done if row.get("truth") or (row["verdict"] == "nothing" and row["name"].endswith("y"))
    ]
    good = sum(row["verdict"] in ("exact", "as good", "proven") for row in trained_ones)
    print(
        f"named: {good} of {len(trained_ones)}; longest: {max(row['seconds'] for row in done):.1f} s, "
        f"{max(row['cpu_seconds'] for row in done):.1f} s of processor time"
    )
    others = [row for row in done if row not in trained_ones]
    print(f"random weights, nothing claimed: {sum(row['verdict'] == 'nothing' for row in others)} of {len(others)}")


if __name__ == "__main__":
    main()
