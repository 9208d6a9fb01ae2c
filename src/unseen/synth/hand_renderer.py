"""Render a hand as RGBA pixels, with its joints."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from unseen.records import BoolArray, Float32Array, Uint8Array
from unseen.synth.camera import Camera, Rays, cast
from unseen.synth.flesh import Flesh, make_flesh
from unseen.synth.lamps import Room, light_up
from unseen.synth.people import Person
from unseen.synth.skeleton import Frames
from unseen.synth.skin import colour
from unseen.synth.surface import Beams, Spots, trace

Kind = TypeVar("Kind", np.float32, np.bool_)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A hand without a room behind it.

    rgba: (S, S, 4) uint8, sRGB, not premultiplied; alpha is the share of a pixel that the hand and its arm cover.
    joints: (21, 2) float32, x and y in shares of the side from the top left, in MediaPipe's order.
    joints_mm: (21, 3) float32 from the camera; x right, y down, z forward.
    """

    rgba: Uint8Array
    joints: Float32Array
    joints_mm: Float32Array
    left: bool


def render(
    person: Person, frames: Frames, camera: Camera, room: Room, side_px: int, left: bool, samples: int = 2
) -> Rendered:
    """Render at `samples` times the side and average, so that edges are as soft as a lens makes them."""
    flesh = make_flesh(person, frames)
    wide = side_px * samples
    rays, far, met = _meet(camera, flesh, side_px, samples)
    place = np.cumsum(met) - 1
    near = [place[positions[met[positions]]] for positions in rays.near]
    headings = rays.headings[:, met]
    spots = Spots.of(flesh, near, rays.base[:, met] + headings * far[met])
    out = spots.normals()
    albedo, gloss = colour(person, spots, out)
    light = light_up(room, spots, camera.to_hand, out, -headings, albedo, gloss)
    canvas = np.zeros((wide * wide, 4), dtype=np.float32)
    canvas[rays.pixels[met], :3] = tone_curve(light * np.float32(room.exposure)).T
    canvas[rays.pixels[met], 3] = 1
    small = canvas.reshape(side_px, samples, side_px, samples, 4).mean(axis=(1, 3))
    small[..., :3] /= np.maximum(small[..., 3:], 1e-6)
    joints = camera.seen(frames.joints)
    there = frames.joints @ camera.turn.T + camera.shift
    rgba = np.clip(small * 255 + 0.5, 0, 255).astype(np.uint8)
    return Rendered(rgba, joints[:, :2].astype(np.float32), there.astype(np.float32), left)


def _meet(camera: Camera, flesh: Flesh, side_px: int, samples: int) -> tuple[Rays, Float32Array, BoolArray]:
    """Return rays of `samples` times the side, how far each goes and which meet the skin.

    One thick ray for each pixel is marched first: thin ones start where it stopped, and none where it met nothing.
    """
    rays = cast(camera, flesh, side_px)
    pixel_mm = float(camera.shift[2] + rays.furthest) / (camera.focal * side_px)
    thick = 0.72 * pixel_mm if samples > 1 else 0.0  # half a pixel's diagonal
    far, met = trace(Beams.of(flesh, rays.near, rays.base, rays.headings), rays.start, rays.furthest, thick)
    if samples == 1:
        return rays, far, met
    depth = np.zeros(side_px * side_px, dtype=np.float32)
    wanted = np.zeros(side_px * side_px, dtype=np.bool_)
    depth[rays.pixels], wanted[rays.pixels] = far - np.float32(thick), met
    finer = cast(camera, flesh, side_px * samples, _larger(wanted, side_px, samples))
    start = _larger(depth, side_px, samples)[finer.pixels]
    return finer, *trace(Beams.of(flesh, finer.near, finer.base, finer.headings), start, finer.furthest)


def _larger(picture: npt.NDArray[Kind], side_px: int, samples: int) -> npt.NDArray[Kind]:
    """Repeat each pixel of a flat picture `samples` times both ways."""
    return picture.reshape(side_px, side_px).repeat(samples, axis=0).repeat(samples, axis=1).ravel()


def tone_curve(light: Float32Array) -> Float32Array:
    """Turn light into sRGB 0..1 with a shoulder, as cameras do, so that bright skin does not clip to yellow."""
    bright = np.maximum(light, 0)
    knee = np.float32(0.55)
    soft = np.where(bright > knee, knee + (1 - knee) * (1 - np.exp(-(bright - knee) / (1 - knee))), bright)
    curve: Float32Array = np.where(soft < 0.0031308, 12.92 * soft, 1.055 * soft ** (1 / 2.4) - 0.055)
    return curve
