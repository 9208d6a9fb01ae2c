"""Build things of an office from solids, each from a generator: no two products are alike."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from bench.solids import Face, Solid, box, floats, ring, rod, round_thing
from unseen.records import Float32Array

Rng = np.random.Generator


def _tone(rng: Rng, *, pale: float = 0.3) -> Float32Array:
    """A product's colour: white or grey, black, or some hue."""
    kind = rng.random()
    if kind < pale:
        grey = rng.uniform(0.75, 1.0)
        return np.array([grey, grey, grey], np.float32)
    if kind < 0.6:
        grey = rng.uniform(0.05, 0.35)
        return np.array([grey, grey, grey], np.float32)
    hsv = np.array([[[rng.integers(180), rng.integers(90, 255), rng.integers(80, 255)]]], np.uint8)
    return floats(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0] / 255)


def _keys(wide: float, deep: float, across: int, down: int, at: Sequence[float], tone: Float32Array) -> Solid:
    solid: Solid = []
    for i in range(across):
        for j in range(down):
            x = at[0] + wide * ((i + 0.5) / across - 0.5)
            z = at[2] + deep * ((j + 0.5) / down - 0.5)
            solid += box((x, at[1], z), (0.42 * wide / across, 0.02, 0.42 * deep / down), tone)
    return solid


def _mug(rng: Rng) -> Solid:
    tone, r, h = _tone(rng), rng.uniform(0.35, 0.5), rng.uniform(0.4, 0.65)
    top = r * rng.uniform(0.95, 1.25)
    inside = rod((0, 0, 0), (0, h * 1.01, 0), r * 0.9, top * 0.9, 0.45 * tone)
    return rod((0, -h, 0), (0, h, 0), r, top, tone) + inside + ring((r * 1.15, 0, 0), h * 0.55, 0.08, tone, "z")


def _bottle(rng: Rng) -> Solid:
    tone, r, h = _tone(rng), rng.uniform(0.2, 0.32), rng.uniform(0.5, 0.7)
    neck, label = r * rng.uniform(0.3, 0.6), _tone(rng)
    body = rod((0, -h, 0), (0, h * 0.4, 0), r, r, tone) + rod(
        (0, -h * 0.6, 0), (0, h * 0.1, 0), r * 1.02, r * 1.02, label
    )
    return (
        body
        + rod((0, h * 0.4, 0), (0, h * 0.8, 0), r, neck, tone)
        + rod((0, h * 0.8, 0), (0, h, 0), neck, neck, _tone(rng))
    )


def _laptop(rng: Rng) -> Solid:
    tone, w, d = _tone(rng), rng.uniform(0.75, 0.95), rng.uniform(0.5, 0.6)
    lean, key = rng.uniform(0.1, 0.45), _tone(rng, pale=0.1)
    screen = floats([rng.uniform(0, 0.4), rng.uniform(0.1, 0.6), rng.uniform(0.2, 0.9)])
    solid = box((0, -0.4, 0), (w, 0.04, d), tone) + _keys(1.7 * w, d, 12, 4, (0, -0.35, -0.15), key)
    lid = box((0, 0.5, 0), (w, d * 0.9, 0.03), tone) + box((0, 0.5, 0.035), (w * 0.9, d * 0.8, 0.01), screen)
    c, s = np.cos(lean), np.sin(lean)
    turned = [Face(f.points @ floats([[1, 0, 0], [0, c, -s], [0, s, c]]) + floats([0, -0.35, -d]), f.tone) for f in lid]
    return solid + turned


def _monitor(rng: Rng) -> Solid:
    tone, w, h = _tone(rng), rng.uniform(0.7, 0.95), rng.uniform(0.45, 0.6)
    screen = floats(rng.uniform(0, 0.9, 3)) * rng.uniform(0.1, 1)
    solid = box((0, 0.2, 0), (w, h, 0.06), tone) + box((0, 0.2, 0.065), (w * 0.93, h * 0.9, 0.01), screen)
    return solid + box((0, -0.55, -0.05), (0.08, 0.3, 0.04), tone) + box((0, -0.82, 0), (0.35, 0.03, 0.22), tone)


def _keyboard(rng: Rng) -> Solid:
    tone, w, d = _tone(rng), rng.uniform(0.85, 1.0), rng.uniform(0.28, 0.4)
    return box((0, 0, 0), (w, 0.04, d), tone) + _keys(1.9 * w, 1.7 * d, 15, 5, (0, 0.06, 0), _tone(rng))


def _mouse(rng: Rng) -> Solid:
    tone, long = _tone(rng), rng.uniform(0.6, 0.8)
    solid = round_thing((0, 0, 0), (0.4, 0.25, long), tone) + box((0, 0.22, 0.4), (0.05, 0.05, 0.12), 0.3 * tone)
    return solid + (
        rod((0, 0, long), (rng.uniform(-0.5, 0.5), 0, long + 0.7), 0.03, 0.03, 0.5 * tone) if rng.random() < 0.6 else []
    )


def _phone(rng: Rng) -> Solid:
    tone, w, h = _tone(rng), rng.uniform(0.3, 0.42), rng.uniform(0.6, 0.8)
    if rng.random() < 0.5:  # with keys
        solid = box((0, 0, 0), (w, 0.08, h), tone) + box(
            (0, 0.09, -h * 0.5), (w * 0.8, 0.01, h * 0.35), floats(rng.uniform(0.2, 0.8, 3))
        )
        return solid + _keys(1.6 * w, 0.9 * h, 3, 4, (0, 0.1, h * 0.4), _tone(rng))
    return box((0, 0, 0), (w, 0.05, h), tone) + box(
        (0, 0.055, 0), (w * 0.92, 0.01, h * 0.85), floats(rng.uniform(0, 0.9, 3))
    )


def _calculator(rng: Rng) -> Solid:
    tone, w, h = _tone(rng), rng.uniform(0.4, 0.6), rng.uniform(0.65, 0.8)
    shown = floats([0.6, 0.7, 0.55]) * rng.uniform(0.7, 1.2)
    solid = box((0, 0, 0), (w, 0.06, h), tone) + box((0, 0.07, -h * 0.68), (w * 0.85, 0.02, h * 0.18), shown)
    return solid + _keys(
        1.7 * w, 1.25 * h, int(rng.integers(4, 6)), int(rng.integers(4, 6)), (0, 0.08, h * 0.25), _tone(rng)
    )


def _book(rng: Rng) -> Solid:
    cover, w, h, t = _tone(rng, pale=0.1), rng.uniform(0.45, 0.6), rng.uniform(0.65, 0.8), rng.uniform(0.05, 0.18)
    paper = floats([0.95, 0.93, 0.85])
    solid = (
        box((0, 0, 0), (w * 0.96, t * 0.9, h * 0.96), paper)
        + box((0, t, 0), (w, 0.02, h), cover)
        + box((0, -t, 0), (w, 0.02, h), cover)
    )
    return (
        solid
        + box((-w, 0, 0), (0.02, t, h), cover)
        + box((0, t + 0.025, -h * 0.4), (w * 0.7, 0.005, h * rng.uniform(0.05, 0.3)), _tone(rng))
    )


def _lamp(rng: Rng) -> Solid:
    tone, shade, lean = _tone(rng), _tone(rng), rng.uniform(-0.3, 0.3)
    solid = rod((0, -0.9, 0), (0, -0.84, 0), 0.32, 0.32, tone) + rod((0, -0.84, 0), (lean, 0.0, 0), 0.04, 0.04, tone)
    end = (lean + rng.uniform(0.1, 0.5), 0.6, 0)
    return (
        solid
        + rod((lean, 0.0, 0), end, 0.04, 0.04, tone)
        + rod((end[0] + 0.2, 0.4, 0), end, rng.uniform(0.25, 0.4), 0.1, shade)
    )


def _chair(rng: Rng) -> Solid:
    tone, leg, w = _tone(rng), _tone(rng, pale=0.2), rng.uniform(0.4, 0.5)
    solid = box((0, -0.1, 0), (w, 0.06, w), tone) + box((0, 0.55, -w), (w * 0.9, rng.uniform(0.3, 0.45), 0.05), tone)
    if rng.random() < 0.5:
        solid += rod((0, -0.1, 0), (0, -0.7, 0), 0.05, 0.05, leg)
        for angle in np.arange(5) * 2 * np.pi / 5:
            solid += rod((0, -0.7, 0), (0.5 * np.cos(angle), -0.85, 0.5 * np.sin(angle)), 0.05, 0.04, leg)
        return solid + rod((0, 0, -w), (0, 0.4, -w), 0.04, 0.04, leg)
    for x in (-w, w):
        solid += rod((x * 0.9, -0.1, w * 0.9), (x, -0.95, w), 0.05, 0.04, leg) + rod(
            (x * 0.9, 0.5, -w * 0.9), (x, -0.95, -w), 0.05, 0.04, leg
        )
    return solid


def _headphones(rng: Rng) -> Solid:
    tone, pad, r = _tone(rng), _tone(rng, pale=0.15), rng.uniform(0.5, 0.65)
    solid = ring((0, 0, 0), r, 0.06, tone, "z", share=0.5)
    size = rng.uniform(0.2, 0.3)
    return (
        solid
        + rod((-r - 0.08, -0.1, 0), (-r + 0.08, -0.1, 0), size, size, pad)
        + rod((r - 0.08, -0.1, 0), (r + 0.08, -0.1, 0), size, size, pad)
    )


def _stapler(rng: Rng) -> Solid:
    tone, long, up = _tone(rng), rng.uniform(0.7, 0.9), rng.uniform(0.1, 0.3)
    solid = box((0, -0.25, 0), (0.16, 0.05, long), _tone(rng)) + box(
        (0, -0.25 + up, 0.05), (0.13, 0.1, long * 0.95), tone
    )
    return solid + box((0, -0.1, -long * 0.9), (0.14, 0.2, 0.08), 0.6 * tone)


def _speaker(rng: Rng) -> Solid:
    tone, w, h = _tone(rng), rng.uniform(0.35, 0.5), rng.uniform(0.6, 0.85)
    cone, big = _tone(rng, pale=0.1), 0.75 * w
    solid = box((0, 0, 0), (w, h, 0.35), tone) + rod((0, -h * 0.4, 0.35), (0, -h * 0.4, 0.38), big, big, cone)
    return (
        solid
        + rod((0, -h * 0.4, 0.38), (0, -h * 0.4, 0.4), big * 0.4, big * 0.2, 0.5 * cone)
        + rod((0, h * 0.5, 0.35), (0, h * 0.5, 0.38), big * 0.45, big * 0.45, cone)
    )


def _scissors(rng: Rng) -> Solid:
    steel, tone, gape = floats([0.7, 0.72, 0.75]), _tone(rng, pale=0.1), rng.uniform(0.12, 0.45)
    solid: Solid = []
    for sign in (-1, 1):
        x = sign * np.sin(gape)
        solid += rod((0, 0, 0), (x * 0.9, 0.9, 0), 0.09, 0.01, steel) + rod(
            (0, 0, 0), (-x * 0.5, -0.45, 0), 0.08, 0.07, tone
        )
        solid += ring((-x * 0.6 - sign * 0.12, -0.68, 0), rng.uniform(0.18, 0.26), 0.06, tone, "z")
    return solid


def _printer(rng: Rng) -> Solid:
    tone, w, h, d = _tone(rng, pale=0.5), rng.uniform(0.65, 0.9), rng.uniform(0.3, 0.5), rng.uniform(0.45, 0.6)
    paper = floats([0.97, 0.97, 0.97])
    solid = (
        box((0, 0, 0), (w, h, d), tone)
        + box((0, h + 0.2, -d * 0.7), (w * 0.6, 0.25, 0.03), paper)
        + box((0, -h * 0.4, d + 0.15), (w * 0.6, 0.03, 0.25), paper)
    )
    return (
        solid
        + box((0, -h * 0.3, d), (w * 0.7, h * 0.2, 0.01), 0.3 * tone)
        + box((w * 0.5, h, d * 0.3), (w * 0.25, 0.03, d * 0.3), _tone(rng, pale=0.1))
    )


THINGS: dict[str, Callable[[Rng], Solid]] = {
    "mug": _mug,
    "bottle": _bottle,
    "laptop": _laptop,
    "monitor": _monitor,
    "keyboard": _keyboard,
    "mouse": _mouse,
    "phone": _phone,
    "calculator": _calculator,
    "book": _book,
    "lamp": _lamp,
    "chair": _chair,
    "headphones": _headphones,
    "stapler": _stapler,
    "speaker": _speaker,
    "scissors": _scissors,
    "printer": _printer,
}
