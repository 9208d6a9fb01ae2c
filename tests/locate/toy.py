"""A second locator in one file: it finds bright squares, without weights or keypoints."""

from collections.abc import Callable

import onnx
import torch
from torch import Tensor, nn
from torch.export import Dim

from unseen.locate.box_crop import boxes_of, view_side_px
from unseen.locate.graph_names import BOXES, EXTENT, SCORES, VIEW
from unseen.models.backbone import Backbone
from unseen.models.onnx_graph import export_model
from unseen.models.preprocess import Normalisation

BRIGHT = 230
Found = tuple[Tensor, Tensor | None, Tensor]


class BrightSquares(nn.Module):
    """Takes all bright pixels of a view for one thing; a `Locator`."""

    name, identity = "toy", "toy 1"
    view_px = view_side_px(128)
    keypoints, confident = 0, 0.5
    skeleton = None
    tolerance, left_aside = 1e-3, 0.0

    def forward(self, view: Tensor, extent: Tensor) -> tuple[Tensor, Tensor]:
        bright = view.amin(dim=1) > BRIGHT
        steps = (torch.arange(self.view_px) + 0.5) * (2 / self.view_px) - 1
        low, high = (
            torch.stack([torch.where(bright.any(dim=axis), steps, fill) for axis in (1, 2)], dim=1) for fill in (2, -2)
        )
        corners = low.amin(dim=2), high.amax(dim=2)
        half = ((corners[1] - corners[0]) / 2).amax(dim=1, keepdim=True).expand(-1, 2) + 1 / self.view_px
        squares = torch.cat([(corners[0] + corners[1]) / 2, half], dim=1)
        there = bright.flatten(1).any(dim=1)
        boxes = boxes_of(squares, extent.expand(view.shape[0], 2))
        return torch.where(there[:, None], boxes, torch.nan), there.to(torch.float32)

    def find(self, view: Tensor, extent: Tensor) -> Found:
        boxes, scores = self(view, extent)
        return boxes, None, scores

    def quick_find(self) -> Callable[[Tensor, Tensor], Found]:
        return self.find

    def graph(self) -> onnx.ModelProto:
        examples = torch.zeros(2, 3, self.view_px, self.view_px), torch.ones(1, 2)
        return export_model(self, examples, [VIEW, EXTENT], [BOXES, SCORES], ({0: Dim("photo_count", min=1)}, {}))

    def module(self, branches: bool) -> nn.Module:
        return self

    def condition(self, backbone: Backbone, normalisation: Normalisation) -> Backbone:
        return backbone
