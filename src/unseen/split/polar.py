"""Describe the middle of photos so that mirroring and rotating change only phases.

A photo is read on rings about a centre. The Fourier terms of a ring over its angle keep their size where the photo is
rotated or mirrored, and a rotation multiplies the m-th term by exp(i m angle). A window is (scale, x, y): the part of a
photo about (x, y), in shares of its side from the middle, that a crop of that share shows.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from unseen.records import BoolArray, Float32Array, Int64Array
from unseen.split.fingerprint import GRID_PX, cosines

TERMS = 12  # squared: the DCT terms of a thumbnail that are read; the finest wave has a length of a sixth of the side
RINGS = 5
ANGLES = 32
WAVES = 7  # terms of each ring, from its mean on
RADIUS = 0.45  # of the side: inside a square that was rotated by any angle
SIZES = RINGS * WAVES
TURNS = 48  # angles tried
WHOLE = (1.0, 0.0, 0.0)
# A crop is found from a window at most 0.04 beside it: `fitted` makes up for the rest.
WINDOWS = (
    WHOLE,
    *((0.9, x, y) for x in (-0.035, 0.035) for y in (-0.035, 0.035)),
    *((0.8, x, y) for x in (-0.08, 0.0, 0.08) for y in (-0.08, 0.0, 0.08)),
    *((0.7, x, y) for x in (-0.12, -0.04, 0.04, 0.12) for y in (-0.12, -0.04, 0.04, 0.12)),
)

Complex64Array = npt.NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Turn:
    """How n photos lie on others: correlation (n,) of the discs; angle (n,) in radians; mirrored (n,)."""

    correlation: Float32Array
    angle: Float32Array
    mirrored: BoolArray


def low_terms_of(thumbs: Float32Array) -> Float32Array:
    """Return the TERMS x TERMS lowest DCT terms of thumbnails (n, 1024), (n, 144) float32."""
    low = cosines(GRID_PX)[:TERMS]
    terms = low @ thumbs.reshape(-1, GRID_PX, GRID_PX) @ low.T
    return np.asarray(terms.reshape(len(thumbs), -1), np.float32)


def ring_terms(low: Float32Array, window: int) -> Complex64Array:
    """Return the ring terms of `WINDOWS[window]`, (n, RINGS * WAVES) complex64 at unit norm."""
    real_imaginary = low @ _maps()[window, 0].T
    norms = np.sqrt(np.einsum("nd,nd->n", real_imaginary, real_imaginary))
    return _complex(real_imaginary / np.maximum(norms, 1e-9)[:, None])


def sizes(terms: Complex64Array) -> Float32Array:
    """Return what neither a rotation nor a mirror changes, (n, SIZES) float32 at unit norm."""
    found: Float32Array = np.abs(terms)
    found.reshape(-1, RINGS, WAVES)[:, :, 0] = terms.reshape(-1, RINGS, WAVES)[:, :, 0].real
    return found


def best_turn(a: Complex64Array, b: Complex64Array) -> Turn:
    """Return how each of the photos `a` lies on its partner in `b`, both (n, SIZES) at unit norm."""
    first, second = a.reshape(-1, RINGS, WAVES), b.reshape(-1, RINGS, WAVES)
    turns = np.exp(2j * np.pi / TURNS * np.outer(np.arange(WAVES), np.arange(TURNS))).astype(np.complex64)
    straight = (np.einsum("nrm,nrm->nm", first.conj(), second) @ turns).real
    mirrored = (np.einsum("nrm,nrm->nm", first, second) @ turns).real
    both = np.concatenate([straight, mirrored], axis=1)
    best = both.argmax(axis=1)
    angle = (2 * np.pi / TURNS * (best % TURNS)).astype(np.float32)
    return Turn(both[np.arange(len(both)), best], angle, best >= TURNS)


def fitted(a: Complex64Array, low_b: Float32Array, windows: Int64Array, turn: Turn) -> Float32Array:
    """Return the correlation once the window of `b` may move and grow a little and the angle change, (n,) float32.

    To first order: the nearest point to `a` among sums of b's terms and their derivatives.
    """
    basis = np.empty((len(a), 5, SIZES), np.complex64)
    for window in np.unique(windows).tolist():
        rows = np.flatnonzero(windows == window)
        basis[rows, :4] = _complex((low_b[rows] @ _maps()[window].reshape(8 * SIZES, -1).T).reshape(-1, 4, 2 * SIZES))
    wave = np.tile(np.arange(WAVES), RINGS)
    basis[turn.mirrored] = basis[turn.mirrored].conj()
    sign = np.where(turn.mirrored, -1, 1)[:, None]
    basis[:, :4] *= np.exp(1j * sign * turn.angle[:, None] * wave)[:, None].astype(np.complex64)
    basis[:, 4] = 1j * wave * basis[:, 0]
    flat = np.concatenate([basis.real, basis.imag], axis=2)  # (n, 5, 2 * SIZES)
    target = np.concatenate([a.real, a.imag], axis=1)[..., None]
    gram = flat @ flat.transpose(0, 2, 1)
    gram += 1e-4 * np.trace(gram, axis1=1, axis2=2)[:, None, None] / 5 * np.eye(5, dtype=np.float32)
    share = flat @ target
    explained = (share * np.linalg.solve(gram, share)).sum(axis=(1, 2))
    correlation: Float32Array = np.sqrt(np.clip(explained, 0, 1))
    return correlation


def affine(windows: Int64Array, turn: Turn) -> Float32Array:
    """Return the maps from points of `a` to points of `b`, (n, 2, 3); points in shares of the side, middle 0."""
    scale, x, y = np.array(WINDOWS, np.float32)[windows].T
    flip = np.where(turn.mirrored, -1, 1)
    cos, sin = np.cos(turn.angle) * scale, np.sin(turn.angle) * scale
    rows = [[cos, -sin * flip, x], [sin, cos * flip, y]]
    return np.stack([np.stack(row, axis=1) for row in rows], axis=1).astype(np.float32)


def _complex(real_imaginary: Float32Array) -> Complex64Array:
    """Return (..., 2 * SIZES) float32, real parts first, as (..., SIZES) complex64."""
    terms: Complex64Array = real_imaginary[..., :SIZES] + np.complex64(1j) * real_imaginary[..., SIZES:]
    return terms


@lru_cache(maxsize=1)
def _maps() -> Float32Array:
    """Return for each window the maps from DCT terms to ring terms and its derivatives by scale, x and y.

    (WINDOWS, 4, 2 * SIZES, TERMS * TERMS) float32, real parts first. The DCT is evaluated at the very points, so no
    grid is interpolated.
    """
    ring = (np.arange(RINGS) + 0.5) / RINGS * RADIUS
    area = (np.arange(RINGS) + 0.5) / (RINGS * RINGS / 2)
    theta = 2 * np.pi * np.arange(ANGLES) / ANGLES
    at = np.stack([np.outer(ring, np.cos(theta)).ravel(), np.outer(ring, np.sin(theta)).ravel()])  # (2, points)
    fourier = np.exp(-1j * np.outer(np.arange(WAVES), theta)) / ANGLES
    fourier[1:] *= np.sqrt(2)  # the terms of -m, which a real ring repeats
    order, maps = np.arange(TERMS), []
    for scale, x, y in WINDOWS:
        place = scale * at + np.array([[x], [y]]) + 0.5  # (2, points), 0 to 1
        wave, slope = (
            np.cos(np.pi * order * place[..., None]),
            -np.pi * order * np.sin(np.pi * order * place[..., None]),
        )
        value = np.einsum("pj,pk->pjk", wave[1], wave[0])
        by_x, by_y = np.einsum("pj,pk->pjk", wave[1], slope[0]), np.einsum("pj,pk->pjk", slope[1], wave[0])
        by_scale = at[0][:, None, None] * by_x + at[1][:, None, None] * by_y
        points = np.stack([value, by_scale, by_x, by_y]).reshape(4, RINGS, ANGLES, -1)
        points = points - np.einsum("kraq,r->kq", points, area / ANGLES)[:, None, None]  # the mean of the disc
        terms = np.einsum("ma,kraq->krmq", fourier, points) * np.sqrt(area)[:, None, None]
        terms = terms.reshape(4, SIZES, -1)
        maps.append(np.concatenate([terms.real, terms.imag], axis=1))
    norm = np.full(TERMS, np.sqrt(2.0))
    norm[0] = 1  # of the orthonormal DCT-II
    return (np.stack(maps) * np.outer(norm, norm).ravel()).astype(np.float32)
