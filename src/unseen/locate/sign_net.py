"""Define `SignNet`, which puts the same hand shape of different people at the same place.

Joints of one sign differ from person to person by bones, bend and habit. This small network was taught by labels which
of these differences matter: letters, digits, counting and gestures of about 230 people, and rendered ones. Its card is
docs/signs.md, its training `pretrain/signs.py`.
"""

from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.locate.hand_pose import DESCRIPTORS

WEIGHTS = Path(__file__).with_name("signs.safetensors")
HIDDEN, SIGN = 256, 64
# Values are cut off at so many deviations of the training set's, as in `models.head.Standardise`.
FARTHEST = 3.0


class SignNet(nn.Module):
    """Both readings of the pose, (N, 2 x `DESCRIPTORS`), to an embedding of the sign, (N, `SIGN`)."""

    mean: Tensor
    std: Tensor
    features = SIGN

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(2 * DESCRIPTORS))
        self.register_buffer("std", torch.ones(2 * DESCRIPTORS))
        self.hidden = nn.Linear(2 * DESCRIPTORS, HIDDEN)
        self.embed = nn.Linear(HIDDEN, SIGN)

    def forward(self, pose: Tensor) -> Tensor:
        """(N, 2 x `DESCRIPTORS`) float32 to (N, `SIGN`) float32."""
        out: Tensor = self.embed(F.relu(self.hidden(self.standardise(pose))))
        return out

    def standardise(self, pose: Tensor) -> Tensor:
        """Return `pose` with the training set's mean and deviation taken out."""
        return ((pose - self.mean) / self.std).clamp(-FARTHEST, FARTHEST)


@lru_cache(maxsize=1)
def builtin_signs() -> SignNet:
    """Return the network with its weights, frozen, in evaluation mode."""
    network = SignNet()
    tensors = {name: value.to(torch.float32) for name, value in load_file(WEIGHTS).items()}
    network.load_state_dict({name: tensors[name] for name in network.state_dict()})
    return network.eval().requires_grad_(False)
