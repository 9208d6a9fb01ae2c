"""Colour points on the skin: reflectance and gloss."""

from dataclasses import dataclass

import numpy as np

from unseen.records import Float32Array, Float64Array, Int64Array
from unseen.synth.flesh import SLEEVE, Flesh
from unseen.synth.people import Person
from unseen.synth.surface import Spots

BLEND_MM = 3.0


@dataclass(frozen=True, slots=True)
class Cover:
    """Which cone each of n points lies on, and where on it.

    cone: (n,) int64. local: (3, n) float32 mm in the cone's own axes, its section scaled to a circle. palmar: (n,)
    float32, 1 where the skin faces the palm's side of the bones about, 0 on the back of the hand.
    """

    cone: Int64Array
    local: Float32Array
    palmar: Float32Array


def cover_of(spots: Spots, out: Float32Array) -> Cover:
    """Find the cone that each of n points lies on; out: (3, n) outward normals."""
    count = spots.points.shape[1]
    best = np.full(count, 1e9, dtype=np.float32)
    cone, local = np.zeros(count, dtype=np.int64), np.zeros((3, count), dtype=np.float32)
    # bones differ in which way their palm's side faces, the skin between them turns gradually
    side, weights = np.zeros(count, dtype=np.float32), np.full(count, 1e-9, dtype=np.float32)
    inward = spots.flesh.inward[:, 2].astype(np.float32)
    palms = inward / np.linalg.norm(inward, axis=1, keepdims=True)
    still = np.zeros((3, 1), dtype=np.float32)
    for number, (positions, distance) in enumerate(zip(spots.near, spots.to_cones(still), strict=True)):
        better = distance < best[positions]
        chosen = positions[better]
        best[chosen] = distance[better]
        cone[chosen] = number
        local[:, chosen] = spots.local[number][:, better]
        weight = np.exp(np.maximum(distance, 0) / np.float32(-BLEND_MM))
        side[positions] += weight * (palms[number] @ out[:, positions])
        weights[positions] += weight
    return Cover(cone, local, _ramp(side / weights, -0.45, 0.35))


def colour(person: Person, spots: Spots, out: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Return linear colours (3, n) and gloss (n,) of n points with outward normals `out` (3, n)."""
    cover = cover_of(spots, out)
    flesh, points = spots.flesh, spots.points
    owner, group = flesh.owner[cover.cone], flesh.group[cover.cone]
    palmar = cover.palmar
    tint = np.exp(0.018 * _blotches(person.blotches, points))
    base = person.skin[:, None] * (1 - palmar) + person.palm[:, None] * palmar
    albedo: Float32Array = (base * tint).astype(np.float32)
    gloss = np.full(points.shape[1], 1.0, dtype=np.float32)
    _fingers(person, cover, owner, palmar, albedo)
    _palm_lines(person, points, out, owner, albedo)
    _nails(person, cover, owner, albedo, gloss)
    _worn(person, flesh, cover, owner, albedo, gloss)
    if person.sleeve is not None:
        worn = group == SLEEVE
        weave = 1 + 0.12 * np.sin(cover.local[1] * 1.1) * np.sin(cover.local[0] * 1.3)
        albedo[:, worn] = (person.sleeve[:, None] * weave[worn]).astype(np.float32)
        gloss[worn] = 0
    return albedo, gloss


def _ramp(value: Float32Array, low: float, high: float) -> Float32Array:
    share = np.clip((value - low) / (high - low), 0, 1)
    smooth: Float32Array = share * share * (3 - 2 * share)
    return smooth


def _blotches(waves: Float64Array, points: Float32Array) -> Float32Array:
    phase = waves[:, :3].astype(np.float32) @ points + waves[:, 3:].astype(np.float32)
    total: Float32Array = np.sin(phase).sum(axis=0)
    return total


def _line(along: Float32Array, at: float, width: float) -> Float32Array:
    away = (along - np.float32(at)) / np.float32(width)
    line: Float32Array = np.exp(-away * away)
    return line


def _fingers(person: Person, cover: Cover, owner: Int64Array, palmar: Float32Array, albedo: Float32Array) -> None:
    """Add creases where fingers bend, and redder knuckles and tips."""
    for finger in range(5):
        for bone in range(3):
            mine = np.flatnonzero((owner[:, 0] == finger) & (owner[:, 1] == bone))
            if not len(mine):
                continue
            length = float(person.bones.lengths[finger, bone])
            along, front = cover.local[1, mine], palmar[mine]
            dark, red = np.zeros_like(along), np.zeros_like(along)
            for joint, here in ((bone, 0.0), (bone + 1, length)):
                if joint in (1, 2):
                    crease = _line(along, here, 0.9) + 0.5 * _line(along, here - 2.6 * (joint == 1), 0.7)
                    wrinkles = _line(along, here, 4.0) * (0.5 + 0.5 * np.cos(along * 2.4))
                    dark += front * 0.42 * crease + (1 - front) * 0.22 * wrinkles
                    red += 0.5 * _line(along, here, 6.0) * (1 - front)
                elif joint == 0:
                    dark += front * 0.4 * _line(along, here + 0.42 * length, 0.9)
                    red += 0.5 * _line(along, here, 8.0) * (1 - front)
                else:
                    red += 0.9 * _line(along, here, 9.0)
            _shade(person, albedo, mine, dark, red)


def _shade(person: Person, albedo: Float32Array, mine: Int64Array, dark: Float32Array, red: Float32Array) -> None:
    dark = np.clip(dark * np.float32(person.creases), 0, 0.7)
    redder = np.float32(0.16 * person.redness + 0.04) * red
    lost = np.stack([0.9 * dark, dark + 0.9 * redder, 1.05 * dark + redder])
    albedo[:, mine] *= np.clip(1 - lost, 0.1, 1).astype(np.float32)


def _palm_lines(
    person: Person, points: Float32Array, out: Float32Array, owner: Int64Array, albedo: Float32Array
) -> None:
    """Add the three lines of the palm: of the fingers' bending (heart, head) and of the thumb's (life)."""
    mine = np.flatnonzero((owner[:, 0] == -1) & (owner[:, 1] > 0) & (out[2] > 0.1))
    size = person.bones.bases[2, 1] / 91
    x, y = points[0, mine] / size, points[1, mine] / size
    heart = _line(y - (60 + 0.006 * (x + 38) ** 2.0), 0, 1.1) * _ramp(-x, -8, 0)
    head = _line(y - (60 - 0.009 * (x - 27) ** 2 + 0.12 * (x - 27)), 0, 1.0) * _ramp(x, -24, -14)
    life = _line(np.sqrt((x - 34) ** 2 + (y - 27) ** 2), 33, 1.1) * _ramp(y, 4, 14) * (x < 36)
    dark = (0.34 * (heart + head + life) * _ramp(out[2, mine], 0.1, 0.7)).astype(np.float32)
    pink = 0.5 + 0.4 * _ramp(np.hypot(x - 2, y - 50), 12, 40)
    _shade(person, albedo, mine, dark, (0.7 * pink).astype(np.float32))


def _nails(person: Person, cover: Cover, owner: Int64Array, albedo: Float32Array, gloss: Float32Array) -> None:
    for finger in range(5):
        mine = np.flatnonzero((owner[:, 0] == finger) & (owner[:, 1] == 2) & (cover.local[2] < 0))
        if not len(mine):
            continue
        length, tip = float(person.bones.lengths[finger, 2]), float(person.bones.radii[finger, 3])
        half = 0.26 * length + 0.5 * person.nail_mm
        middle = length - 0.5 * tip + 0.55 * tip - half + 0.7 * person.nail_mm
        wide = np.abs(cover.local[0, mine]) / np.float32(0.74 * tip)
        high = (cover.local[1, mine] - np.float32(middle)) / np.float32(half)
        edge = np.sqrt(np.sqrt(wide**4 + high**4))
        inside = 1 - _ramp(edge, 0.88, 1.02)
        rim = _line(edge, 1.06, 0.09) * 0.25
        bare = np.minimum(person.palm * np.array([1.1, 1.05, 1.08]) + 0.03, 0.85)
        white = _ramp(high, 0.7, 0.9)[None] * (0.7 - bare[:, None]) * 0.6
        paint = np.array(person.nails)[:, None] if person.nails is not None else bare[:, None] + white
        albedo[:, mine] = (albedo[:, mine] * (1 - rim) * (1 - inside) + paint * inside).astype(np.float32)
        gloss[mine] += (4.0 if person.nails is not None else 2.0) * inside


def _worn(
    person: Person, flesh: Flesh, cover: Cover, owner: Int64Array, albedo: Float32Array, gloss: Float32Array
) -> None:
    """Add a ring and a bracelet as bands of colour: at these sizes their thickness is invisible."""
    metal = person.band if person.band is not None else np.array([0.75, 0.55, 0.25])
    if person.ring:
        share = cover.local[1] / np.float32(person.bones.lengths[person.ring, 0])
        here = (owner[:, 0] == person.ring) & (owner[:, 1] == 0) & (np.abs(share - 0.45) < 0.05)
        albedo[:, here], gloss[here] = metal[:, None], 6
    if person.band is not None and person.sleeve is None:
        down = cover.local[1] + np.where(cover.cone == _narrow(flesh), 32, 0)
        here = (owner[:, 0] == -1) & (owner[:, 1] == 0) & (down > 22) & (down < 34)
        albedo[:, here], gloss[here] = metal[:, None], 3


def _narrow(flesh: Flesh) -> int:
    """Return the cone of the forearm, whose own axis starts where the wrist is narrowest."""
    arms = np.flatnonzero((flesh.owner[:, 0] == -1) & (flesh.owner[:, 1] == 0))
    return int(arms[1])
