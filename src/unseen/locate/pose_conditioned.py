"""Put the pose of the hand, as two frozen networks read it, beside a backbone's features of the same crop.

Features of pixels hardly tell hands of other people apart: a head on those of MobileNetV2 with ImageNet weights, 600
photos of rps_freeman and their varied views, classified 0.73 of rps_subhi, with the pose beside them 0.997; one on
those of handnet and letters of few people 0.75 of six other sets, with the joints that MediaPipe's network reads 0.81
(docs/log.md).
"""

import torch
from torch import Tensor, nn

from unseen.locate.box_crop import cut_square
from unseen.locate.hand_pose import DESCRIPTORS, describe_pose
from unseen.locate.hand_reader import READER_INPUT, READER_PX
from unseen.locate.handnet import HandNet
from unseen.locate.landmark_pose import LandmarkPose
from unseen.models.backbone import Backbone
from unseen.models.preprocess import Normalisation, Preprocess

# Of this share of the photos the head is not told the pose while the backbone learns (Neverova et al., 2016, ModDrop,
# arXiv:1501.00102): the pose alone tells most training photos, so that the other features were hardly asked.
# Letters of another person: 0.914 against 0.897, and 0.80 against 0.25 by those features alone (docs/log.md).
POSE_DROPOUT = 0.5
# What a head relies on carries over to strangers as far as it is joints in space: of six sets of letters 0.81 with the
# rest at this weight, 0.80 at half of it, 0.75 without joints (docs/log.md).
PIXELS_TRUST = 0.3


class PoseConditioned(Backbone):
    """`backbone` learns; `reader` is frozen and travels with the weights."""

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: Backbone, reader: HandNet, normalisation: Normalisation) -> None:
        """`normalisation`: what the pixels went through that `forward` is given."""
        super().__init__()
        self.backbone = backbone
        self.reader = reader.eval().requires_grad_(False)
        self.landmarks = LandmarkPose().eval().requires_grad_(False)
        self.features = backbone.features + DESCRIPTORS + self.landmarks.features
        self.reader_input = Preprocess(READER_PX, "squash", READER_INPUT)
        for name in ("mean", "std"):
            value = torch.tensor(getattr(normalisation, name)).reshape(1, 3, 1, 1)
            self.register_buffer(name, value, persistent=False)

    def train(self, mode: bool = True) -> "PoseConditioned":
        """Leave the reader as it is: it is not what learns."""
        super().train(mode)
        self.reader.eval()
        self.landmarks.eval()
        return self

    @property
    def trust(self) -> Tensor:
        """Rely on the joints in space first, see `PIXELS_TRUST`."""
        return torch.cat([torch.full((self.features - self.landmarks.features,), PIXELS_TRUST),
                          torch.ones(self.landmarks.features)])  # fmt: skip

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
        """(N, 3, S, S) float32, normalised, to both descriptions of the pose, (N, 2 x `DESCRIPTORS`)."""
        with torch.no_grad():
            crops = pixels = x * self.std + self.mean
            if x.shape[-1] != READER_PX:
                whole = torch.tensor([[0.0, 0.0, 1.0, 1.0]], device=x.device)  # one square for all
                pixels = cut_square(pixels, whole, READER_PX)
            read = self.reader.read(self.reader_input.normalise(pixels))
            return torch.cat([describe_pose(read.joints, read.palm), self.landmarks(crops, read.places)], dim=1)
