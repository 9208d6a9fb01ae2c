"""Photos whose mask is known: a drawn hand of skin colour on a backdrop of one's choice."""

import cv2
import numpy as np

from unseen.records import BoolArray, Float32Array, Uint8Array

SKIN = (205, 150, 122)
GREEN = (40, 140, 60)
WALL = (214, 214, 210)


def hand(height: int = 144, width: int = 176, shift: tuple[int, int] = (0, 0)) -> Float32Array:
    """Return the alpha (H, W) float32 of a palm with three fingers, its arm entering from the right."""
    scale = 4
    drawn = np.zeros((height * scale, width * scale), np.uint8)
    centre = np.array([width * 0.52 + shift[0], height * 0.5 + shift[1]]) * scale
    palm = int(height * 0.16 * scale)

    def limb(angle: float, length: float, thick: float) -> None:
        end = centre + palm * length * np.array([np.cos(angle), np.sin(angle)])
        ends = [(int(point[0]), int(point[1])) for point in (centre, end)]
        cv2.line(drawn, ends[0], ends[1], 255, int(palm * thick))

    cv2.circle(drawn, (int(centre[0]), int(centre[1])), palm, 255, -1)
    for angle in (2.6, 3.14, 3.7):
        limb(angle, 2.3, 0.5)
    limb(0.0, 9.0, 1.3)
    alpha = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), 0.6), np.float32)


def wall(
    colour: tuple[int, int, int], height: int = 144, width: int = 176, *, fall: float = 0.0, noise: float = 2.0
) -> Float32Array:
    """Return a wall (H, W, 3) float32 whose light falls by `fall` from one corner to the other."""
    y, x = np.mgrid[:height, :width] / np.array([height, width]).reshape(2, 1, 1)
    light = 1 - fall * (x + y) / 2
    rng = np.random.default_rng(1)
    return np.asarray(np.array(colour) * light[..., None] + rng.normal(0, noise, (height, width, 3)), np.float32)


def texture(height: int = 144, width: int = 176, seed: int = 0) -> Float32Array:
    """Return blotches of every size and colour, (H, W, 3) float32."""
    rng = np.random.default_rng(seed)
    sizes = (3, 6, 12, 24)
    blotches = [rng.normal(0, 32, (height // s + 1, width // s + 1, 3)).astype(np.float32) for s in sizes]
    return np.asarray(sum(cv2.resize(one, (width, height)) for one in blotches) + 125, np.float32)


def paste(alpha: Float32Array, behind: Float32Array, colour: tuple[int, int, int] = SKIN) -> Uint8Array:
    """Return the photo (H, W, 4) uint8 of a subject of one colour, with a little noise, over `behind`."""
    noise = np.random.default_rng(2).normal(0, 2, behind.shape)
    mixed = alpha[..., None] * np.array(colour) + (1 - alpha[..., None]) * behind + noise
    opaque = np.full((*alpha.shape, 1), 255.0)
    return np.concatenate([np.clip(mixed, 0, 255), opaque], axis=-1).astype(np.uint8)


def overlap(alpha: Uint8Array, truth: Float32Array) -> float:
    """Return the IoU of a mask and the truth, both cut at one half."""
    found: BoolArray = alpha > 127
    real = truth > 0.5
    return float((found & real).sum() / (found | real).sum())
