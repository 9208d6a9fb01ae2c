"""Define MobileNetV2 at any width, in timm's parameter names.

Sandler et al., 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv:1801.04381, table 2.
Activations are not in place: the exporter takes five times as long to undo that as to write the whole graph.
The names are timm's (`conv_stem`, `blocks.3.1.conv_dw`, ...), so weight files load without translation.
"""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.models.backbone import Backbone
from unseen.models.norm import make_norm

Padding = Literal["symmetric", "same"]

# expansion, channels, repeats, stride of the first repeat (table 2 of the paper, rows 2 to 8)
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
STEM_CHANNELS = 32
HEAD_CHANNELS = 1280

NormMaker = Callable[[int], nn.Module]


def scale_channels(channels: int, width: float) -> int:
    """Scale `channels` by `width` to a multiple of 8 that lost no more than a tenth (the reference's rule)."""
    scaled = max(8, int(channels * width + 4) // 8 * 8)
    return scaled + 8 if scaled < 0.9 * channels * width else scaled


class PaddedConv(nn.Conv2d):
    """A 3x3 convolution padded like PyTorch (`symmetric`) or like TensorFlow (`same`).

    At stride 2 and an even side TensorFlow pads only bottom and right; weights that come from TensorFlow are
    off by half a pixel a stage without it.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, groups: int, padding: Padding) -> None:
        super().__init__(
            inputs, outputs, 3, stride=stride, padding=1 if padding == "symmetric" or stride == 1 else 0,
            groups=groups, bias=False,
        )  # fmt: skip
        self.pads_late = padding == "same" and stride == 2

    def convolve(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Pad and convolve, (N, C, H, W) to (N, C', H', W')."""
        if self.pads_late:
            # even side: 0 before, 1 after; odd side: 1 and 1 (SAME at kernel 3, stride 2)
            top, left = x.shape[2] % 2, x.shape[3] % 2
            x = F.pad(x, (left, 1, top, 1))
        if self.stride == (1, 1) or not (torch.is_grad_enabled() and torch.is_autocast_enabled("cpu")):
            return F.conv2d(x, weight, bias, self.stride, self.padding, self.dilation, self.groups)
        # oneDNN's bfloat16 gradients of 3x3 convolutions at stride 2 take 4 to 60 times as long as float32's: five
        # such layers were two thirds of a training step (docs/log.md)
        with torch.autocast("cpu", enabled=False):
            out = F.conv2d(x.float(), weight, bias, self.stride, self.padding, self.dilation, self.groups)
        return out.to(torch.get_autocast_dtype("cpu"))

    def forward(self, x: Tensor) -> Tensor:
        """Convolve, (N, C, H, W) to (N, C', H', W')."""
        return self.convolve(x, self.weight, self.bias)


def normalised(convolution: nn.Conv2d, norm: nn.Module, x: Tensor) -> Tensor:
    """Convolve and normalise, (N, C, H, W) to (N, C', H', W').

    Where the statistics are frozen, gradients go through one convolution with the norm folded into its weights: the
    same numbers, and a fifth less time for a training step.
    """
    if type(norm) is not nn.BatchNorm2d or norm.training or not torch.is_grad_enabled():
        out: Tensor = norm(convolution(x))
        return out
    assert norm.running_var is not None
    assert norm.running_mean is not None
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    weight, bias = convolution.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale
    if isinstance(convolution, PaddedConv):
        return convolution.convolve(x, weight, bias)
    return F.conv2d(x, weight, bias)


class SeparableConv(nn.Module):
    """The first block: depthwise, then a linear pointwise convolution; no expansion."""

    def __init__(self, inputs: int, outputs: int, stride: int, padding: Padding, norm: NormMaker) -> None:
        super().__init__()
        self.conv_dw = PaddedConv(inputs, inputs, stride, inputs, padding)
        self.bn1 = norm(inputs)
        self.conv_pw = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.bn2 = norm(outputs)
        self.act = nn.ReLU6()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H', W')."""
        x = self.act(normalised(self.conv_dw, self.bn1, x))
        out: Tensor = normalised(self.conv_pw, self.bn2, x)
        return out


class InvertedResidual(nn.Module):
    """Expand, filter depthwise, project linearly; the input is added where the shapes agree."""

    def __init__(
        self, inputs: int, outputs: int, expansion: int, stride: int, padding: Padding, norm: NormMaker
    ) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.conv_pw = nn.Conv2d(inputs, hidden, 1, bias=False)
        self.bn1 = norm(hidden)
        self.conv_dw = PaddedConv(hidden, hidden, stride, hidden, padding)
        self.bn2 = norm(hidden)
        self.conv_pwl = nn.Conv2d(hidden, outputs, 1, bias=False)
        self.bn3 = norm(outputs)
        self.act = nn.ReLU6()
        self.adds_input = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H', W')."""
        out: Tensor = self.act(normalised(self.conv_pw, self.bn1, x))
        out = self.act(normalised(self.conv_dw, self.bn2, out))
        out = normalised(self.conv_pwl, self.bn3, out)
        return out + x if self.adds_input else out


class MobileNetV2(Backbone):
    """MobileNetV2 without its classifier; `features` is 1,280, or more above width 1."""

    def __init__(
        self, width: float = 1.0, padding: Padding = "symmetric", norm: str = "batch", features: int | None = None
    ) -> None:
        """`features`: channels of the last convolution, the paper's where it is not given."""
        super().__init__()
        make = make_norm(norm)
        channels = scale_channels(STEM_CHANNELS, width)
        self.conv_stem = PaddedConv(3, channels, 2, 1, padding)
        self.bn1 = make(channels)
        stages = []
        for expansion, base, repeats, first_stride in STAGES:
            outputs = scale_channels(base, width)
            blocks: list[nn.Module] = []
            for repeat in range(repeats):
                stride = first_stride if repeat == 0 else 1
                if expansion == 1:
                    blocks.append(SeparableConv(channels, outputs, stride, padding, make))
                else:
                    blocks.append(InvertedResidual(channels, outputs, expansion, stride, padding, make))
                channels = outputs
            stages.append(nn.Sequential(*blocks))
        self.blocks = nn.Sequential(*stages)
        self.features = features or max(HEAD_CHANNELS, scale_channels(HEAD_CHANNELS, width))
        self.conv_head = nn.Conv2d(channels, self.features, 1, bias=False)
        self.bn2 = make(self.features)
        self.act = nn.ReLU6()
        initialise(self)

    def stages(self) -> list[tuple[str, list[nn.Module]]]:
        """Return the parts that un-freezing counts, from the input on."""
        named: list[tuple[str, list[nn.Module]]] = [("stem", [self.conv_stem, self.bn1])]
        named += [(f"blocks.{i}", [stage]) for i, stage in enumerate(self.blocks)]
        return [*named, ("conv_head", [self.conv_head, self.bn2])]

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) float32, normalised, to (N, D) features after global average pooling."""
        x = self.act(normalised(self.conv_stem, self.bn1, x))
        x = self.blocks(x)
        x = self.act(normalised(self.conv_head, self.bn2, x))
        return torch.mean(x, dim=(2, 3))


def initialise(network: nn.Module) -> None:
    """Kaiming initialisation for every convolution and linear layer (He et al., 2015, arXiv:1502.01852)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
