"""How often the planted cause is named: photos that a model gets right, spoiled in 25 ways until it is wrong.

    python -m bench.causes --data DIR --sets rps_freeman sign_digits --photos 8
    python -m bench.causes --data DIR --sets rps_freeman --run RUN

Without --run the model is the tutorials': pixels and edges of a 32 px square into a linear classifier, which withstands
little. A way of spoiling that the model withstands on every photo tried is said so. It prints, for each way, how often
its cause was named first and among three, what was named instead, and how often something was accused where nothing was
planted.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from bench.photosets import parser
from unseen.evaluation.metrics import softmax
from unseen.explanation import pixel_ops as ops
from unseen.explanation.causes import Cause
from unseen.explanation.explain_photo import explain_seen
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.explanation.known_training import Known, know, see, with_rates
from unseen.explanation.replays import Seen
from unseen.inference.model import CallableModel, Model
from unseen.photos.decode import decode
from unseen.records import Float32Array, Uint8Array

Photo = tuple[Uint8Array, int]
SIDE_PX = 320
TRAINED = 80  # photos a class of the tutorial model
STRENGTHS = (1, 2, 3)
RATE_PHOTOS = 6


def _noisy(photo: Uint8Array, deviation: float) -> Uint8Array:
    noise = np.random.default_rng(0).normal(0, deviation, photo.shape).astype(np.float32)
    return ops.to_bytes(photo.astype(np.float32) + noise)


def _motion(photo: Uint8Array, length: int) -> Uint8Array:
    moved = [np.roll(photo, i - length // 2, axis=1).astype(np.float32) for i in range(length)]
    return ops.to_bytes(np.mean(moved, axis=0))


def _cluttered(seed: int) -> Callable[[Seen, int], Uint8Array]:
    def change(seen: Seen, strength: int) -> Uint8Array:
        height, width = seen.photo.shape[:2]
        rng = np.random.default_rng(seed + strength)
        cells = rng.integers(0, 256, (4 * strength + seed, 5 * strength, 3)).astype(np.uint8)
        how = Image.Resampling.NEAREST if seed % 2 else Image.Resampling.BILINEAR
        ground = Image.fromarray(cells).resize((width, height), how)
        return ops.blended(seen.photo, np.asarray(ground), seen.foreground.alpha)

    return change


def _on(change: Callable[[Uint8Array, int], Uint8Array]) -> Callable[[Seen, int], Uint8Array]:
    return lambda seen, strength: change(seen.photo, strength)


def _shrunk(photo: Uint8Array, strength: int) -> Uint8Array:
    height, width = photo.shape[:2]
    side = (28, 20, 14)[strength - 1]
    return ops.resized(photo, round(width * side / min(height, width)), round(height * side / min(height, width)))


WAYS: dict[str, tuple[Cause, Callable[[Seen, int], Uint8Array]]] = {
    "rotated 15": (Cause.ROTATED, _on(lambda p, s: ops.rotated(p, (15, 20, 30)[s - 1]))),
    "rotated -30": (Cause.ROTATED, _on(lambda p, s: ops.rotated(p, -(25, 30, 35)[s - 1]))),
    "rotated 90": (Cause.ROTATED, _on(lambda p, _: ops.rotated(p, 90))),
    "rotated -90": (Cause.ROTATED, _on(lambda p, _: ops.rotated(p, -90))),
    "rotated 180": (Cause.ROTATED, _on(lambda p, _: ops.rotated(p, 180))),
    "mirrored": (Cause.MIRRORED, _on(lambda p, _: np.ascontiguousarray(p[:, ::-1]))),
    "BGR": (Cause.CHANNELS_SWAPPED, _on(lambda p, _: np.ascontiguousarray(p[..., ::-1]))),
    "values 0 to 1": (Cause.VALUE_RANGE, _on(lambda p, _: np.rint(p / 255).astype(np.uint8))),
    "negative": (Cause.NEGATIVE, _on(lambda p, _: 255 - p)),
    "dark": (Cause.TOO_DARK, _on(lambda p, s: ops.gained(p, [(0.35, 0.2, 0.1)[s - 1]] * 3))),
    "dark shadows": (Cause.TOO_DARK, _on(lambda p, s: ops.gamma(p, (2.2, 3.5, 5)[s - 1]))),
    "bright": (Cause.TOO_BRIGHT, _on(lambda p, s: ops.gained(p, [(1.8, 2.5, 3.5)[s - 1]] * 3))),
    "bright shadows": (Cause.TOO_BRIGHT, _on(lambda p, s: ops.gamma(p, (0.5, 0.35, 0.2)[s - 1]))),
    "low contrast": (Cause.LOW_CONTRAST, _on(lambda p, s: ops.contrast(p, (0.35, 0.2, 0.1)[s - 1]))),
    "warm": (Cause.COLOUR_CAST, _on(lambda p, s: ops.gained(p, (1, 1 - 0.2 * s, 1 - 0.3 * s)))),
    "cold": (Cause.COLOUR_CAST, _on(lambda p, s: ops.gained(p, (1 - 0.25 * s, 1 - 0.12 * s, 1)))),
    "green": (Cause.COLOUR_CAST, _on(lambda p, s: ops.gained(p, (1 - 0.2 * s, 1, 1 - 0.2 * s)))),
    "grey": (Cause.NO_COLOUR, _on(lambda p, _: ops.grey(p))),
    "blurred": (Cause.BLURRED, _on(lambda p, s: ops.blurred(p, min(p.shape[:2]) * (0.02, 0.04, 0.07)[s - 1]))),
    "noisy": (Cause.NOISY, _on(lambda p, s: _noisy(p, (30, 60, 100)[s - 1]))),
    "JPEG": (Cause.JPEG, _on(lambda p, s: ops.as_jpeg(p, (8, 4, 1)[s - 1]))),
    "few pixels": (Cause.LOW_RESOLUTION, _on(_shrunk)),
    "far": (Cause.TOO_FAR, _on(lambda p, s: ops.window(p, (-0.2 * s, -0.2 * s, 1 + 0.2 * s, 1 + 0.2 * s)))),
    "close": (Cause.TOO_CLOSE, _on(lambda p, s: ops.window(p, (0.1 * s, 0.1 * s, 1 - 0.1 * s, 1 - 0.1 * s)))),
    "squashed": (
        Cause.SQUASHED, _on(lambda p, s: ops.resized(p, round(p.shape[1] * (0.75, 0.6, 0.5)[s - 1]), p.shape[0])),
    ),
    "room": (Cause.BACKGROUND, _cluttered(2)),
    "wall of tiles": (Cause.BACKGROUND, _cluttered(3)),
}  # fmt: skip


def describe(images: Sequence[Uint8Array]) -> Float32Array:
    """Return colours of 16 px and edge directions of 32 px middle squares, (N, 896)."""
    rows = []
    for image in images:
        small = Image.fromarray(np.ascontiguousarray(ops.centre_square(image[..., :3])))
        pixels = np.asarray(small.resize((32, 32), Image.Resampling.BILINEAR), np.float32) / 255
        light = pixels.mean(axis=2)
        down, across = np.gradient(light)
        kind = ((np.arctan2(down, across) + np.pi) / (2 * np.pi) * 8).astype(int) % 8
        strength = np.hypot(down, across)
        edges = [(strength * (kind == i)).reshape(4, 8, 4, 8).sum(axis=(1, 3)) for i in range(8)]
        rows.append(np.concatenate([pixels[::2, ::2].ravel(), np.ravel(edges)]))
    return np.array(rows, np.float32)


def tutorial_model(photos: Sequence[Photo], classes: tuple[str, ...]) -> CallableModel:
    """Fit a linear classifier by 300 steps of gradient descent."""
    features, labels = describe([pixels for pixels, _ in photos]), np.array([label for _, label in photos])
    mean, spread = features.mean(axis=0), features.std(axis=0) + 0.05
    given, wanted = (features - mean) / spread, np.eye(len(classes))[labels]
    weights, bias = np.zeros((given.shape[1], len(classes))), np.zeros(len(classes))
    for _ in range(300):
        apart = (softmax(given @ weights + bias) - wanted) / len(given)
        weights -= 0.2 * (given.T @ apart + 1e-3 * weights)
        bias -= 0.2 * apart.sum(axis=0)
    return CallableModel(
        classes, lambda images: softmax((describe(images) - mean) / spread @ weights + bias).astype(np.float32)
    )


def known_of(model: Model, photos: Sequence[Photo]) -> Known:
    """Return what photos the model was not trained on are like, and how often replays move its right answers."""
    return with_rates(know([pixels for pixels, _ in photos]), model, photos[:RATE_PHOTOS])


def spoiled(model: Model, known: Known, photo: Photo, way: str) -> Uint8Array | None:
    """Return a photo spoiled as little as makes the model wrong; `None` where it withstands that."""
    seen = see(photo[0], known)
    for strength in STRENGTHS:
        pixels = WAYS[way][1](seen, strength)
        if model.predict_proba([pixels])[0].argmax() != photo[1]:
            return pixels
    return None


def load(folder: Path, count: int, seed: int = 0) -> Iterator[tuple[str, list[Uint8Array]]]:
    """Yield each class and its first photos in a shuffled order."""
    for each in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(each.iterdir())
        random.Random(seed).shuffle(files)
        yield each.name, [decode(file, SIDE_PX)[..., :3] for file in files[:count]]


def main() -> None:
    """Print the table."""
    arguments = parser(__doc__)
    arguments.add_argument("--sets", nargs="+", default=["rps_freeman", "sign_digits"])
    arguments.add_argument("--photos", type=int, default=40, help="photos for each way and set")
    arguments.add_argument("--run", help="a run to explain, of the classes of the one set named")
    given = arguments.parse_args()
    first, three, planted = Counter[str](), Counter[str](), Counter[str]()
    instead: dict[str, Counter[str]] = {way: Counter() for way in WAYS}
    clean = accused = 0
    for name in given.sets:
        by_class = dict(load(Path(given.data) / name, TRAINED + 2 * given.photos + 20))
        classes = tuple(by_class)
        mixed = [(pixels, label) for row in zip(*by_class.values(), strict=False) for label, pixels in enumerate(row)]
        cut = min(TRAINED * len(classes), len(mixed) // 2)
        model: Model = ExplainingPredictor(given.run, 1) if given.run else tutorial_model(mixed[:cut], classes)
        rest = mixed[cut:]
        known = known_of(model, rest[:60])
        right = [photo for photo in rest[60:] if model.predict_proba([photo[0]])[0].argmax() == photo[1]]
        print(f"{name}: {len(right)} of {len(rest) - 60} photos right", flush=True)
        for pixels, _ in right[: given.photos * 2]:
            found = explain_seen(model, see(pixels, known), None, known)
            clean, accused = clean + 1, accused + bool(found.causes)
        for way, (cause, _) in WAYS.items():
            for photo in right:
                if planted[f"{name} {way}"] == given.photos:
                    break
                pixels = spoiled(model, known, photo, way)
                if pixels is None:
                    continue
                planted[f"{name} {way}"] += 1
                planted[way] += 1
                found = explain_seen(model, see(pixels, known), classes[photo[1]], known)
                causes = [one.cause for one in found.causes]
                first[way] += causes[:1] == [cause]
                three[way] += cause in causes[:3]
                if causes[:1] != [cause]:
                    instead[way][causes[0] if causes else "nothing"] += 1
            print(f"  {way}: {first[way]} {three[way]} of {planted[way]}  {dict(instead[way])}", flush=True)
    done = sum(planted[way] for way in WAYS)
    print(f"named first {sum(first.values()) / done:.1%}, among three {sum(three.values()) / done:.1%} of {done}")
    print(f"accused where nothing was planted: {accused} of {clean}")


if __name__ == "__main__":
    main()
