"""How far the answers of one photo differ between the ways in: file, bytes, Pillow image, array, the graph alone.

    python -m bench.doors RUN --data DIR --photos 1000

Photos of the sets in DIR as they are (at most a third), and enlarged to between 0.2 and 12 megapixels, encoded again as
JPEG of several qualities, PNG or WebP, a third of them with an EXIF orientation, in a temporary folder. Each way is
compared with the file: photos that get another label, and the largest difference of a probability. Photos with a colour
profile are counted apart: an array carries none.
"""

import io
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

from bench.photosets import parser
from unseen.export.bundle import GRAPH, INPUT, find_bundle
from unseen.inference.predictor import Predictor
from unseen.records import Float32Array

SETS = ("sign_digits", "rps_freeman", "rps_subhi", "fingers_subhi", "asl_kept/test", "people")
MEGAPIXELS = (0.2, 0.3, 0.3, 0.3, 0.5, 0.9, 0.9, 2.0, 2.0, 5.0, 12.0)
FORMATS = (("JPEG", 75), ("JPEG", 90), ("JPEG", 95), ("PNG", None), ("WEBP", 90))
TURN_BACK = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}


def photos(data: Path, count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield the bytes of `count` files; the large ones among the originals come first."""
    rng = random.Random(seed)
    pools = [[file for file in sorted((data / name).rglob("*")) if _is_photo(file)] for name in SETS]
    large = [file for pool in pools for file in pool if file.stat().st_size > 500_000]
    yield from (file.read_bytes() for file in large)
    for i in range(count - len(large)):
        file = rng.choice(rng.choice(pools))
        yield file.read_bytes() if i % 3 == 0 else _enlarged(file, rng)


def _is_photo(file: Path) -> bool:
    return file.suffix.lower() in (".jpg", ".jpeg", ".png")


def _enlarged(file: Path, rng: random.Random) -> bytes:
    with Image.open(file) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGB")
    if rng.random() < 0.5:
        image = image.resize((round(image.width * rng.choice((4 / 3, 16 / 9, 0.75))), image.height))
    scale = (rng.choice(MEGAPIXELS) * 1e6 / (image.width * image.height)) ** 0.5
    width, height = round(image.width * scale), round(image.height * scale)
    pixels = np.asarray(image.resize((width, height), Image.Resampling.LANCZOS)).astype(np.int16)
    # the grain of a sensor, or an enlarged photo would be smoother than any camera's
    pixels += np.random.default_rng(rng.randrange(2**32)).integers(-8, 9, (height, width, 1), dtype=np.int16)
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    orientation = rng.choice((1, 1, 1, 1, 3, 6, 8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    back = TURN_BACK[orientation]
    kind, quality = rng.choice(FORMATS)
    stream = io.BytesIO()
    options = {} if quality is None else {"quality": quality}
    (image if back is None else image.transpose(back)).save(stream, kind, exif=exif, **options)
    return stream.getvalue()


def ways(model: Predictor, graph: onnxruntime.InferenceSession) -> Mapping[str, Callable[[bytes, Path], Float32Array]]:
    """Return each way in, from the bytes and the path of a file to probabilities (C,)."""

    def array(content: bytes) -> np.ndarray:
        with Image.open(io.BytesIO(content)) as opened:
            return np.array(ImageOps.exif_transpose(opened).convert("RGB"))

    return {
        "file": lambda _, path: np.array(model.predict(path).probabilities),
        "bytes": lambda content, _: np.array(model.predict(content).probabilities),
        "Pillow image": lambda content, _: np.array(model.predict(Image.open(io.BytesIO(content))).probabilities),
        "array": lambda content, _: np.array(model.predict(array(content)).probabilities),
        "graph alone": lambda content, _: graph.run(["probabilities"], {INPUT: array(content)[None]})[0][0],
    }


def main() -> None:
    """Measure and print."""
    made = parser(__doc__)
    made.add_argument("run", type=Path)
    made.add_argument("--photos", type=int, default=1000)
    arguments = made.parse_args()
    model = Predictor(arguments.run)
    graph = onnxruntime.InferenceSession(find_bundle(arguments.run) / GRAPH, providers=["CPUExecutionProvider"])
    answers: dict[str, list[Float32Array]] = defaultdict(list)
    seconds: dict[str, float] = defaultdict(float)
    profiled: list[bool] = []
    with tempfile.TemporaryDirectory() as folder:
        for content in photos(arguments.data, arguments.photos):
            path = Path(folder) / "photo"
            path.write_bytes(content)
            with Image.open(io.BytesIO(content)) as opened:
                profiled.append("icc_profile" in opened.info)
            for name, way in ways(model, graph).items():
                start = time.perf_counter()
                answers[name].append(way(content, path))
                seconds[name] += time.perf_counter() - start
    expected, apart_from = np.stack(answers["file"]), np.array(profiled)
    print("| way in | profile | photos | other label | largest difference | above 0.01 | ms a photo |")
    print("|---|---|---|---|---|---|---|")
    for name, rows in answers.items():
        milliseconds = 1000 * seconds[name] / len(rows)
        for text, chosen in (("none", ~apart_from), ("embedded", apart_from)):
            found, wanted = np.stack(rows)[chosen], expected[chosen]
            apart = np.abs(found - wanted).max(axis=1, initial=0.0)
            flips = int((found.argmax(axis=1) != wanted.argmax(axis=1)).sum())
            print(
                f"| {name} | {text} | {len(found)} | {flips} | {apart.max(initial=0.0):.4f} | {(apart > 0.01).sum()} "
                f"| {milliseconds:.1f} |"
            )


if __name__ == "__main__":
    main()
