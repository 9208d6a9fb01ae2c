"""A backbone that is told the hand's pose: its features and what `handnet` reads of the same pixels, (N, D), in one.

Features that were learnt on things of all kinds hardly tell hands of other people apart: a head on those of MobileNetV2
with ImageNet weights, 600 photos of rps_freeman and their varied views, told 0.73 of rps_subhi, with the pose beside
them 0.997 (docs/log.md).
"""

import torch
from torch import Tensor, nn

from unseen.locate.box_crop import cut_square
from unseen.locate.hand_pose import DESCRIPTORS
from unseen.locate.hand_reader import READER_INPUT, READER_PX
from unseen.locate.handnet import HandNet
from unseen.models.backbone import Backbone
from unseen.models.preprocess import Normalisation, Preprocess

# Of this share of the photos the head is not told the pose while the backbone learns (Neverova et al., 2016, ModDrop,
# arXiv:1501.00102): the pose alone tells most training photos, so that the other features were hardly asked.
# Letters of another person: 0.914 against 0.897, and 0.80 against 0.25 by those features alone (docs/log.md).
POSE_DROPOUT = 0.5


class PoseConditioned(Backbone):
    """`backbone` learns; `reader` is frozen and travels with the weights."""

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: Backbone, reader: HandNet, normalisation: Normalisation) -> None:
        """`normalisation`: what the pixels went through that `forward` is given."""
        super().__init__()
        self.backbone = backbone
        self.reader = reader.eval().requires_grad_(False)
        self.features = backbone.features + DESCRIPTORS
        self.reader_input = Preprocess(READER_PX, "squash", READER_INPUT)
        for name in ("mean", "std"):
            value = torch.tensor(getattr(normalisation, name)).reshape(1, 3, 1, 1)
            self.register_buffer(name, value, persistent=False)

    def train(self, mode: bool = True) -> "PoseConditioned":
        """Leave the reader as it is: it is not what learns."""
        super().train(mode)
        self.reader.eval()
        return self

    def stages(self) -> list[tuple[str, list[nn.Module]]]:
        """Return those of `backbone`: nothing of the reader is ever un-frozen."""
        return self.backbone.stages()

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) float32, normalised, to (N, D); in training some are given the mean pose of the batch."""
        pose = self.pose(x)
        if self.training:
            hidden = torch.rand(len(x), 1, device=x.device) < POSE_DROPOUT
            pose = torch.where(hidden, pose.mean(dim=0, keepdim=True), pose)
        return torch.cat([self.backbone(x), pose], dim=1)

    def pose(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) float32, normalised, to the description of the pose (N, `DESCRIPTORS`)."""
        with torch.no_grad():
            pixels = x * self.std + self.mean
            if x.shape[-1] != READER_PX:
                whole = torch.tensor([[0.0, 0.0, 1.0, 1.0]], device=x.device)  # one square for all
                pixels = cut_square(pixels, whole, READER_PX)
            read: Tensor = self.reader(self.reader_input.normalise(pixels))
        return read[:, -DESCRIPTORS:]
