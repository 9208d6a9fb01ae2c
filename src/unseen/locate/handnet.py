"""Define `handnet`, a network whose features know hands, where a hand is and in which pose.

MobileNetV2 with a narrower last convolution, and readings of it: 21 joints in the palm's own frame, the palm's
direction, presence, which hand, where the joints lie in the view, and a coarse mask. The joints join the features
(`hand_pose.describe_pose`), so that a linear head may tell signs by the bend of fingers alone.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.locate.hand_pose import DESCRIPTORS, JOINTS, PALM, describe_pose, in_palm
from unseen.models.mobilenet import MobileNetV2, Padding
from unseen.models.spec import ModelSpec

EMBEDDING = 256
# Where the joints lie is read from a map of this many cells a side, with this many channels.
CELLS, CELL_CHANNELS = 4, 32
MASK_STAGE = 4  # the last one at a sixteenth of the side
# As many as leave the file of 16-bit floats below 4 MB.
REFINED = 28


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
        last = nn.Linear(REFINED, JOINTS * 3 + PALM)
        for values in (last.weight, last.bias):  # nothing is added before it is taught
            nn.init.zeros_(values)
        self.refine = nn.Sequential(nn.Linear(EMBEDDING + JOINTS * 2, REFINED), nn.ReLU(), last)
        self.features = EMBEDDING + DESCRIPTORS

    def stages(self) -> list[tuple[str, list[nn.Module]]]:
        """Return the parts that un-freezing counts, from the input on."""
        readings = [self.joints, self.palm, self.judge, self.cells, self.places, self.mask, self.refine]
        return [*super().stages(), ("readings", readings)]

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) float32, normalised, to (N, D) features."""
        trunk = self.blocks(self._stem(x))
        embedding = self._embed(trunk)
        joints, palm = self._pose(embedding, self._places(trunk))
        return torch.cat([embedding, describe_pose(joints, palm)], dim=1)

    def read(self, x: Tensor) -> HandReading:
        """(N, 3, S, S) float32, normalised, to everything it says about the hand."""
        x = self._stem(x)
        for number, stage in enumerate(self.blocks):
            x = stage(x)
            if number == MASK_STAGE:
                mask = self.mask(x)[:, 0]
        embedding, places = self._embed(x), self._places(x)
        joints, palm = self._pose(embedding, places)
        judged = self.judge(embedding)
        return HandReading(
            embedding=embedding,
            joints=joints,
            palm=palm,
            places=places,
            present=judged[:, 0],
            left=judged[:, 1],
            mask=mask,
        )

    def _stem(self, x: Tensor) -> Tensor:
        out: Tensor = self.act(self.bn1(self.conv_stem(x)))
        return out

    def _embed(self, x: Tensor) -> Tensor:
        return torch.mean(self.act(self.bn2(self.conv_head(x))), dim=(2, 3))

    def _places(self, trunk: Tensor) -> Tensor:
        cells = F.adaptive_avg_pool2d(F.relu6(self.cells(trunk)), CELLS)
        read: Tensor = self.places(cells.flatten(1))
        return read.reshape(-1, JOINTS, 2)

    def _pose(self, embedding: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Joints (N, 21, 3) and palm (N, 6), as `HandReading` has them.

        The embedding is a mean over the view, in which fingertips are blurred; where joints lie is read from a map.
        """
        refined = self.refine(torch.cat([embedding, in_palm(places).flatten(1)], dim=1))
        joints = self.joints(embedding) + refined[:, : JOINTS * 3]
        return joints.unflatten(1, (JOINTS, 3)), self.palm(embedding) + refined[:, JOINTS * 3 :]


HANDNET = ModelSpec(
    name="handnet",
    build=lambda options: HandNet(options.padding, options.norm),
    side_px=128,
    text="built in: MobileNetV2 that was taught hands, their joints and where they are (docs/handnet.md)",
    builtin=Path(__file__).with_name("handnet.safetensors"),
    sees_scenes=False,
    # beside joints in space a head of one hidden layer carries over better than a linear one (docs/log.md)
    hidden_layers=(256,),
    dropout=0.5,
    locator="hand",
)
