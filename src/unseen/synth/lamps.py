"""Light points of skin by the lamps of a room."""

from dataclasses import dataclass

import numpy as np

from unseen.records import Float32Array, Float64Array
from unseen.seeds import generator
from unseen.synth.flesh import Flesh
from unseen.synth.people import linear
from unseen.synth.surface import Spots

# Skin lets red light travel furthest, so that shadows on it have soft, red edges (Jensen et al., 2001).
WRAP = np.array([0.34, 0.16, 0.1], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Lamp:
    """One lamp.

    towards: (3,) unit direction to it; x right, y up, z to the camera. light: (3,). soft: 0 a point, 1 sky.
    """

    towards: Float64Array
    light: Float64Array
    soft: float


@dataclass(frozen=True, slots=True)
class Room:
    """The light of a room.

    lamps: the first is the strongest and casts a shadow. sky, ground: (3,) light from above and below.
    wall_mm: distance from the hand to the wall its shadow falls on, or `None`.
    """

    lamps: tuple[Lamp, ...]
    sky: Float64Array
    ground: Float64Array
    wall_mm: float | None
    exposure: float
    seed: int


def white(kelvin: float) -> Float64Array:
    """Return the colour of a lamp of 2,500 to 10,000 K for a camera balanced for 5,500 K, (3,) linear with green 1."""
    warm = np.log(kelvin / 5500)
    return np.array([np.exp(-0.55 * warm), 1.0, np.exp(0.75 * warm)])


def make_room(seed: int, number: int, background: Float32Array | None = None) -> Room:
    """Draw the light of room `number`. background: (H, W, 3) sRGB 0..1; its mean colour tints the light it reflects."""
    rng = generator(seed, "room", number)
    key = white(rng.uniform(3300, 7500)) * rng.uniform(0.45, 1.35)
    lamps = [Lamp(_direction(rng, 0.25), key, float(rng.uniform(0.05, 1)))]
    for _ in range(rng.integers(0, 3)):
        fill = white(rng.uniform(3000, 9000)) * rng.uniform(0.05, 0.4)
        lamps.append(Lamp(_direction(rng, -0.6), fill, 1.0))
    ambient = rng.uniform(0.18, 0.55) * white(rng.uniform(4500, 7500))
    tint = np.ones(3)
    if background is not None:
        mean = linear(background.reshape(-1, 3).mean(axis=0).astype(np.float64)) + 0.05
        tint = (mean / mean.mean()) ** 0.35
    sky, ground = ambient * tint * rng.uniform(0.9, 1.3), ambient * tint * rng.uniform(0.4, 0.9)
    wall = float(rng.uniform(15, 250)) if rng.uniform() < 0.4 else None
    return Room(tuple(lamps), sky, ground, wall, float(np.exp(rng.normal(0, 0.18))), int(rng.integers(2**62)))


def _direction(rng: np.random.Generator, least_front: float) -> Float64Array:
    """Draw the direction to a lamp, mostly from above, at least a little from the camera's side."""
    while True:
        way = rng.normal(0, 1, 3) + np.array([0, 0.5, 0.55])
        way /= np.linalg.norm(way)
        if way[2] > least_front and way[1] > -0.5:
            return np.asarray(way, dtype=np.float64)


def light_up(
    room: Room,
    spots: Spots,
    to_hand: Float64Array,
    out: Float32Array,
    to_eye: Float32Array,
    albedo: Float32Array,
    gloss: Float32Array,
) -> Float32Array:
    """Return linear light (3, n); to_hand: (3, 3) from the room's axes to the hand's; the rest (3, n) or (n,)."""
    hidden = _occlusion(spots, out)
    up = (to_hand @ np.array([0.0, 1, 0])).astype(np.float32) @ out
    share = 0.5 + 0.5 * up
    around = room.sky[:, None] * share + room.ground[:, None] * (1 - share)
    # light that a fold of skin throws on itself is red: the fold is darker in blue than in red
    total = around * hidden[None] ** np.array([0.75, 1.0, 1.1])[:, None]
    shine = np.zeros_like(total)
    for number, lamp in enumerate(room.lamps):
        way = (to_hand @ lamp.towards).astype(np.float32)
        facing = way @ out
        wrap = WRAP[:, None] + np.float32(0.35 * lamp.soft)
        lit = np.clip((facing[None] + wrap) / (1 + wrap), 0, None) ** 1.4
        open_share = _shadow(spots.flesh, spots.points + out * 2, way, lamp.soft) if number == 0 else hidden
        lit *= 0.08 + 0.92 * open_share[None] ** np.array([0.8, 1.0, 1.05])[:, None]
        total = total + lamp.light[:, None] * lit
        half = way[:, None] + to_eye
        half /= np.maximum(np.sqrt(np.einsum("ij,ij->j", half, half)), 1e-6)
        mirror = np.clip(np.einsum("ij,ij->j", half, out), 0, 1)
        power = 14 + 12 * (1 - lamp.soft)
        shine += lamp.light[:, None] * (mirror**power * open_share * (0.045 + 0.05 * (gloss - 1).clip(0)) * (gloss > 0))
    fresnel = (1 - np.clip(np.einsum("ij,ij->j", to_eye, out), 0, 1)) ** 4 * 0.08 * hidden * (gloss > 0)
    bright: Float32Array = (albedo * total * 0.9 + shine + around * fresnel).astype(np.float32)
    return bright


def _occlusion(spots: Spots, out: Float32Array) -> Float32Array:
    """Return the share of the sky that points see, (n,): from how much nearer the skin is at two steps outwards."""
    lost = np.zeros(out.shape[1], dtype=np.float32)
    for step, weight in ((2.5, 0.16), (7.0, 0.075)):
        distance = spots.distance(out * np.float32(step))
        lost += np.float32(weight) * np.clip(step - distance, 0, None)
    share: Float32Array = np.clip(1 - lost, 0.1, 1)
    return share


def _shadow(flesh: Flesh, points: Float32Array, way: Float32Array, soft: float) -> Float32Array:
    """Return the share of a lamp that points (3, n) see past every cone, (n,), by how near a ray passes its axis
    (after Inigo Quilez, "capsule - soft shadow").
    """
    sharp = np.float32(2.2 - 1.9 * soft**0.5)
    seen = np.ones(points.shape[1], dtype=np.float32)
    starts, ends = flesh.start.astype(np.float32), flesh.end.astype(np.float32)
    square = np.einsum("ij,ij->j", points, points)
    forth = way @ points
    spans = ends - starts
    to_start, to_span = starts @ points, spans @ points
    for k in range(len(starts)):
        a, ba = starts[k], spans[k]
        dba, baba = float(way @ ba), float(ba @ ba)
        oad, oaba = forth - float(way @ a), to_span[k] - float(a @ ba)
        oaoa = square - 2 * to_start[k] + float(a @ a)
        scale = 1 / max(baba - dba * dba, 1e-3)
        ahead = np.maximum((oaba * dba - oad * baba) * np.float32(scale), 1e-3)
        place = np.clip((oaba - oad * dba) * np.float32(scale), 0, 1)
        apart = oaoa + ahead * ahead + place * place * baba + 2 * ahead * oad - 2 * place * (oaba + ahead * dba)
        radius = float(flesh.near[k]) + place * float(flesh.far[k] - flesh.near[k])
        miss = np.sqrt(np.maximum(apart, 0)) - radius
        open_share = np.clip(miss * sharp * 4 / (ahead + 4) + 0.5, 0, 1)
        np.minimum(seen, open_share, out=seen)
    smooth: Float32Array = seen * seen * (3 - 2 * seen)
    return smooth
