"""Bring photos to what a network looks at inside an exported module: of any size, or of one fixed size.

Both are the arithmetic of `photos.working_size` and `models.preprocess`: the same pixels as everywhere else.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from unseen.locate.box_crop import View
from unseen.models.preprocess import Preprocess, resize_weights
from unseen.photos.fit import PADDING_GREY
from unseen.photos.working_size import LONG_OVER_SHORT, WEIGHT_UNIT, axis_weights, working_size
from unseen.records import Fit

Looked = tuple[Tensor, Tensor]
CPU = torch.device("cpu")


class AnySize(nn.Module):
    """(N, H, W, 3) uint8 RGB, reduced to working size, to what each of `looks` sees: pixels and extent."""

    def __init__(self, decode_side_px: int, looks: Sequence[View | Preprocess]) -> None:
        super().__init__()
        self.decode_side_px, self.looks = decode_side_px, nn.ModuleList(looks)

    def forward(self, photos: Tensor) -> list[Looked]:
        """Return (N, 3, S, S) float32 whole numbers in 0..255 and the extent (1, 2) for each look."""
        working = reduce_photos(photos, self.decode_side_px)
        none = torch.ones(1, 2)
        return [look(working) if isinstance(look, View) else (_resized(look, working), none) for look in self.looks]


class OneSize(nn.Module):
    """The same for photos of exactly `frame` (width, height), whose weights are constants; and N is 1."""

    def __init__(self, decode_side_px: int, looks: Sequence[View | Preprocess], frame: tuple[int, int]) -> None:
        super().__init__()
        width, height = working_size(*frame, decode_side_px)
        same = (width, height) == frame
        self.shrink = nn.Identity() if same else FixedResize(*map(_shrinking, frame[::-1], (height, width)))
        self.looks = nn.ModuleList(FixedResize.fitted(height, width, *_sees(look)) for look in looks)
        longest = max(width, height)
        self.register_buffer("extent", torch.tensor([[width / longest, height / longest]]))

    def forward(self, photos: Tensor) -> list[Looked]:
        """(1, H, W, 3) uint8 or float32 in 0..255 to the same as `AnySize`."""
        working = self.shrink(photos.to(torch.float32).permute(0, 3, 1, 2))
        return [(look(working), self.get_buffer("extent")) for look in self.looks]


class FixedResize(nn.Module):
    """Resize colour planes by constant weights of rows (S, H) and columns (T, W); grey where a row is all zero."""

    down: Tensor
    across: Tensor
    padding: Tensor

    def __init__(self, down: Tensor, across: Tensor) -> None:
        super().__init__()
        self.register_buffer("down", down.contiguous())
        self.register_buffer("across", across.T.contiguous())
        beside = torch.maximum((down.sum(dim=1) == 0)[:, None], (across.sum(dim=1) == 0)[None])
        self.register_buffer("padding", beside.to(torch.float32) * PADDING_GREY)
        self.padded = bool(beside.any())

    @classmethod
    def fitted(cls, height: int, width: int, side_px: int, fit: Fit) -> "FixedResize":
        """Return what `Preprocess` does to photos of this size."""
        return cls(resize_weights(height, width, side_px, fit, CPU), resize_weights(width, height, side_px, fit, CPU))

    def forward(self, planes: Tensor) -> Tensor:
        """(N, 3, H, W) float32 whole numbers to (N, 3, S, T)."""
        resized = torch.round(torch.round(self.down @ planes) @ self.across)
        return resized + self.padding if self.padded else resized


def reduce_photos(photos: Tensor, side_px: int) -> Tensor:
    """Return photos (N, H, W, 3) as float32 at working size, as `working_size.reduce_photo` does, in a graph too."""
    count, height, width = photos.shape[:3]
    most = LONG_OVER_SHORT * side_px
    short, long = torch.sym_min(height, width), torch.sym_max(height, width)  # type: ignore[no-untyped-call]
    longest = torch.sym_max(torch.sym_max(LONG_OVER_SHORT * short, long), most)  # type: ignore[no-untyped-call]
    new_height, new_width = (_new_length(length, longest, most) for length in (height, width))
    rows = _reducing(height, new_height) @ photos.to(torch.float32).reshape(count, height, width * 3)
    planes = torch.round(rows).reshape(count, new_height, width, 3).permute(0, 1, 3, 2)
    return torch.round(planes @ _reducing(width, new_width).T).permute(0, 1, 3, 2)


def _new_length(length: int, longest: int, most: int) -> int:
    shorter: int = torch.sym_max(1, (2 * length * most + longest) // (2 * longest))  # type: ignore[no-untyped-call]
    if isinstance(shorter, int):
        return shorter
    # A name of its own in the graph: as a formula it would stand in every shape, and loading takes half a minute.
    named = torch.full((), shorter).item()
    torch._check(named >= 1)
    torch._check(named <= most)
    return named


def _reducing(length: int, out: int) -> Tensor:
    """Weights (out, length) of `working_size.axis_weights`, in torch; the identity where both are the same."""
    inputs, outputs = torch.arange(length), torch.arange(out)
    positions, centres = (2 * inputs + 1) * out, (2 * outputs + 1) * length
    triangle = torch.clamp(2 * length - torch.abs(positions[None] - centres[:, None]), min=0)
    total = triangle.sum(dim=1, keepdim=True)
    rounded = torch.div(2 * triangle * WEIGHT_UNIT + total, 2 * total, rounding_mode="floor")
    lost = WEIGHT_UNIT - rounded.sum(dim=1, keepdim=True)
    largest = inputs[None] == triangle.argmax(dim=1, keepdim=True)
    return (rounded + lost * largest.to(torch.int64)).to(torch.float32) / WEIGHT_UNIT


def _shrinking(length: int, out: int) -> Tensor:
    return torch.from_numpy(axis_weights(np.arange(out, dtype=np.int64), 0, length, length, out))


def _resized(preprocess: nn.Module, photos: Tensor) -> Tensor:
    assert isinstance(preprocess, Preprocess)
    return preprocess.resize(photos)


def _sees(look: View | Preprocess) -> tuple[int, Fit]:
    return (look.side_px, "letterbox") if isinstance(look, View) else (look.side_px, look.fit)
