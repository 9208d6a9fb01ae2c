"""A number of photos in; rendered hands as PNG with alpha and their joints, in the teacher's format, out.

    python -m pretrain.render --photos 3000 --out FOLDER

The joints are the renderer's own, so that nothing is guessed. One process a core; the same seed gives the same bytes.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from pretrain.any_hand import any_hand

SIDE_PX = 160
Row = tuple[str, np.ndarray, np.ndarray, bool]


def render(task: tuple[int, Path]) -> Row:
    """Render hand number `task[0]` into the folder `task[1]`, unless it is there; return its row."""
    seed, folder = task
    hand = any_hand(seed, SIDE_PX, samples=1)
    path = folder / f"{seed:06d}.png"
    if not path.exists():
        Image.fromarray(hand.seen.rgba).save(path)
    depth = hand.seen.joints_mm[:, 2:] * 0
    return path.as_posix(), np.hstack([hand.seen.joints, depth]), hand.seen.joints_mm, bool(hand.seen.left)


def main() -> None:
    """Read the flags, render, write the landmarks."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--photos", type=int, default=3000)
    flags.add_argument("--seed", type=int, default=0, help="number of the first hand")
    flags.add_argument("--out", type=Path, required=True, help="folder of the photos; OUT.npz is written beside it")
    given = flags.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    tasks = [(given.seed + number, given.out) for number in range(given.photos)]
    rows: list[Row] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for row in pool.map(render, tasks, chunksize=20):
            rows.append(row)
            if len(rows) % 200 == 0:
                print(f"{len(rows)} of {given.photos}", flush=True)
    paths, image, world, left = zip(*rows, strict=True)
    np.savez_compressed(
        given.out.with_suffix(".npz"),
        path=np.array(paths),
        image=np.stack(image).astype(np.float32),
        world=np.stack(world).astype(np.float32),
        left=np.array(left, np.float32),
        score=np.ones(len(rows), np.float32),
    )


if __name__ == "__main__":
    main()
