"""Gather photos that show no hand: rooms, things before rooms, and what lies beside the hand in photos of it."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from bench.hand_detection import ROOM_SET, ROOMS
from bench.office_things import THINGS
from bench.things import PLACES, photo
from pretrain.sign_sets import Readings
from unseen.config import TrainConfig
from unseen.features.extract import extract
from unseen.locate.locator import find_locator
from unseen.locate.pose_conditioned import PoseConditioned
from unseen.locate.regions import find_regions
from unseen.progress import Silent
from unseen.recipe import build, resolve
from unseen.records import Float32Array, Uint8Array

BESIDE = ("people/fingers_lebanese", "rps_subhi", "fingers_subhi/train")
A_SET, LEAST_PX, MARGIN, PRODUCTS = 130, 56, 0.2, 5


def no_hand_photos(data: Path, rooms: Path) -> list[Uint8Array]:
    """Return photos (H, W, 3). rooms: a folder for the rooms that things are drawn before."""
    found = [read(path) for path in sorted((data / ROOM_SET / "Nothing").iterdir())[:ROOMS]]
    for name in BESIDE:
        found += beside_hands(sorted(path for path in (data / name).rglob("*.*") if path.is_file()))
    rooms.mkdir(parents=True, exist_ok=True)
    files = [rooms / f"{i}.png" for i in range(len(found))]
    for file, pixels in zip(files, found, strict=True):
        Image.fromarray(pixels).save(file)
    for kind, thing in enumerate(THINGS.values()):
        for product in range(PRODUCTS):
            rng = np.random.default_rng([kind, product])
            found.append(photo(thing(rng), PLACES["webcam" if product else "shop"], files, rng))
    return found


def beside_hands(files: list[Path]) -> list[Uint8Array]:
    """Cut the broadest strip that the hand does not reach into out of some of the photos."""
    photos = [read(file) for file in files[:: max(1, len(files) // A_SET)]]
    joints = find_regions(find_locator("hand"), photos, Silent()).keypoints
    assert joints is not None
    found = []
    for pixels, one in zip(photos, joints, strict=True):
        if not np.isfinite(one).all():
            continue
        height, width = pixels.shape[:2]
        (left, top), (right, bottom) = one.min(axis=0) * (width, height), one.max(axis=0) * (width, height)
        margin = MARGIN * max(right - left, bottom - top)
        strips = (pixels[:, : max(0, int(left - margin))], pixels[:, int(right + margin) :])
        strip = max((*strips, pixels[: max(0, int(top - margin))]), key=lambda part: min(part.shape[:2]))
        if min(strip.shape[:2]) >= LEAST_PX:
            found.append(np.ascontiguousarray(strip))
    return found


def read(path: Path) -> Uint8Array:
    """Read one photo."""
    return np.asarray(Image.open(path).convert("RGB"))


def hands_read_in(photos: list[Uint8Array]) -> tuple[Float32Array, Float32Array]:
    """Return what both networks read of photos (N, R), and the locator's scores (N,); see `pretrain.sign_sets`."""
    recipe, everything = resolve(TrainConfig(photos="", out="", audit=False, model="handnet")), np.arange(len(photos))
    regions = find_regions(find_locator("hand"), photos, Silent())
    model = build(recipe, 2, photos, everything)
    assert isinstance(model.backbone, PoseConditioned)
    model.backbone = Readings(model.backbone)
    device = torch.device("cpu")
    read = extract(model.preprocess, model.backbone, photos, everything, device, Silent(), regions.boxes)
    return read, regions.scores
