"""`handnet`: (N, 3, S, S) float32 in, features that know hands out; and where the hand is, in which pose.

MobileNetV2 with a narrower last convolution, and linear readings of it: 21 joints in the palm's own frame, the palm's
direction, presence, which hand, where the joints lie in the view, and a coarse mask. The joints join the features
(`hand_pose.describe_pose`), so that a linear head may tell signs by the bend of fingers alone.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.model.hand_pose import DESCRIPTORS, JOINTS, PALM, describe_pose
from unseen.model.mobilenet import MobileNetV2, Padding

EMBEDDING = 256
# Where the joints lie is read from a map of this many cells a side, with this many channels.
CELLS, CELL_CHANNELS = 4, 32
MASK_STAGE = 4  # the last one at a sixteenth of the side


@dataclass(frozen=True, slots=True)
class HandReading:
    """What `HandNet` reads off N views.

    embedding: (N, E). joints: (N, 21, 3) in the palm frame. palm: (N, 6), the palm's x and y axes in the camera's (x
    right, y down, z away). places: (N, 21, 2), where each joint lies in the view, which spans -1 to 1. present, left:
    (N,) logits of a hand being there and of its being a left one. mask: (N, S / 16, S / 16) logits of hand or arm.
    """

    embedding: Tensor
    joints: Tensor
    palm: Tensor
    places: Tensor
    present: Tensor
    left: Tensor
    mask: Tensor


class HandNet(MobileNetV2):
    """MobileNetV2 1.0 that reads hands; `features` is the embedding and the description of the pose."""

    def __init__(self, padding: Padding = "same", norm: str = "batch") -> None:
        super().__init__(1.0, padding, norm, EMBEDDING)
        trunk = self.conv_head.in_channels
        self.joints = nn.Linear(EMBEDDING, JOINTS * 3)
        self.palm = nn.Linear(EMBEDDING, PALM)
        self.judge = nn.Linear(EMBEDDING, 2)
        self.cells = nn.Conv2d(trunk, CELL_CHANNELS, 1)
        self.places = nn.Linear(CELL_CHANNELS * CELLS**2, JOINTS * 2)
        self.mask = nn.Conv2d(self.blocks[MASK_STAGE][-1].bn3.num_features, 1, 1)  # type: ignore[index]
        self.features = EMBEDDING + DESCRIPTORS

    def stages(self) -> list[tuple[str, list[nn.Module]]]:
        """Return the parts that un-freezing counts, from the input on."""
        readings = [self.joints, self.palm, self.judge, self.cells, self.places, self.mask]
        return [*super().stages(), ("readings", readings)]

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) float32, normalised, to (N, D) features."""
        embedding = self._embed(self.blocks(self._stem(x)))
        joints = self.joints(embedding).unflatten(1, (JOINTS, 3))
        return torch.cat([embedding, describe_pose(joints, self.palm(embedding))], dim=1)

    def read(self, x: Tensor) -> HandReading:
        """(N, 3, S, S) float32, normalised, to everything it says about the hand."""
        x = self._stem(x)
        for number, stage in enumerate(self.blocks):
            x = stage(x)
            if number == MASK_STAGE:
                mask = self.mask(x)[:, 0]
        embedding = self._embed(x)
        cells = F.adaptive_avg_pool2d(F.relu6(self.cells(x)), CELLS)
        judged = self.judge(embedding)
        return HandReading(
            embedding=embedding,
            joints=self.joints(embedding).unflatten(1, (JOINTS, 3)),
            palm=self.palm(embedding),
            places=self.places(cells.flatten(1)).unflatten(1, (JOINTS, 2)),
            present=judged[:, 0],
            left=judged[:, 1],
            mask=mask,
        )

    def _stem(self, x: Tensor) -> Tensor:
        out: Tensor = self.act(self.bn1(self.conv_stem(x)))
        return out

    def _embed(self, x: Tensor) -> Tensor:
        return torch.mean(self.act(self.bn2(self.conv_head(x))), dim=(2, 3))
