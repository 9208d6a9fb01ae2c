"""Landmark files in; files with their photos, masks and joints, to take to the machine that trains, out.

    python -m pretrain.pack LANDMARKS.npz... --every 2,1,1,1 --out FOLDER

Photos are decoded, shrunk and cut out once, and kept as WebP with alpha. `pretrain.train` takes these files in place of
landmark files. --every keeps each n-th photo of a set: of bursts of one person half are enough.
"""

import argparse
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from pretrain.hands import Hands, read_hands
from pretrain.targets import PoseTargets
from unseen.progress import PrintProgress
from unseen.records import Uint8Array

QUALITY = 75
ENCODED, ENDS = "webp", "ends"


def pack(hands: Hands, every: int, path: Path) -> None:
    """Write each `every`-th photo of `hands`, (H, W, 4) uint8 each, with what is true of it."""
    kept = range(0, len(hands), every)
    with ThreadPoolExecutor() as pool:
        encoded = list(pool.map(encode, [hands.photos[i] for i in kept]))
    rows: dict[str, npt.NDArray[np.generic]] = {name: getattr(hands.pose, name)[kept] for name in PoseTargets.__slots__}
    rows[ENCODED] = np.frombuffer(b"".join(encoded), np.uint8)
    rows[ENDS] = np.cumsum([len(one) for one in encoded])
    np.savez(path, allow_pickle=False, places=hands.places[kept], in_rooms=np.array(hands.in_rooms), **rows)


def is_packed(path: Path) -> bool:
    """Say whether `pack` wrote the file."""
    with np.load(path, allow_pickle=False) as rows:
        return ENCODED in rows.files


def unpack(path: Path) -> Hands:
    """Read what `pack` wrote."""
    with np.load(path, allow_pickle=False) as rows:
        encoded, ends = rows[ENCODED].tobytes(), rows[ENDS].tolist()
        pose = PoseTargets(*(rows[name] for name in PoseTargets.__slots__))
        places, in_rooms = rows["places"], bool(rows["in_rooms"])
    with ThreadPoolExecutor() as pool:
        photos = list(pool.map(decode, [encoded[start:end] for start, end in zip([0, *ends], ends, strict=False)]))
    return Hands(photos, places, pose, in_rooms)


def encode(photo: Uint8Array) -> bytes:
    """Return a photo (H, W, 4) as WebP; what lies under a clear alpha is kept, for rooms are cut from it."""
    stream = io.BytesIO()
    Image.fromarray(photo).save(stream, "WEBP", quality=QUALITY, method=4, exact=True)
    return stream.getvalue()


def decode(encoded: bytes) -> Uint8Array:
    """Return what `encode` was given, but for what the compression lost."""
    with Image.open(io.BytesIO(encoded)) as image:
        return np.asarray(image.convert("RGBA"))


def main() -> None:
    """Read the flags, pack each file."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("landmarks", nargs="+", type=Path, help="files of pretrain.teacher")
    flags.add_argument("--every", default="", help="of each file each n-th photo, by commas; all if not given")
    flags.add_argument("--out", type=Path, required=True, help="folder of the packed files")
    given = flags.parse_args()
    every = [int(each) for each in given.every.split(",")] if given.every else [1] * len(given.landmarks)
    given.out.mkdir(parents=True, exist_ok=True)
    for path, each in zip(given.landmarks, every, strict=True):
        packed = given.out / path.name
        pack(read_hands(path, PrintProgress()), each, packed)
        print(f"{packed}: {packed.stat().st_size:,} bytes", flush=True)


if __name__ == "__main__":
    main()
