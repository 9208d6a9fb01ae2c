"""Let a model answer for the left or the right hand where a photo shows both: it is shown that one alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from unseen.errors import UnseenError
from unseen.export.bundle import INPUT, REGIONS
from unseen.locate.keypoint_bones import HAND_SKELETON
from unseen.locate.prebuilt import part_session
from unseen.onnx_session import Session
from unseen.photos.fit import PADDING_GREY
from unseen.records import AskedHand, Float32Array, Hand, Uint8Array

# What the landmark network looks at, and where in its answer the hand's side stands: see `locate/landmark_net.py`.
VIEW_PX, VIEW, SHIFT, SIDE = 224, 2.0, 0.1, -1
JOINTS = 21
# Each half with some of the other; the square about a hand, in extents of its joints; and the share of the smaller
# box that lies in the other one from which both are of one hand.
HALF, SQUARE, ONE_HAND = 0.6, 1.8, 0.3


class AskedHandSession:
    """A bundle's session that is shown the asked hand alone of photos that show two; all around it is grey.

    A photo that shows one hand is left as it is. Sides are those of the person, or of the picture in a mirror.
    plain: the session that whichever hand is found is asked of.
    """

    def __init__(self, session: Session, hand: Hand) -> None:
        """Raise `UnseenError` where the graph does not tell joints of a hand."""
        self.plain, self._hand = session, hand
        shapes = {output.name: output.shape[1:] for output in session.get_outputs()}
        if shapes.get(REGIONS[1]) != [JOINTS, 2]:
            raise UnseenError("--hand needs a run that finds hands, which this one does not: leave it out")

    def get_inputs(self) -> Sequence[Any]:
        """Return those of the graph."""
        found: Sequence[Any] = self.plain.get_inputs()
        return found

    def get_outputs(self) -> Sequence[Any]:
        """Return those of the graph."""
        found: Sequence[Any] = self.plain.get_outputs()
        return found

    def run(self, names: Sequence[str], feed: Mapping[str, npt.NDArray[Any]]) -> Any:
        """Return the graph's outputs for photos (N, H, W, 3) uint8 that show the asked hand alone."""
        return self.plain.run(names, {INPUT: self.shown(feed[INPUT])})

    def shown(self, photos: Uint8Array) -> Uint8Array:
        """Return photos with all but the asked hand painted over, where two are there and one is the asked one."""
        squares = self.squares(photos)
        return np.stack([alone_in(*pair) for pair in zip(photos, squares, strict=True)])

    def squares(self, photos: Uint8Array) -> Float32Array:
        """Return the squares about the asked hand, left, top, right, bottom, (N, 4) in pixels.

        They are NaN where a photo stays as it is: it does not show two hands, or not the asked one. A network that
        reads one hand may see it between two of them: each half is looked at, then each hand closer.
        """
        width = photos.shape[2]
        halves = [_only(photos, 0, round(HALF * width)), _only(photos, round((1 - HALF) * width), width)]
        seen = [self._joints(half) for half in halves]
        squares = [around(joints) for joints in seen]
        closer = [np.stack([_inside(*pair) for pair in zip(photos, one, strict=True)]) for one in squares]
        hands = [self._joints(shown) for shown in closer]
        found = np.full((len(photos), 4), np.nan, np.float32)
        for i, photo in enumerate(photos):
            places = [joints[i] for joints in hands]
            if not np.isfinite(places).all() or overlap(*places) > ONE_HAND:
                continue
            asked = [k for k, place in enumerate(places) if side_of(photo, place) == self._hand]
            if asked:
                largest = max(asked, key=lambda k: float(np.ptp(places[k], axis=0).max()))
                found[i] = around(places[largest][None])[0]
        return found

    def _joints(self, photos: Uint8Array) -> Float32Array:
        """Return joints (N, 21, 2) in pixels, NaN where there is no hand."""
        found: Float32Array = self.plain.run([REGIONS[1]], {INPUT: photos})[0]
        return found * np.array([photos.shape[2], photos.shape[1]], np.float32)


def asked_session(session: Session, hand: AskedHand | None) -> Session | AskedHandSession:
    """Return the session that answers for the asked hand, or for whichever is found."""
    return session if hand is None or hand == "either" else AskedHandSession(session, hand)


def alone_in(photo: Uint8Array, square: Float32Array) -> Uint8Array:
    """Return a photo (H, W, 3 or 4) whose square (4,) is seen alone, its mask as it is; all of it where that is NaN."""
    if not np.isfinite(square).all():
        return photo
    return np.concatenate([_inside(photo[..., :3], square), photo[..., 3:]], axis=2)


def _only(photos: Uint8Array, left: int, right: int) -> Uint8Array:
    """Return photos (N, H, W, 3) in which the columns from `left` to `right` are seen alone."""
    shown = np.full_like(photos, PADDING_GREY)
    shown[:, :, left:right] = photos[:, :, left:right]
    return shown


def around(joints: Float32Array) -> Float32Array:
    """Return squares about joints (N, 21, 2): left, top, right, bottom, (N, 4) in pixels; NaN where there are none."""
    low, high = joints.min(axis=1), joints.max(axis=1)
    half = (high - low).max(axis=1, keepdims=True) * (SQUARE / 2)
    return np.concatenate([(low + high) / 2 - half, (low + high) / 2 + half], axis=1)


def _inside(photo: Uint8Array, square: Float32Array) -> Uint8Array:
    """Return a photo (H, W, 3) that is seen inside the square alone; all grey without one."""
    shown = np.full_like(photo, PADDING_GREY)
    if np.isfinite(square).all():
        left, top, right, bottom = (max(0, round(float(side))) for side in square)
        shown[top:bottom, left:right] = photo[top:bottom, left:right]
    return shown


def overlap(first: Float32Array, second: Float32Array) -> float:
    """Return the share of the smaller of the boxes about joints (21, 2) that lies in the other one."""
    low = np.maximum(first.min(axis=0), second.min(axis=0))
    high = np.minimum(first.max(axis=0), second.max(axis=0))
    areas = [float(np.prod(np.ptp(joints, axis=0))) for joints in (first, second)]
    return float(np.prod(np.maximum(high - low, 0))) / max(min(areas), 1e-6)


def side_of(photo: Uint8Array, joints: Float32Array) -> Hand:
    """Return which hand a photo (H, W, 3) shows at `joints` (21, 2), pixels."""
    wrist, middle = joints[HAND_SKELETON.sizes[0][0]], joints[HAND_SKELETON.sizes[0][1]]
    up = (middle - wrist) / max(float(np.hypot(*(middle - wrist))), 1e-6)
    axes = np.array([[-up[1], -up[0]], [up[0], -up[1]]])  # columns: x and y of the view in the photo
    own = joints @ axes
    low, high = own.min(axis=0), own.max(axis=0)
    half = max(float((high - low).max()) * VIEW / 2, 1.0)
    centre = axes @ ((low + high) / 2 - [0, SHIFT * (high - low)[1]])
    scale = 2 * half / VIEW_PX
    corner = centre - axes @ [half, half]
    matrix = (axes[0, 0] * scale, axes[0, 1] * scale, corner[0], axes[1, 0] * scale, axes[1, 1] * scale, corner[1])
    view = Image.fromarray(np.ascontiguousarray(photo[..., :3])).transform(
        (VIEW_PX, VIEW_PX), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
    )
    planes = np.asarray(view, np.float32).transpose(2, 0, 1)[None] / 255
    read = part_session("landmarks").run(None, {"views": planes})[0]
    return "right" if read[0, SIDE] > 0 else "left"
