"""Take the photo of a shot: the hand in front of its room, its shadow, and the camera's imperfections."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from unseen.records import Float32Array, Uint8Array
from unseen.seeds import generator
from unseen.synth.hand_renderer import Rendered, render
from unseen.synth.lamps import Room, make_room
from unseen.synth.people import make_person
from unseen.synth.poses import Signs
from unseen.synth.sampling import around, frame_hand, near_view
from unseen.synth.shots import RenderConfig, Shot
from unseen.synth.skeleton import pose_bones


@dataclass(frozen=True, slots=True)
class CameraModel:
    """What a person's camera does to photos.

    blur_px: at 128 px. noise: in shares of white. quality: of the JPEG. corners: share of light that they lose.
    """

    blur_px: float
    noise: float
    quality: int
    corners: float


@dataclass(frozen=True, slots=True)
class Taken:
    """A photo. pixels: (S, S, 3) uint8 before JPEG. hand: what was rendered, with its joints. quality: of the JPEG."""

    pixels: Uint8Array
    hand: Rendered
    quality: int

    def jpeg(self) -> bytes:
        """Return the photo as JPEG, the same bytes for the same shot."""
        stream = io.BytesIO()
        Image.fromarray(self.pixels).save(stream, "JPEG", quality=self.quality)
        return stream.getvalue()


def make_camera(seed: int, person: int) -> CameraModel:
    """Draw the camera of a person."""
    rng = generator(seed, "device", person)
    return CameraModel(
        blur_px=float(rng.uniform(0, 0.7)),
        noise=float(rng.uniform(0.002, 0.022)),
        quality=int(rng.integers(70, 96)),
        corners=float(rng.uniform(0, 0.25)),
    )


def photograph(shot: Shot, signs: Signs, config: RenderConfig, picture: Uint8Array) -> Taken:
    """Take the photo of a shot; picture: (H, W, 3) uint8 of the room, its sides at least a photo's."""
    seed, side_px = config.seed, config.image_size
    rng = generator(seed, "shot", shot.number)
    person, model = make_person(seed, shot.person), make_camera(seed, shot.person)
    room = make_room(seed, shot.room, picture.astype(np.float32) / np.float32(255))
    ways = signs[shot.label]
    pose = ways[int(rng.integers(len(ways)))]
    frames = pose_bones(person.bones, around(pose, person.bones, rng))
    camera = frame_hand(frames.joints, near_view(pose.views, rng), shot.left, rng, float(rng.uniform(0.55, 0.85)))
    hand = render(person, frames, camera, room, side_px, shot.left)
    behind = _behind(picture, side_px, rng)
    if room.wall_mm is not None:
        behind *= _shadow(hand, room, camera.focal * side_px / float(camera.shift[2]), side_px)
    alpha = hand.rgba[..., 3:].astype(np.float32) / np.float32(255)
    whole: Float32Array = behind * (1 - alpha) + hand.rgba[..., :3] * alpha
    return Taken(_exposed(whole, model, shot.light * float(np.exp(rng.normal(0, 0.1))), rng), hand, model.quality)


def _behind(picture: Uint8Array, side_px: int, rng: np.random.Generator) -> Float32Array:
    """Cut another view out of the room's picture, (side_px, side_px, 3) float32 0..255, sometimes out of focus."""
    height, width = picture.shape[:2]
    window = int(rng.uniform(side_px, min(height, width) + 1))
    top, left = (int(rng.integers(0, extent - window + 1)) for extent in (height, width))
    view = Image.fromarray(picture[top : top + window, left : left + window]).resize((side_px, side_px))
    if rng.uniform() < 0.4:
        view = view.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.5, 2.5)) * side_px / 128))
    return np.asarray(view, dtype=np.float32)


def _shadow(hand: Rendered, room: Room, px_a_mm: float, side_px: int) -> Float32Array:
    """Return the share of light on the wall, (side_px, side_px, 1): the hand's outline, moved away from the lamp."""
    lamp = room.lamps[0]
    assert room.wall_mm is not None
    away = room.wall_mm * px_a_mm / max(float(lamp.towards[2]), 0.3)
    across, down = -round(float(lamp.towards[0]) * away), round(float(lamp.towards[1]) * away)
    outline = Image.new("L", (side_px, side_px))
    outline.paste(Image.fromarray(hand.rgba[..., 3]), (across, down))
    blurred = outline.filter(ImageFilter.GaussianBlur(1.0 + 0.35 * lamp.soft * room.wall_mm * px_a_mm))
    share = float(lamp.light.mean() / (lamp.light.mean() + room.sky.mean()))
    kept: Float32Array = 1 - np.float32(0.6 * share / 255) * np.asarray(blurred, dtype=np.float32)[..., None]
    return kept


def _exposed(whole: Float32Array, model: CameraModel, light: float, rng: np.random.Generator) -> Uint8Array:
    """Add blur, dark corners and noise, in sRGB 0..255; light: brightness factor."""
    side_px = len(whole)
    blurred = Image.fromarray(np.clip(whole + 0.5, 0, 255).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(model.blur_px * side_px / 128)
    )
    share = np.asarray(blurred, dtype=np.float32) / 255 * np.float32(light ** (1 / 2.2))
    reach = np.linspace(-1, 1, side_px, dtype=np.float32)
    share *= (1 - np.float32(model.corners / 2) * (reach[None] ** 2 + reach[:, None] ** 2))[..., None]
    # a sensor's noise grows with the root of the light; gain lifts it in dark rooms
    grain = rng.normal(0, 1, share.shape).astype(np.float32) * np.sqrt(np.maximum(share, 0) + 0.1)
    share += grain * np.float32(model.noise / max(light, 0.1) ** 0.5)
    return np.clip(share * 255 + 0.5, 0, 255).astype(np.uint8)
