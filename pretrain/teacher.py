"""Folders of photos in, one NPZ of hand landmarks out, as MediaPipe finds them: the teacher of `handnet`.

Run with a Python that has `mediapipe==0.10.21` (its models lie in its wheel; it needs NumPy 1, so an environment of its
own) and this project's `src` on its path:

    PYTHONPATH=src TEACHER_PYTHON -m pretrain.teacher PHOTOS... --out landmarks.npz

It is used before training and never by the package. Photos in which it finds no hand are rows with score 0.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from unseen.errors import UnseenError
from unseen.photos.decode import decode
from unseen.photos.scan import is_passed_over
from unseen.records import Uint8Array

os.environ.setdefault("GLOG_minloglevel", "3")

# MediaPipe's palm detector was made for whole hands with room around them: a photo that a hand fills gets a margin.
MARGINS = (0.0, 0.35)
LEAST_SCORE = 0.4
SIDE_PX = 320


def look(hands: Any, pixels: Uint8Array) -> tuple[np.ndarray, np.ndarray, float, float] | None:
    """Return the surest hand of (H, W, 3) uint8: image (21, 3), world (21, 3), P(it is a left hand), score.

    image: x and y in shares of width and height, from the top left, possibly outside 0..1; z in shares of the width,
    smaller is nearer. world: metres, from the middle of the hand, y down, in the camera's axes.
    """
    height, width = pixels.shape[:2]
    for margin in MARGINS:
        pad = round(margin * max(height, width))
        seen = hands.process(np.pad(pixels, ((pad, pad), (pad, pad), (0, 0)), mode="edge") if pad else pixels)
        if not seen.multi_hand_landmarks:
            continue
        found = [h.classification[0] for h in seen.multi_handedness]
        best = max(range(len(found)), key=lambda i: found[i].score)
        image = np.array([(p.x, p.y, p.z) for p in seen.multi_hand_landmarks[best].landmark], np.float32)
        world = np.array([(p.x, p.y, p.z) for p in seen.multi_hand_world_landmarks[best].landmark], np.float32)
        scale = np.array([(width + 2 * pad) / width, (height + 2 * pad) / height, (width + 2 * pad) / width])
        image = (image * scale - np.array([pad / width, pad / height, 0])).astype(np.float32)
        score = float(found[best].score)
        # MediaPipe names hands as in a mirror
        left = score if found[best].label == "Right" else 1 - score
        return image, world, left, score
    return None


def photos_in(folder: Path) -> list[Path]:
    """Return every photo below `folder`, in the order of their paths."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and not is_passed_over(p.name))


def main() -> None:
    """Read the flags, look at every photo, write the NPZ."""
    import mediapipe

    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("photos", nargs="+", type=Path, help="folders of photos")
    flags.add_argument("--out", type=Path, required=True, help="the NPZ to write")
    given = flags.parse_args()
    rows: list[tuple[str, np.ndarray, np.ndarray, float, float]] = []
    blank = np.zeros((21, 3), np.float32)
    started = time.monotonic()
    with mediapipe.solutions.hands.Hands(
        static_image_mode=True, max_num_hands=2, model_complexity=1, min_detection_confidence=LEAST_SCORE
    ) as hands:
        for folder in given.photos:
            for path in photos_in(folder):
                try:
                    found = look(hands, np.ascontiguousarray(decode(path, SIDE_PX)[:, :, :3]))
                except UnseenError as error:
                    print(error, file=sys.stderr)
                    continue
                rows.append((path.as_posix(), *(found or (blank, blank, 0.5, 0.0))))
                if len(rows) % 500 == 0:
                    hit = sum(row[4] > 0 for row in rows) / len(rows)
                    print(f"{len(rows)} photos, {hit:.1%} with a hand, {time.monotonic() - started:.0f} s", flush=True)
    paths, image, world, left, score = zip(*rows, strict=True)
    np.savez_compressed(
        given.out,
        path=np.array(paths),
        image=np.stack(image),
        world=np.stack(world),
        left=np.array(left, np.float32),
        score=np.array(score, np.float32),
    )


if __name__ == "__main__":
    main()
