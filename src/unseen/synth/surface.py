"""Find where rays meet the skin: sphere tracing (Hart, 1996) of smoothly joined cones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from unseen.records import BoolArray, Float32Array, Int64Array
from unseen.synth.flesh import GROUPS, MELT, SLEEVE, Flesh

NEAR_MM = 9.0  # a cone counts for the rays that pass this near to it
HIT_MM = 0.7
STEPS = 60  # a ray that grazes an arm needs them; most are done after six
LEAP_MM = 4.0
RESTED = 2  # steps between two looks at which rays are done
FURTHEST = np.float32(60.0)  # e-foldings; exp(-60) is nothing beside anything near, and still a number to float32
_MELT = MELT.astype(np.float32)


def _to_cone(flesh: Flesh, number: int, aside: Float32Array, along: Float32Array) -> Float32Array:
    """Return distances (m,) mm to a cone; aside: squared distance from its axis, along: place on it. Keeps `along`."""
    length = max(float(flesh.length[number]), 1e-6)
    inside = np.maximum(along, np.float32(0))
    np.minimum(inside, np.float32(length), out=inside)
    distance = along - inside
    distance *= distance
    distance += aside
    np.sqrt(distance, out=distance)
    inside *= np.float32((flesh.far[number] - flesh.near[number]) / length)
    distance -= inside
    distance -= np.float32(flesh.near[number])
    if flesh.group[number] == SLEEVE:
        np.maximum(distance, -along, out=distance)  # a cuff is cut off, not rounded
    return distance


def _melt(flesh: Flesh, near: Sequence[Int64Array], distances: Iterable[Float32Array], count: int) -> Float32Array:
    """Return the distance (count,) mm to the skin: cones of one group join smoothly, groups only touch."""
    total = np.full((GROUPS, count), np.exp(-FURTHEST), dtype=np.float32)
    for group, positions, distance in zip(flesh.group, near, distances, strict=True):
        if not len(positions):
            continue
        distance *= np.float32(-1) / _MELT[group]
        np.maximum(distance, -FURTHEST, out=distance)
        np.minimum(distance, FURTHEST, out=distance)
        total[group][positions] += np.exp(distance, out=distance)
    np.log(total, out=total)
    total *= -_MELT[:, None]
    nearest: Float32Array = total.min(axis=0)
    return nearest


@dataclass(slots=True)
class Beams:
    """Rays in the axes of their cones, so that a step along them costs a few sums.

    near: for each cone the positions among n rays of those that pass near it. terms: for each cone (5, m) float32:
    squared distance from its axis as a polynomial of the depth, and the place on the axis as a line.
    """

    flesh: Flesh
    near: Sequence[Int64Array]
    terms: Sequence[Float32Array]
    rays: int

    @classmethod
    def of(cls, flesh: Flesh, near: Sequence[Int64Array], base: Float32Array, headings: Float32Array) -> "Beams":
        """Rays from points `base` (3, n) along `headings` (3, n) of length 1."""
        terms = []
        for number, positions in enumerate(near):
            inward = flesh.inward[number].astype(np.float32)
            start = inward @ (base[:, positions] - flesh.start[number].astype(np.float32)[:, None])
            way = inward @ headings[:, positions]
            square = way[0] * way[0] + way[2] * way[2]
            both = 2 * (start[0] * way[0] + start[2] * way[2])
            terms.append(np.stack([square, both, start[0] * start[0] + start[2] * start[2], way[1], start[1]]))
        return cls(flesh, near, terms, headings.shape[1])

    def distance(self, depth: Float32Array) -> Float32Array:
        """Return the distance (n,) mm to the skin at `depth` (n,) mm along each ray."""
        return _melt(self.flesh, self.near, self._each(depth), self.rays)

    def _each(self, depth: Float32Array) -> Iterable[Float32Array]:
        for number, (positions, (square, both, start, way, place)) in enumerate(
            zip(self.near, self.terms, strict=True)
        ):
            here = depth[positions]
            if not len(here):
                yield here
                continue
            aside = square * here
            aside += both
            aside *= here
            aside += start
            here *= way
            here += place
            yield _to_cone(self.flesh, number, np.maximum(aside, 0, out=aside), here)

    def part(self, chosen: BoolArray) -> "Beams":
        """Return some of the rays, in their order."""
        place = np.cumsum(chosen) - 1
        keeps = [np.flatnonzero(chosen[positions]) for positions in self.near]
        near = [place[positions[keep]] for positions, keep in zip(self.near, keeps, strict=True)]
        terms = [term[:, keep] for term, keep in zip(self.terms, keeps, strict=True)]
        return Beams(self.flesh, near, terms, int(chosen.sum()))


def trace(beams: Beams, start: Float32Array, furthest: float, wide_mm: float = 0.0) -> tuple[Float32Array, BoolArray]:
    """March rays from `start` (n,) mm; return how far each went, (n,) mm, and which met the skin.

    wide_mm: how thick the rays are; a thick one stops where any thin one inside it might meet the skin.
    """
    far = start.copy()
    met = np.zeros(len(far), dtype=np.bool_)
    now, rays, depth = beams, np.arange(len(far)), start.copy()
    distance = now.distance(depth) - np.float32(wide_mm)
    step = distance * np.float32(0.9)  # flattened cones seem further than they are
    for count in range(STEPS):
        depth += step
        before, distance = distance, now.distance(depth) - np.float32(wide_mm)
        if count % RESTED == RESTED - 1:
            far[rays] = depth
            met[rays] = distance < HIT_MM
            going = (distance > 0.2) & (depth < furthest)
            if not going.any():
                break
            now, rays, depth = now.part(going), rays[going], depth[going]
            before, distance, step = before[going], distance[going], step[going]
        # where the skin comes nearer as fast as it did, the ray meets it there (a secant): to a round body it is never
        # nearer than that. LEAP_MM keeps the ray from leaping over a finger that comes between.
        slope = (before - distance) / np.where(np.abs(step) > 1e-4, step, np.float32(1e-4))
        gain = 1 / np.maximum(slope, np.float32(0.05))
        step = np.minimum(distance * np.maximum(gain, np.float32(0.8)), np.abs(distance) + np.float32(LEAP_MM))
    return far, met


@dataclass(slots=True)
class Spots:
    """Points on the skin in the axes of their cones: local (3, m) float32 mm of each cone's own axes."""

    flesh: Flesh
    near: Sequence[Int64Array]
    local: Sequence[Float32Array]
    points: Float32Array

    @classmethod
    def of(cls, flesh: Flesh, near: Sequence[Int64Array], points: Float32Array) -> "Spots":
        """Points (3, n) in the hand's axes."""
        local = []
        for number, positions in enumerate(near):
            from_start = points[:, positions] - flesh.start[number].astype(np.float32)[:, None]
            local.append(flesh.inward[number].astype(np.float32) @ from_start)
        return cls(flesh, near, local, points)

    def distance(self, moved: Float32Array) -> Float32Array:
        """Return the distance (n,) mm to the skin of the points moved by (3, n) or (3, 1) mm."""
        return _melt(self.flesh, self.near, self.to_cones(moved), self.points.shape[1])

    def to_cones(self, moved: Float32Array) -> Iterable[Float32Array]:
        """Yield for each cone the distances (m,) of the moved points near it."""
        for number, (positions, local) in enumerate(zip(self.near, self.local, strict=True)):
            way = moved if moved.shape[1] == 1 else moved[:, positions]
            here = local + self.flesh.inward[number].astype(np.float32) @ way
            yield _to_cone(self.flesh, number, here[0] * here[0] + here[2] * here[2], here[1])

    def normals(self, step_mm: float = 0.35) -> Float32Array:
        """Return outward normals (3, n) of length 1."""
        # four evaluations at the corners of a tetrahedron give the gradient without a fifth at the middle
        corners = np.array([(1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)], dtype=np.float32)
        slope = np.zeros_like(self.points)
        for corner in corners:
            slope += corner[:, None] * self.distance(corner[:, None] * np.float32(step_mm))
        slope /= np.maximum(np.sqrt(np.einsum("ij,ij->j", slope, slope)), np.float32(1e-9))
        return slope
