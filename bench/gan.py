"""What a small GAN makes of a photo set in minutes on a GPU: packed crops in, samples and their distances out.

`python -m bench.gan pack PHOTOS FILE.npz` writes the located crops of a set with its split (JPEG inside, about 3 kB a
photo). `python -m bench.gan train FILE.npz OUT --minutes 2` trains on its training part and writes samples.npz,
generator.safetensors, sheet.png and result.json; it needs torch, NumPy, safetensors and Pillow alone, and ONNX Runtime
for the kernel distance, on features of the built-in network. `python -m bench.gan gate PHOTOS GENERATED` prints the
table of the gate of `unseen train --generated`. `python -m bench.gan scarce FILE.npz GENERATED` prints a smaller one,
on features without augmented views: three classes have photos of 8 people, the others of 50; beside generated photos
stand real photos of other people, which no generator could beat, and the same under wrong labels.
"""

import argparse
import io
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from unseen.config import TrainConfig
from unseen.generating.gan import Gan, GanOptions
from unseen.generating.gan_network import GanShape
from unseen.generating.gan_photos import GanPhotos
from unseen.generating.gan_run import train_gan
from unseen.generating.kernel_distance import kernel_distance, standardised
from unseen.progress import PrintProgress
from unseen.records import Float32Array, Uint8Array
from unseen.runtime import find_runtime

FEATURES_PX, JPEG_QUALITY, SHOWN = 128, 95, 10
COMPARED = 400  # photos of each kind whose features are compared


def pack(photos: Path, out: Path, side_px: int, groups: str | None) -> None:
    """Write labels, groups, parts and crops (JPEG bytes one after another) of a photo set."""
    from unseen.dataset.split_dataset import load_split_dataset
    from unseen.locate.box_crop import BoxPreprocess
    from unseen.locate.locator import find_locator
    from unseen.locate.network_input import input_photos
    from unseen.locate.regions import find_regions
    from unseen.models.preprocess import CENTRE

    config = TrainConfig(str(photos), "runs/pack", groups=groups)
    data = load_split_dataset(config, 243, out.with_suffix(".split.csv"), PrintProgress())
    regions = find_regions(find_locator("hand"), data.images, PrintProgress(), digests=data.digests)
    preprocess = BoxPreprocess(side_px, "crop", CENTRE, "hand")
    crops = input_photos(preprocess, data.images, np.arange(len(data.labels)), regions.boxes)
    files = [_jpeg(crop) for crop in crops]
    np.savez_compressed(
        out,
        jpegs=np.frombuffer(b"".join(files), np.uint8),
        lengths=np.array([len(file) for file in files]),
        labels=data.labels,
        groups=np.array(data.split.groups),
        parts=np.array(data.split.parts),
        classes=np.array(data.classes),
        paths=np.array([photo.path for photo in data.photos]),
    )
    print(f"{out}: {len(files)} photos, {out.stat().st_size / 1e6:.1f} MB")


def _jpeg(pixels: Uint8Array) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return stream.getvalue()


def unpack(packed: Any) -> Uint8Array:
    """Return the crops (N, S, S, 3) uint8 of a packed file."""
    ends = np.cumsum(packed["lengths"])
    files = np.split(packed["jpegs"], ends[:-1])
    return np.stack([np.asarray(Image.open(io.BytesIO(file.tobytes()))) for file in files])


def features(pixels: Uint8Array) -> Float32Array:
    """Return features (N, D) of the built-in network for photos (N, S, S, 3)."""
    from unseen.locate.prebuilt import CROP, part_session

    session, rows = part_session("hand_features"), []
    for start in range(0, len(pixels), 8):
        some = [Image.fromarray(one).resize((FEATURES_PX,) * 2, 2) for one in pixels[start : start + 8]]
        planes = np.stack([np.asarray(one) for one in some]).transpose(0, 3, 1, 2).astype(np.float32)
        rows.append(session.run(None, {CROP: planes})[0])
    return np.concatenate(rows)


def distances(real: Uint8Array, held_out: Uint8Array, samples: Uint8Array) -> dict[str, Any]:
    """Compare samples, and training photos, with held-out photos."""
    try:
        found = [features(one[:: -(-len(one) // COMPARED)]) for one in (real, held_out, samples)]
    except ModuleNotFoundError as error:
        return {"kernel_distance": f"not measured: {error.name} is not installed"}
    train, held, made = standardised(found[0], *found)
    compared = {"samples": kernel_distance(made, held, 200), "training photos": kernel_distance(train, held, 200)}
    return {"kernel_distance": {name: one.as_dict() if one else None for name, one in compared.items()}}


def train(file: Path, out: Path, given: argparse.Namespace) -> None:
    """Train for some minutes on the training part of a packed set, sample, compare with the validation part."""
    packed = np.load(file)
    pixels, labels, parts, classes = unpack(packed), packed["labels"], packed["parts"], list(packed["classes"])
    chosen, held_out = parts == "train", parts == "validation"
    runtime = find_runtime(given.device, given.precision)
    shape = GanShape(len(classes), pixels.shape[1], given.width)
    gan = Gan(shape, GanOptions(given.steps, given.batch_size, given.seed, given.rate), runtime)
    photos = GanPhotos(
        np.ascontiguousarray(pixels[chosen].transpose(0, 3, 1, 2)), labels[chosen], np.zeros(len(classes), np.bool_)
    )
    out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    end = started + 60 * given.minutes
    with tempfile.TemporaryDirectory() as folder:
        plan = train_gan(gan, photos, Path(folder), lambda: end - time.perf_counter(), PrintProgress())
    seconds = time.perf_counter() - started
    of = np.repeat(np.arange(len(classes)), given.per_class)
    samples = gan.sample(of, given.seed)
    np.savez_compressed(out / "samples.npz", pixels=samples, labels=of, classes=np.array(classes))
    weights = {name: value.cpu().contiguous() for name, value in gan.average.state_dict().items()}
    save_file(weights, out / "generator.safetensors")
    rows = np.concatenate([np.concatenate([*samples[of == c][:SHOWN]], axis=1) for c in range(len(classes))])
    Image.fromarray(rows).save(out / "sheet.png")
    device = torch.cuda.get_device_name() if runtime.device.type == "cuda" else "cpu"
    result = {
        "file": file.name, "device": device, "bf16": runtime.bf16, "steps": plan.steps, "seconds": round(seconds, 1),
        "steps_a_second": round(plan.steps / seconds, 2), "batch_size": given.batch_size, "width": given.width,
        "rate": given.rate,
        "training_photos": int(chosen.sum()), "held_out_photos": int(held_out.sum()),
        **distances(pixels[chosen], pixels[held_out], samples),
    }  # fmt: skip
    (out / "result.json").write_text(json.dumps(result, indent=2))
    print(json.dumps(result))


def gate(photos: Path, made: Path, known: str, split: str) -> None:
    """Print what generated photos and their rivals come to on the validation part, as `unseen train` tries them."""
    from unseen.config import config_from
    from unseen.context import Clock
    from unseen.pipelines.learnt.try_generated import try_generated
    from unseen.pipelines.stages.choose_model import choose_model
    from unseen.pipelines.train import set_up
    from unseen.report.wording import WAY_NAMES, gain_text
    from unseen.runs import RunFolder

    with tempfile.TemporaryDirectory() as folder:
        given = {"photos": photos, "out": Path(folder) / "run", "generated": made, "known_signs": known}
        config = choose_model(
            config_from({**given, "split": split, "audit": False, "time_limit": 60.0}, TrainConfig), PrintProgress()
        )
        setup = set_up(config, RunFolder(Path(config.out)), PrintProgress(), Clock(config.time_limit))
        tried, _ = try_generated(setup, setup.signs)
    assert tried is not None
    print("| trained on | added | balanced accuracy | worst class | gain |\n|---|---|---|---|---|")
    for way in tried.ways:
        accuracy, worst = f"{way.accuracy or 0:.3f}", f"{way.worst or 0:.3f}"
        print(f"| {WAY_NAMES[way.way]} | {way.joined} | {accuracy} | {worst} | {gain_text(way)} |")


def scarce(file: Path, made: Path, classes: tuple[str, ...], people: tuple[int, int]) -> None:
    """Print what generated photos of scarce classes gain on the validation part, beside real and wrong ones."""
    from unseen.evaluation.tried_ways import Way, compare_ways
    from unseen.features.feature_set import FeatureSet, pooled
    from unseen.generating.generated_folder import read_generated
    from unseen.locate.pose_conditioned import TOLD, head_trust
    from unseen.models.head import Head
    from unseen.progress import Silent
    from unseen.report.wording import gain_text
    from unseen.training.judge_ways import judge_ways
    from unseen.training.linear_probe import ProbeOptions

    packed = np.load(file)
    pixels, labels, groups, names = unpack(packed), packed["labels"], packed["groups"], list(packed["classes"])
    few = np.array([names.index(name) for name in classes])
    is_train = packed["parts"] == "train"
    shown = np.random.default_rng(0).permutation(np.unique(groups[is_train]))[: people[1]]
    of_few = np.isin(labels, few)
    trained = is_train & np.isin(groups, shown) & (~of_few | np.isin(groups, shown[: people[0]]))
    found = read_generated(made, names)
    side = pixels.shape[1]
    generated = np.stack([np.asarray(Image.fromarray(one[..., :3]).resize((side, side), 2)) for one in found.pixels])
    is_few = np.isin(found.labels, few)

    def described(photos: Uint8Array, of: Any) -> FeatureSet:
        return FeatureSet(features(photos), of.astype(np.int64))

    train, ideal = described(pixels[trained], labels[trained]), is_train & of_few & ~trained
    held_out = packed["parts"] == "validation"
    real = described(pixels[ideal], labels[ideal])
    wrong = FeatureSet(real.features, few[(np.searchsorted(few, real.labels) + 1) % len(few)])
    more = {"generated photos": described(generated[is_few], found.labels[is_few]), "real photos": real, "wrong": wrong}
    ways = {"class weights": (train, "weights"), "nothing": (train, "none"), "sampling": (train, "sampling")}
    ways |= {name: (pooled(train, one), "weights") for name, one in more.items()}
    trust = head_trust(train.features.shape[1] - TOLD)
    head, options = Head(train.features.shape[1], len(names), trust=trust), ProbeOptions(0, "weights", 0.02, 0.05)
    judged = described(pixels[held_out], labels[held_out])
    right = judge_ways(ways, head, judged, options, Silent())
    print("| trained on | balanced accuracy | worst class | gain |\n|---|---|---|---|")
    for name, one in right.items():
        usual = {Way.WEIGHTS: right["class weights"], Way.GENERATED: one}
        row = compare_ways(Way.WEIGHTS, usual, {}, judged.labels, [str(g) for g in groups[held_out]])[1]
        print(f"| {name} | {row.accuracy or 0:.3f} | {row.worst or 0:.3f} | {gain_text(row)} |", flush=True)


def main() -> None:
    """Pack or train."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = flags.add_subparsers(dest="verb", required=True)
    packing, training, gating = verbs.add_parser("pack"), verbs.add_parser("train"), verbs.add_parser("gate")
    among = verbs.add_parser("scarce")
    among.add_argument("--classes", default="2,5,8")
    gating.add_argument("--from", dest="known", default="auto")
    gating.add_argument("--split", default="auto")
    for one in (packing, training, gating, among):
        one.add_argument("source", type=Path)
        one.add_argument("out", type=Path)
    packing.add_argument("--side", type=int, default=64)
    packing.add_argument("--groups")
    training.add_argument("--minutes", type=float, default=2)
    training.add_argument("--steps", type=int, default=1_000_000)
    training.add_argument("--batch-size", type=int, default=64)
    training.add_argument("--width", type=int, default=GanShape(2).width)
    training.add_argument("--rate", type=float, default=GanOptions().learning_rate)
    training.add_argument("--per-class", type=int, default=60)
    training.add_argument("--seed", type=int, default=0)
    training.add_argument("--device", default="auto")
    training.add_argument("--precision", default="auto")
    given = flags.parse_args()
    if given.verb == "pack":
        pack(given.source, given.out, given.side, given.groups)
    elif given.verb == "scarce":
        scarce(given.source, given.out, tuple(given.classes.split(",")), (8, 50))
    elif given.verb == "gate":
        gate(given.source, given.out, given.known, given.split)
    else:
        train(given.source, given.out, given)


if __name__ == "__main__":
    main()
