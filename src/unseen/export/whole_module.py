"""Make a run one torch module, from raw photos to probabilities, that `torch.export` writes for any runtime."""

import hashlib
import warnings
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import ExportedProgram

from unseen.export.bundle import BundleFacts
from unseen.export.photo_sizes import AnySize, OneSize
from unseen.locate.box_crop import BoxPreprocess, View
from unseen.locate.landmark_pose import LandmarkPose
from unseen.locate.locator import Locator
from unseen.models.classifier import Classifier
from unseen.models.folding import folded
from unseen.models.preprocess import Preprocess


class WholeModule(nn.Module):
    """Reduction, view, locator, crop and network.

    frame: (width, height) of the only photos it takes, one at a time; `None`: any number of one size.
    """

    def __init__(
        self, classifier: Classifier, locator: Locator | None, facts: BundleFacts, frame: tuple[int, int] | None = None
    ) -> None:
        super().__init__()
        self.classifier = classifier
        self.finder = locator.module(branches=frame is None) if locator else None
        self.preprocess = preprocess = classifier.preprocess
        looks: list[View | Preprocess] = [preprocess]
        if locator:
            assert isinstance(preprocess, BoxPreprocess)
            sides = dict.fromkeys((locator.view_px, preprocess.view.side_px))
            looks = [View(side) for side in sides]
        side = facts.decode_side_px
        self.look = OneSize(side, looks, frame) if frame else AnySize(side, looks)

    def forward(self, photos: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 RGB to probabilities (N, C) float32."""
        looks = self.look(photos)
        pixels, extent = looks[-1]
        if self.finder is not None:
            assert isinstance(self.preprocess, BoxPreprocess)
            pixels = self.preprocess.crop(pixels, extent, self.finder(*looks[0]))
        return torch.softmax(self.classifier.from_pixels(pixels), dim=1)


def whole_module(
    classifier: Classifier, locator: Locator | None, facts: BundleFacts, frame: tuple[int, int] | None = None
) -> WholeModule:
    """Return a copy of all of it, batch norms folded, equal weights shared, nothing left to ONNX Runtime."""
    module = folded(WholeModule(classifier, locator, facts, frame))
    for part in module.modules():
        if isinstance(part, LandmarkPose):
            part.in_torch = True
    known: dict[bytes, nn.Parameter] = {}
    for part in module.modules():
        for name, value in part.named_parameters(recurse=False):
            own = value.detach().contiguous()
            key = hashlib.sha256(repr((own.shape, own.dtype)).encode() + own.numpy().tobytes()).digest()
            part.register_parameter(name, known.setdefault(key, nn.Parameter(own, requires_grad=False)))
    return module


def exported(module: nn.Module, example: Tensor, dynamic_shapes: tuple[Any, ...] | None = None) -> ExportedProgram:
    """Return the module's graph, without what it says of lines of code: of a whole run that is megabytes."""
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.export.export(module, (example,), dynamic_shapes=dynamic_shapes, strict=False)
    for part in program.graph_module.modules():
        if isinstance(part, torch.fx.GraphModule):
            for node in part.graph.nodes:
                for key in ("stack_trace", "nn_module_stack", "source_fn_stack", "torch_fn"):
                    node.meta.pop(key, None)
    return program
