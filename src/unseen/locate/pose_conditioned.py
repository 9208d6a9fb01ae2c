"""Put the pose of the hand, as two frozen networks read it, beside a backbone's features of the same crop.

Features of pixels hardly tell hands of other people apart: a head on those of MobileNetV2 with ImageNet weights, 600
photos of rps_freeman and their varied views, classified 0.73 of rps_subhi, with the pose beside them 0.997; one on
those of handnet and letters of few people 0.75 of six other sets, with the joints that MediaPipe's network reads 0.81
(docs/log.md).
"""

import copy

import torch
from torch import Tensor, nn

from unseen.locate.box_crop import cut_square
from unseen.locate.hand_pose import DESCRIPTORS, describe_pose
from unseen.locate.hand_reader import READER_INPUT, READER_PX
from unseen.locate.handnet import HandNet, HandReading
from unseen.locate.landmark_pose import LandmarkPose
from unseen.locate.sign_net import SIGN, builtin_signs
from unseen.models.backbone import Backbone
from unseen.models.preprocess import Normalisation, Preprocess

# Of this share of the photos the head is not told the pose while the backbone learns (Neverova et al., 2016, ModDrop,
# arXiv:1501.00102): the pose alone tells most training photos, so that the other features were hardly asked.
# Letters of another person: 0.914 against 0.897, and 0.80 against 0.25 by those features alone (docs/log.md).
POSE_DROPOUT = 0.5
# How far a new head relies on what is not the sign: joints in space, and the rest (pixels, joints as handnet reads
# them). The less of one person's photos it can use, the more it carries over to others: from 36 photos a letter of
# asl_kept/train to three other people 0.843 with these, 0.809 with 0.05 and 0.02; of signs that `SignNet` was never
# taught 0.776 and 0.767 (docs/log.md). Where the classes are not told by the sign, `fit_trusting` relies on all.
# Whether a hand is there says nothing of which sign it is.
JOINTS_TRUST, PIXELS_TRUST, PRESENT_TRUST = 0.01, 0.003, 1e-6
# What stands behind the backbone's features: how probable a hand is (`graph_names.PRESENT`), the pose as either network
# reads it, the sign.
TOLD = 1 + 2 * DESCRIPTORS + SIGN


def head_trust(backbone_features: int) -> Tensor:
    """How far a new head relies on each feature of a `PoseConditioned`, (D,) float32."""
    widths = (backbone_features, 1, DESCRIPTORS, DESCRIPTORS, SIGN)
    trusts = (PIXELS_TRUST, PRESENT_TRUST, PIXELS_TRUST, JOINTS_TRUST, 1.0)
    return torch.cat([torch.full((w,), t) for w, t in zip(widths, trusts, strict=True)])


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
        self.signs = copy.deepcopy(builtin_signs())  # travels with the weights
        self.features = backbone.features + TOLD
        self.reader_input = Preprocess(READER_PX, "squash", READER_INPUT)
        for name in ("mean", "std"):
            value = torch.tensor(getattr(normalisation, name)).reshape(1, 3, 1, 1)
            self.register_buffer(name, value, persistent=False)

    def train(self, mode: bool = True) -> "PoseConditioned":
        """Leave the reader as it is: it is not what learns."""
        super().train(mode)
        self.reader.eval()
        self.landmarks.eval()
        self.signs.eval()
        return self

    @property
    def trust(self) -> Tensor:
        """Rely on the sign first, see `PIXELS_TRUST`."""
        return head_trust(self.backbone.features)

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
        """(N, 3, S, S) float32, normalised, to how probable a hand is, its pose twice and the sign, (N, `TOLD`)."""
        with torch.no_grad():
            crops, read = self.look(x)
            described, present = self.landmarks.look(crops, read.places)
            pose = torch.cat([describe_pose(read.joints, read.palm), described], dim=1)
            return torch.cat([present, pose, self.signs(pose)], dim=1)

    def look(self, x: Tensor) -> tuple[Tensor, HandReading]:
        """(N, 3, S, S) float32, normalised, to the same in 0..255 and what the reader says of it."""
        crops = pixels = x * self.std + self.mean
        if x.shape[-1] != READER_PX:
            whole = torch.tensor([[0.0, 0.0, 1.0, 1.0]], device=x.device)  # one square for all
            pixels = cut_square(pixels, whole, READER_PX)
        return crops, self.reader.read(self.reader_input.normalise(pixels))
