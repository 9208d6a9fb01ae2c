"""Find the hand in each photo: about where its joints are, looked at again more and more closely."""

import hashlib
from collections.abc import Callable, Sequence
from functools import cached_property

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.locate.box_crop import boxes_of, cut_square, view_side_px
from unseen.locate.hand_pose import JOINTS
from unseen.locate.hand_reader import READER_PX, HandReader
from unseen.locate.keypoint_bones import HAND_SKELETON
from unseen.locate.pose_conditioned import PoseConditioned
from unseen.locate.prebuilt import PARTS
from unseen.locate.two_hands import HALF, HALVES, ONE_HAND, ONE_PLACE, half_of, keypoint_overlap, larger_of_two
from unseen.models.backbone import Backbone
from unseen.models.preprocess import Normalisation

# The box's side in extents of the joints, which end a fingernail before the hand does.
BOX = 1.5
# The same from pass to pass, while the hand is looked for: the first is the less exact the smaller the hand. With the
# first alone 0.68 of hands in a fifth of the photo's height were found, with both 0.83 (docs/log.md).
NEARER = (3.3, 2.0)
# A smaller box would be blown up from a few pixels.
SMALLEST = 0.12
# P(hand) from which a hand is said to be there, and from which the box about it is taken: to look at the wrong place
# costs nothing where there is no hand. Of 750 photos of hands none lies below 0.99; of 48 rooms in which MediaPipe saw
# none seven lie above 0.95, hands and feet among them, the next at 0.92; a face may come to 0.97 (docs/log.md).
CONFIDENT, SUSPECTED = 0.95, 0.1
# IoU of the joints' boxes in the last two passes from which both saw the same thing: of floors and gardens that one
# pass takes for a hand the next one sees it elsewhere.
AGREEMENT = 0.3
# Below this the last pass is not believed to show the only or the best place: a face has 0.97 or less, hands more than
# 0.998 where the crop is right (docs/log.md). Then four parts of the photo are looked at, of this half width each.
SURE, PART = 0.995, 0.6
CORNERS = ((-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0))
# Boxes are rounded to so many steps a half view, so that the last bits of another runtime move no pixel.
STEPS = 256
RULES = (BOX, NEARER, SMALLEST, CONFIDENT, SUSPECTED, AGREEMENT, SURE, PART, STEPS, HALF, ONE_PLACE, ONE_HAND)

Read = Callable[[Tensor], tuple[Tensor, Tensor]]
# Joints (N, 21, 2), the highest and the last P(hand), (N,) each; and the IoU of the last two passes, (N,).
Found = tuple[Tensor, Tensor, Tensor]
Approached = tuple[Tensor, Tensor, Tensor, Tensor]


class HandSearch(nn.Module):
    """Search strategy of the hand locator, without the network.

    read: (N, 3, 128, 128) float32 in 0..255 to the joints (N, 21, 2) in that view and P(hand) (N,). An exporter puts
    its own in place of `read`, `cut` and `approach`.
    """

    def __init__(self, read: Read) -> None:
        super().__init__()
        self.read, self.cut, self.approach = read, cut_square, self.look_closer

    def forward(self, view: Tensor, extent: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return boxes (N, 4), joints (N, 21, 2), both in shares, and P(hand) (N,); see `Locator.find`."""
        extent = extent.expand(view.shape[0], 2)
        *found, agreed = self.first_passes(view, extent)
        for look, doubtful in ((self.look_elsewhere, found[2] < SURE), (self.look_at_halves, agreed < ONE_PLACE)):
            rows = doubtful.nonzero()[:, 0]
            if len(rows):
                better = look(*(value[rows] for value in (view, extent, *found)))
                found = [old.index_copy(0, rows, new) for old, new in zip(found, better, strict=True)]
        return as_regions(extent, *found)

    def first_passes(self, view: Tensor, extent: Tensor) -> Approached:
        """Look at the whole photo, then closer; see `look_closer`."""
        return self.approach(view, extent, *self.read(F.avg_pool2d(view, view.shape[3] // READER_PX)))

    def look_elsewhere(self, view: Tensor, extent: Tensor, places: Tensor, likely: Tensor, present: Tensor) -> Found:
        """Approach what each of four parts of the photo shows; return the surest of five, as `look_closer` does."""
        for corner in CORNERS:
            place = torch.tensor([corner], device=view.device)
            part = torch.cat([torch.clamp(extent - PART, min=0.0) * place, torch.full_like(extent, PART)], dim=1)
            read, suspected = self.read(self.cut(view, part, READER_PX))
            *other, _ = self.approach(view, extent, _in_view(read, part), suspected)
            places, likely, present = where_found(other[2] > present, other, (places, likely, present))
        return places, likely, present

    def look_at_halves(self, view: Tensor, extent: Tensor, places: Tensor, likely: Tensor, present: Tensor) -> Found:
        """Look at the left and the right half alone; return the larger of two hands, or what is known."""
        halves = torch.cat([half_of(view, extent, side) for side in HALVES])
        *found, _ = self.first_passes(halves, torch.cat([extent] * len(HALVES)))
        count = view.shape[0]  # len() would be a constant of the exported graph
        left, right = zip(*(value.reshape(len(HALVES), count, *value.shape[1:]) for value in found), strict=True)
        sure = (left[2] >= SURE) & (right[2] >= SURE)
        two, larger = larger_of_two(left[0], right[0])
        known = places, likely, present
        return where_found(sure & two, where_found(larger, right, left), known)

    def look_closer(self, view: Tensor, extent: Tensor, places: Tensor, suspected: Tensor) -> Approached:
        """Look more and more closely at what a pass saw, joints (N, 21, 2) with P(hand) `suspected`.

        Returns the joints, the highest P(hand) of the first and the last pass, that of the last one, 0 where it saw
        something else than the one before, and the IoU of what both saw.
        """
        before, present = places, suspected
        for margin in NEARER:
            before, about = places, _square(places, margin, extent)
            read, present = self.read(self.cut(view, about, READER_PX))
            places = _in_view(read, about)
        agreed = keypoint_overlap(before, places)
        return places, torch.maximum(suspected, present), torch.where(agreed >= AGREEMENT, present, 0.0), agreed


def as_regions(extent: Tensor, places: Tensor, likely: Tensor, present: Tensor) -> Found:
    """Turn joints in the view into boxes and joints in shares of the photo, NaN where there is hardly one; and scores.

    extent: (N, 2). places: (N, 21, 2). likely, present: (N,), as `HandSearch` finds them.
    """
    boxes = torch.where((likely >= SUSPECTED)[:, None], boxes_of(_square(places, BOX, extent), extent), torch.nan)
    shares = places / extent[:, None] / 2 + 0.5
    return boxes, torch.where((present >= CONFIDENT)[:, None, None], shares, torch.nan), present


def _in_view(places: Tensor, squares: Tensor) -> Tensor:
    """Joints (N, 21, 2) in what `squares` (N, 4) show, -1 to 1, to joints in the view that these lie in."""
    return squares[:, None, :2] + squares[:, None, 2:] * places


def where_found(chosen: Tensor, some: Sequence[Tensor], others: Sequence[Tensor]) -> Found:
    """Return what the search found in one way where `chosen` (N,) holds, in another way elsewhere."""
    places, likely, present = (
        torch.where(chosen.view(-1, *[1] * (one.ndim - 1)), one, other) for one, other in zip(some, others, strict=True)
    )
    return places, likely, present


def _square(places: Tensor, margin: float, extent: Tensor) -> Tensor:
    """Return the square about joints (N, 21, 2), (N, 4): in the photo where it fits, over its middle where it does not.

    A hand as long as an upright photo is seen whole, between the bands of a letterbox; it would lose its fingertips.
    """
    longer = (places.amax(dim=1) - places.amin(dim=1)).amax(dim=1)
    half = torch.clamp(longer * (margin / 2), min=SMALLEST)
    half = torch.clamp(torch.ceil(half * STEPS) / STEPS, max=1.0)[:, None]
    centre = torch.round((places.amin(dim=1) + places.amax(dim=1)) / 2 * STEPS) / STEPS
    slack = torch.clamp(extent - half, min=0.0)
    return torch.cat([torch.minimum(torch.maximum(centre, -slack), slack), half, half], dim=1)


class HandLocator:
    """Finds hands and their 21 joints with the built-in network; a `Locator`.

    Boxes are rounded to steps, and the last bits of another runtime may move one by a step. Without a hand, or where it
    is small in a photo of a room, a pass may then see something else: of 200 photos of `fingers_lebanese` five came to
    differ by more than 0.03, three by more than 0.05, with two other answers. So up to 5% of the photos may disagree.
    What a run reports is measured with the graph that ships.
    """

    name = "hand"
    view_px = view_side_px(READER_PX)
    keypoints = JOINTS
    skeleton = HAND_SKELETON
    confident = CONFIDENT
    tolerance, left_aside = 0.05, 0.05

    def __init__(self, reader: HandReader | None = None) -> None:
        """reader: the network that reads hands, by default the built-in one."""
        self.reader = HandReader() if reader is None else reader
        self._search = HandSearch(self.reader.read)

    @cached_property
    def identity(self) -> str:
        """Return a hash of the network's weights and of the thresholds."""
        hashed = hashlib.sha256(repr((type(self.reader).__name__, *RULES)).encode())
        for name, value in sorted(self.reader.network.state_dict().items()):
            hashed.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
        return f"{self.name} {hashed.hexdigest()}"

    def find(self, view: Tensor, extent: Tensor) -> Found:
        """Return boxes (N, 4), joints (N, 21, 2) and P(hand) (N,), see `Locator.find`."""
        found: Found = self._search(view, extent)
        return found

    def quick_find(self) -> Callable[[Tensor, Tensor], Found]:
        """Return `find` with the network in ONNX Runtime, which takes half the time of torch on a CPU."""
        return HandSearch(self.reader.open_onnx())

    def graph(self) -> onnx.ModelProto:
        """Return the search with its network as one graph."""
        if PARTS.made_for("hand_finder") == self.identity:
            return onnx.load_from_string(PARTS.join(["hand_finder"]))
        from unseen.locate.hand_graph import hand_graph

        return hand_graph(self.reader, self.view_px)

    def module(self, branches: bool) -> nn.Module:
        """Return the search as a module, see `Locator.module`."""
        from unseen.locate.hand_module import HandModule

        return HandModule(self.reader, branches)

    def condition(self, backbone: Backbone, normalisation: Normalisation) -> Backbone:
        """Return `backbone` with the pose that the network reads of the crop among its features."""
        return PoseConditioned(backbone, self.reader.network, normalisation)
