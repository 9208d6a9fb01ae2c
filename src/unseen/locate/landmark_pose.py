"""Read the pose of a hand in a crop of it: turn it upright by its joints, look closer, describe the joints in space.

As in MediaPipe's pipeline (Zhang et al., 2020, arXiv:2006.10214), but begun from the joints that `handnet` sees, which
finds hands where its palm detector misses them: cut out, small, or edge-on.
"""

import copy

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.locate.hand_pose import DESCRIPTORS, INDEX_ROOT, LITTLE_ROOT, MIDDLE_ROOT, WRIST, describe_pose
from unseen.locate.landmark_net import LANDMARK_PX, READINGS, Landmarks, builtin_landmarks, landmarks_of
from unseen.locate.prebuilt import PARTS, part_session
from unseen.models.onnx_parts import call, register

# The view's side in extents of the joints, and how far it moves towards the fingertips, in extents: MediaPipe's. A
# second look gains nothing: 0.79 and 0.81 of six other people's letters with one, 0.79 and 0.81 with two (docs/log.md).
VIEW, SHIFT = 2.0, 0.1
VIEWS, READ = "views", "read"


class LandmarkPose(nn.Module):
    """The built-in network is frozen; on a CPU it runs in ONNX Runtime, and in an export it is a part put in whole."""

    features = DESCRIPTORS
    in_torch = False  # set where it is exported for another runtime than ONNX Runtime

    def __init__(self) -> None:
        super().__init__()
        self.network = copy.deepcopy(builtin_landmarks())  # travels with the weights, and serves other devices

    def forward(self, pixels: Tensor, places: Tensor) -> Tensor:
        """Crops (N, 3, S, S) in 0..255 and about where joints lie in them (N, 21, 2), -1 to 1, to (N, `features`)."""
        return self.look(pixels, places)[0]

    def look(self, pixels: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Return the same and how probable a hand is, (N, 1)."""
        turned = upright(places)
        read = landmarks_of(self.read(cut(pixels, turned) / 255))
        return describe_world(read, turned), torch.sigmoid(read.present)[:, None]

    def read(self, views: Tensor) -> Tensor:
        """(N, 3, 224, 224) float32 in 0..1 to (N, `READINGS`); no gradient runs through it."""
        if self.in_torch or views.device.type != "cpu":
            out: Tensor = self.network(views)
            return out
        if torch.compiler.is_compiling():
            return call(PART, [views], [(views.shape[0], READINGS)])[0]
        found = part_session("landmarks").run([READ], {VIEWS: views.detach().to(torch.float32).contiguous().numpy()})[0]
        return torch.from_numpy(found)


PART = "Landmarks"
register(PART, lambda: onnx.load_from_string(PARTS.join(["landmarks"])))


def upright(places: Tensor) -> Tensor:
    """Joints (N, 21, 2) in a crop to the square about them that is turned so that the middle finger points up.

    Returns (N, 2, 3): the affine map from that square, -1 to 1, to the crop.
    """
    up = places[:, MIDDLE_ROOT] - places[:, WRIST]
    up = up / (up.square().sum(dim=1, keepdim=True) + 1e-9).sqrt()
    right = torch.stack([-up[:, 1], up[:, 0]], dim=1)
    axes = torch.stack([right, -up], dim=2)  # columns: what x and y of the square are in the crop
    own = places @ axes
    low, high = own.amin(dim=1), own.amax(dim=1)
    half = (high - low).amax(dim=1) * (VIEW / 2)
    shift = torch.stack([torch.zeros_like(half), -SHIFT * (high - low)[:, 1]], dim=1)
    centre = (axes @ ((low + high) / 2 + shift)[:, :, None])[:, :, 0]
    return torch.cat([axes * half.clamp(min=1e-3)[:, None, None], centre[:, :, None]], dim=2)


def in_crop(places: Tensor, turned: Tensor) -> Tensor:
    """Points (N, K, 2), or the same (K, 2) for all, in the squares `turned` (N, 2, 3) to points in the crop."""
    return places @ turned[:, :, :2].transpose(1, 2) + turned[:, None, :, 2]


def cut(pixels: Tensor, turned: Tensor) -> Tensor:
    """(N, 3, S, S) to what the squares `turned` (N, 2, 3) show, (N, 3, 224, 224); black beyond the crop."""
    # an affine grid, with the number of photos left free where this is exported
    steps = (torch.arange(LANDMARK_PX, device=pixels.device) + 0.5) * (2 / LANDMARK_PX) - 1
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    grid = in_crop(torch.stack([x, y], dim=2).flatten(0, 1), turned).reshape(-1, LANDMARK_PX, LANDMARK_PX, 2)
    return F.grid_sample(pixels, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def describe_world(read: Landmarks, turned: Tensor) -> Tensor:
    """Describe the joints in space, (N, `DESCRIPTORS`), a left hand as its mirror image.

    turned: the square that they were read in, (N, 2, 3): the palm's axes are those in the crop.
    """
    world = read.world - read.world[:, WRIST : WRIST + 1]
    y, unit = _unit(world[:, MIDDLE_ROOT])
    across = world[:, INDEX_ROOT] - world[:, LITTLE_ROOT]
    x, _ = _unit(across - (across * y).sum(dim=1, keepdim=True) * y)
    z = torch.linalg.cross(x, y)
    joints = world @ torch.stack([x, y, z], dim=2) / unit[:, :, None]
    mirror = torch.where(read.right > 0, 1.0, -1.0)[:, None]
    joints = torch.cat([joints[..., :2], joints[..., 2:] * mirror[:, :, None]], dim=2)
    axes, _ = _unit(turned[:, :, 0])
    turn = torch.stack([axes, torch.stack([-axes[:, 1], axes[:, 0]], dim=1)], dim=2)
    palm = [torch.cat([(turn @ axis[:, :2, None])[:, :, 0], axis[:, 2:]], dim=1) for axis in (x, y)]
    seen = [torch.cat([axis[:, :1] * mirror, axis[:, 1:]], dim=1) for axis in palm]
    return describe_pose(joints, torch.cat(seen, dim=1))


def _unit(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """Return (N, 3) vectors at length 1 and their lengths (N, 1)."""
    length = (vectors.square().sum(dim=1, keepdim=True) + 1e-9).sqrt()
    return vectors / length, length
