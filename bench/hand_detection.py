"""How well hands are found: beside the teacher's boxes, in photos without one, and small ones planted in rooms.

    python -m bench.hand_detection --data DIR --rival-python PYTHON

PYTHON has mediapipe==0.10.21; what it finds is kept in `--out`/landmarks. Sets: rps_subhi, fingers_subhi/train and
asl_kept/test, which the built-in network has not seen; rooms are photos of asl_kept/train/Nothing in which the teacher
finds no hand, the first 24 by name (later ones show arms). Small hands are those of the last two sets, cut out and put
before the rooms, stretched to 640 x 480. Found: nine of ten joints lie in the square, of at most 2.6 times their span.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from bench.landmarks import find_landmarks, hands_of
from bench.photosets import parser
from bench.places import HEIGHT, WIDTH
from unseen.locate.box_crop import squares_of
from unseen.locate.hand_reader import READER_PX
from unseen.locate.hands import CONFIDENT
from unseen.locate.keypoint_bones import HAND_SKELETON
from unseen.locate.locator import find_locator
from unseen.locate.regions import find_regions
from unseen.locate.two_hands import keypoint_overlap
from unseen.masks.keypoints import PhotoKeypoints
from unseen.masks.masked_images import with_masks
from unseen.masks.photo_masks import find_masks
from unseen.photos.pixel_cache import PixelCache
from unseen.progress import Silent
from unseen.recipe import CROP_DETAIL
from unseen.records import BoolArray, Float32Array, Images, Photo, PhotoSet, Uint8Array
from unseen.seeds import generator

SETS = ("rps_subhi", "fingers_subhi/train", "asl_kept/test")
ROOMS, ROOM_SET = 24, "asl_kept/train"
SHARES = (0.6, 0.4, 0.3, 0.2, 0.15, 0.1)
PLANTED = 240
FOUND_JOINTS, LARGEST_SQUARE = 0.9, 2.6


@dataclass(frozen=True, slots=True)
class Seen:
    """Decoded photos and what the teacher found: joints (N, 21, 2) in shares of each photo, NaN where nothing."""

    names: tuple[Photo, ...]
    pixels: Images
    joints: Float32Array


def open_seen(data: Path, name: str, out: Path, python: Path) -> Seen:
    """Read one set with its landmarks."""
    cache = out / "landmarks" / f"{name.replace('/', '-')}.npz"
    rows = find_landmarks(data / name, cache, python)
    files = sorted(rows)
    named = tuple(Photo(file.as_posix(), file, file.parent.name) for file in files)
    hands = hands_of(files, rows, cache)
    joints = np.where(hands.seen[:, None, None], hands.image[:, :, :2], np.nan).astype(np.float32)
    return Seen(named, PixelCache().load(named, round(CROP_DETAIL * READER_PX), Silent()).pixels, joints)


def known(joints: Float32Array) -> BoolArray:
    """Of which photos the joints (N, 21, 2) are known, (N,) bool."""
    return np.asarray(np.isfinite(joints).all(axis=(1, 2)), np.bool_)


def beside_teacher(name: str, seen: Seen) -> str:
    """One row: hands kept, and how far boxes agree with the teacher's."""
    hands, found = known(seen.joints), find_regions(find_locator("hand"), seen.pixels, Silent())
    assert found.keypoints is not None
    kept = known(found.keypoints)
    both = np.logical_and(hands, kept)
    agree = keypoint_overlap(torch.from_numpy(found.keypoints[both]), torch.from_numpy(seen.joints[both])).numpy()
    return f"| {name} | {len(hands)} | {hands.sum()} | {kept[hands].mean():.3f} | {np.median(agree):.2f} |"


def cut_out(seen: Seen, number: int) -> list[tuple[Uint8Array, Float32Array]]:
    """Return hands with a sure mask, RGBA and joints (21, 2) in its pixels; of `number` photos drawn."""
    drawn = generator(0, "bench hands").permutation(np.flatnonzero(known(seen.joints)))[:number]
    photos = [seen.pixels[int(i)] for i in drawn]
    names = tuple(seen.names[int(i)] for i in drawn)
    keypoints = PhotoKeypoints(seen.joints[drawn], HAND_SKELETON)
    masks = find_masks(PhotoSet(names, (), ()), photos, [one.path for one in names], keypoints=keypoints)
    masked = with_masks(photos, masks)
    sure = np.flatnonzero(masks.known).tolist()
    return [(masked[i], seen.joints[drawn[i]] * np.array(photos[i].shape[1::-1], np.float32)) for i in sure]


def plant(
    hands: Sequence[tuple[Uint8Array, Float32Array]], rooms: Sequence[Uint8Array], share: float
) -> tuple[list[Uint8Array], Float32Array]:
    """Put each hand, `share` of the height long, somewhere into a room; return photos and joints in shares of them."""
    rng = generator(0, "bench hands", round(100 * share))
    photos, joints = [], []
    for hand, places in hands:
        scale = HEIGHT * share / float((places.max(axis=0) - places.min(axis=0)).max())
        size = max(4, round(hand.shape[1] * scale)), max(4, round(hand.shape[0] * scale))
        small = Image.fromarray(hand).resize(size, Image.Resampling.LANCZOS)
        low, high = places.min(axis=0) * scale, places.max(axis=0) * scale
        corner = [round(float(c)) for c in rng.uniform(-low, np.array([WIDTH, HEIGHT]) - high)]
        room = Image.fromarray(rooms[int(rng.integers(len(rooms)))])
        room.paste(small, (corner[0], corner[1]), small.getchannel("A"))
        photos.append(np.asarray(room.convert("RGBA")))
        joints.append((places * scale + corner) / np.array([WIDTH, HEIGHT]))
    return photos, np.stack(joints).astype(np.float32)


def share_found(photos: Sequence[Uint8Array], joints: Float32Array) -> float:
    """Share of the planted hands that the square is about."""
    extent = torch.tensor([[1.0, HEIGHT / WIDTH]])
    found = find_regions(find_locator("hand"), photos, Silent())
    whole = np.where(np.isnan(found.boxes), np.array([0, 0, 1, 1], np.float32), found.boxes)
    square = squares_of(torch.from_numpy(whole), extent).numpy()
    seen = (joints * 2 - 1) * extent.numpy()
    inside = (np.abs(seen - square[:, None, :2]) <= square[:, None, 2:]).all(axis=2).mean(axis=1)
    extents = (seen.max(axis=1) - seen.min(axis=1)).max(axis=1)
    return float(((inside >= FOUND_JOINTS) & (2 * square[:, 2] <= LARGEST_SQUARE * extents)).mean())


def main() -> None:
    """Measure and print."""
    made = parser(__doc__ or "")
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--out", type=Path, default=Path("runs/hands"), help="where landmarks are kept")
    made.add_argument("--rival-python", type=Path, required=True, help="a Python with mediapipe==0.10.21")
    given = made.parse_args()
    sets = {name: open_seen(given.data, name, given.out, given.rival_python) for name in SETS}
    print("| set | photos | the teacher sees a hand in | of these kept | median IoU |\n|---|---|---|---|---|")
    for name, seen in sets.items():
        print(beside_teacher(name, seen), flush=True)
    bare = open_seen(given.data, ROOM_SET, given.out, given.rival_python)
    empty = [i for i in range(len(bare.names)) if bare.names[i].label == "Nothing" and np.isnan(bare.joints[i]).any()]
    rooms = [bare.pixels[i] for i in empty[:ROOMS]]
    taken = find_regions(find_locator("hand"), rooms, Silent()).scores >= CONFIDENT
    print(f"\n{taken.sum()} of {len(rooms)} rooms are taken for hands\n")
    wide = [np.asarray(Image.fromarray(room[..., :3]).resize((WIDTH, HEIGHT))) for room in rooms]
    hands = [hand for name in SETS[1:] for hand in cut_out(sets[name], PLANTED // 2)]
    print(f"| {len(hands)} hands, share of the height | {' | '.join(map(str, SHARES))} |\n|---|{'---|' * len(SHARES)}")
    found = [f"{share_found(*plant(hands, wide, share)):.2f}" for share in SHARES]
    print(f"| found | {' | '.join(found)} |")


if __name__ == "__main__":
    main()
