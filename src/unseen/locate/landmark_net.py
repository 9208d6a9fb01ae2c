"""Define MediaPipe's hand landmark network, which reads the joints of an upright hand in space.

Zhang et al., 2020, "MediaPipe Hands: On-device Real-time Hand Tracking", arXiv:2006.10214. The weights are those of
`hand_landmark_full.tflite` of MediaPipe 0.10.14 (Apache-2.0), taken over by `pretrain/landmarks.py`; their card is
docs/landmarks.md. Batch normalisation is folded into the convolutions, as in the published file.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.locate.hand_pose import JOINTS

LANDMARK_PX = 224
WEIGHTS = Path(__file__).with_name("landmarks.safetensors")
STEM, HEAD = 24, 1152
READINGS = JOINTS * 6 + 2
# kernel, expanded channels, channels, stride of each inverted residual (Tan and Le, 2019, EfficientNet, table 1)
BLOCKS = (
    (3, 24, 16, 1),
    (3, 64, 24, 2),
    (3, 144, 24, 1),
    (5, 144, 40, 2),
    (5, 240, 40, 1),
    (3, 240, 80, 2),
    (3, 480, 80, 1),
    (3, 480, 80, 1),
    (5, 480, 112, 1),
    (5, 672, 112, 1),
    (5, 672, 112, 1),
    (5, 672, 192, 2),
    (5, 1152, 192, 1),
    (5, 1152, 192, 1),
    (5, 1152, 192, 1),
)


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What `LandmarkNet` reads off N views.

    places: (N, 21, 2), x and y of each joint in the view, which spans -1 to 1. world: (N, 21, 3), joints in metres
    about the hand's middle, x right, y down, z away from the camera. present: (N,) logits of a hand being there. right:
    (N,) logits of its being a right one, or a left one in a mirror.
    """

    places: Tensor
    world: Tensor
    present: Tensor
    right: Tensor


class LateConv(nn.Conv2d):
    """A convolution that pads like TensorFlow: at stride 2 and an even side more after than before."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, groups: int) -> None:
        super().__init__(inputs, outputs, kernel, stride, 0 if stride == 2 else kernel // 2, groups=groups)
        before = (kernel - 2) // 2
        self.pads = (before, kernel - 2 - before) * 2 if stride == 2 else None

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H', W')."""
        return super().forward(F.pad(x, self.pads) if self.pads else x)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; added to the input where shapes allow. The first block does not expand."""

    def __init__(self, inputs: int, kernel: int, inner: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.expand = nn.Conv2d(inputs, inner, 1) if inner != inputs else None
        self.depthwise = LateConv(inner, inner, kernel, stride, inner)
        self.project = nn.Conv2d(inner, outputs, 1)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H', W')."""
        inner = F.relu6(self.expand(x)) if self.expand is not None else x
        out: Tensor = self.project(F.relu6(self.depthwise(inner)))
        return x + out if self.adds else out


class LandmarkNet(nn.Module):
    """Read (N, 3, 224, 224) float32 RGB in 0..1 of a hand that points up."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = LateConv(3, STEM, 3, 2, 1)
        inputs = [STEM, *(block[2] for block in BLOCKS)]
        self.blocks = nn.Sequential(*(InvertedResidual(inputs[i], *block) for i, block in enumerate(BLOCKS)))
        self.expand = nn.Conv2d(inputs[-1], HEAD, 1)
        self.depthwise = LateConv(HEAD, HEAD, 3, 1, HEAD)
        self.places = nn.Linear(HEAD, JOINTS * 3)
        self.world = nn.Linear(HEAD, JOINTS * 3)
        self.judge = nn.Linear(HEAD, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return all that is read off the views, (N, `READINGS`), see `landmarks_of`."""
        x = self.blocks(F.relu6(self.stem(x)))
        x = F.relu6(self.depthwise(F.relu6(self.expand(x))))
        pooled = x.mean(dim=(2, 3))
        return torch.cat([self.places(pooled), self.world(pooled), self.judge(pooled)], dim=1)


def landmarks_of(read: Tensor) -> Landmarks:
    """Name what `LandmarkNet` returned, (N, `READINGS`)."""
    places, world, judged = torch.split(read, [JOINTS * 3, JOINTS * 3, 2], dim=1)
    in_view = places.reshape(-1, JOINTS, 3)[..., :2] * (2 / LANDMARK_PX) - 1
    return Landmarks(in_view, world.reshape(-1, JOINTS, 3), judged[:, 0], judged[:, 1])


@lru_cache(maxsize=1)
def builtin_landmarks() -> LandmarkNet:
    """Return the network with its weights, frozen, in evaluation mode."""
    network = LandmarkNet()
    network.load_state_dict({name: value.to(torch.float32) for name, value in load_file(WEIGHTS).items()})
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast
    return network.eval().requires_grad_(False)
