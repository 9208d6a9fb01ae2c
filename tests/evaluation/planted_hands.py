"""Photos of a hand of one colour before a wall of another."""

import numpy as np

from unseen.records import Float32Array, Uint8Array

JOINTS = (0.4 + 0.2 * np.random.default_rng(0).random((21, 2))).astype(np.float32)


def photo(hand: tuple[int, int, int], wall: tuple[int, int, int]) -> tuple[Uint8Array, Float32Array]:
    pixels = np.full((80, 80, 3), wall, np.uint8)
    pixels[28:80, 28:52] = hand
    return pixels, JOINTS
