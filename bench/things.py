"""Draw office things as a shop and as a webcam would photograph them: a seed in, three sets of class folders out.

`python -m bench.things OUT --rooms FOLDER` writes OUT/shop (each photo another product, before white), OUT/webcam and
OUT/camera (a few other products a class, many poses, before photos of real rooms from FOLDER, and more or less blur,
noise and colour cast). On them the recipe for photos that show no hands is developed: with OUT = DIR/things,
`python -m bench.generalise --data DIR --pairs 5,6 --recipes tutorial,default --weights FILE`.
"""

import argparse
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from bench.office_things import THINGS, Rng
from bench.solids import Solid, drawn
from unseen.records import Float32Array, Uint8Array

SIDE_PX = 320


@dataclass(frozen=True, slots=True)
class Place:
    """How a set is photographed; ranges. turn, tilt: degrees about the vertical and downwards. size: longer side of the
    thing as a share of the photo. products: of each class, `None` for another in each photo.
    """

    turn: tuple[float, float]
    tilt: tuple[float, float]
    size: tuple[float, float]
    blur_px: float
    noise: float
    cast: float
    rooms: bool
    products: int | None = None


PLACES = {
    "shop": Place((-40, 40), (5, 40), (0.8, 0.97), 0.4, 1.0, 0.02, rooms=False),
    "webcam": Place((-75, 75), (5, 60), (0.3, 0.8), 1.8, 9.0, 0.2, rooms=True, products=5),
    "camera": Place((-75, 75), (5, 60), (0.4, 0.9), 0.6, 2.0, 0.08, rooms=True, products=5),
}


def photo(solid: Solid, place: Place, rooms: Sequence[Path], rng: Rng) -> Uint8Array:
    """Photograph one product."""
    turn, tilt = np.radians(rng.uniform(*place.turn)), np.radians(rng.uniform(*place.tilt))
    rgba = drawn(solid, turn, tilt, rng.uniform(*place.size), 0.0 if not place.rooms else 0.6, SIDE_PX, rng)
    behind = np.full((SIDE_PX, SIDE_PX, 3), rng.uniform(0.97, 1.0), np.float32)
    if place.rooms:
        behind = _room(rooms, rng)
    alpha = rgba[..., 3:]
    shade = cv2.GaussianBlur(np.roll(alpha[..., 0], 8, axis=0), (0, 0), 9)[..., None] * rng.uniform(0, 0.5)
    whole = alpha * rgba[..., :3] + (1 - alpha) * behind * (1 - shade * (place.rooms or rng.random() < 0.5))
    whole = whole * np.exp(rng.normal(0, place.cast, 3)) * np.exp(rng.normal(0, place.cast))
    whole = cv2.GaussianBlur(whole.astype(np.float32), (0, 0), rng.uniform(0.3, 0.3 + place.blur_px))
    whole += rng.normal(0, rng.uniform(0, place.noise) / 255, whole.shape)
    pixels: Uint8Array = (np.clip(whole, 0, 1) * 255).astype(np.uint8)
    return pixels


def _room(rooms: Sequence[Path], rng: Rng) -> Float32Array:
    """Return some part of some photo, as a background."""
    whole = Image.open(rooms[int(rng.integers(len(rooms)))]).convert("RGB")
    side = min(whole.size) * rng.uniform(0.5, 1)
    left, top = ((length - side) * rng.random() for length in whole.size)
    part = whole.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC, (left, top, left + side, top + side))
    found: Float32Array = np.asarray(part, np.float32)[:, :: rng.choice([-1, 1])] / np.float32(255)
    return found


def write_set(name: str, out: Path, photos: int, rooms: Sequence[Path], seed: int) -> None:
    """Write `photos` photos a class below `out`/`name`."""
    place, number = PLACES[name], list(PLACES).index(name)
    for kind, (label, thing) in enumerate(THINGS.items()):
        folder = out / name / label
        folder.mkdir(parents=True, exist_ok=True)
        for i in range(photos):
            product = i if place.products is None else i % place.products
            solid = thing(np.random.default_rng([seed, number, kind, product]))
            rng = np.random.default_rng([seed, number, kind, i])
            kept = io.BytesIO()
            Image.fromarray(photo(solid, place, rooms, rng)).save(kept, "JPEG", quality=int(rng.integers(60, 95)))
            # a name that nothing can be read from, as groups are read from names
            (folder / f"{int(rng.integers(1 << 40)):010x}.jpg").write_bytes(kept.getvalue())


def main() -> None:
    """Read the flags and write the sets."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("out", type=Path)
    made.add_argument("--rooms", type=Path, required=True, help="folder of photos to put behind the things")
    made.add_argument("--photos", type=int, default=40, help="photos a class of each set")
    made.add_argument("--seed", type=int, default=0)
    given = made.parse_args()
    rooms = sorted(path for path in given.rooms.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    for name in PLACES:
        write_set(name, given.out, given.photos, rooms, given.seed)


if __name__ == "__main__":
    main()
