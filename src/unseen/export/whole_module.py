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

    frame: (width, height) of the only photos it takes, one at a time; `None`: any number of one size. doubt: features
    (N, D), logits (N, C) and the locator's scores (N,) to how probable it is that a photo shows nothing known, (N,).
    """

    def __init__(
        self, classifier: Classifier, locator: Locator | None, facts: BundleFacts,
        frame: tuple[int, int] | None = None, doubt: nn.Module | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.classifier, self.doubt = classifier, doubt
        self.finder = locator.module(branches=frame is None) if locator else None
        self.preprocess = preprocess = classifier.preprocess
        looks: list[View | Preprocess] = [preprocess]
        if locator:
            assert isinstance(preprocess, BoxPreprocess)
            sides = dict.fromkeys((locator.view_px, preprocess.view.side_px))
            looks = [View(side) for side in sides]
        side = facts.decode_side_px
        self.look = OneSize(side, looks, frame) if frame else AnySize(side, looks)

    def forward(self, photos: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """(N, H, W, 3) uint8 RGB to probabilities (N, C) float32; where there is a `doubt` that, too, (N,)."""
        looks = self.look(photos)
        pixels, extent = looks[-1]
        scores = None
        if self.finder is not None:
            assert isinstance(self.preprocess, BoxPreprocess)
            boxes, scores = self.finder(*looks[0])
            pixels = self.preprocess.crop(pixels, extent, boxes)
        features = self.classifier.backbone(self.classifier.preprocess.normalise(pixels))
        logits = self.classifier.head(features)
        probabilities = torch.softmax(logits, dim=1)
        return probabilities if self.doubt is None else (probabilities, self.doubt(features, logits, scores))


def whole_module(
    classifier: Classifier, locator: Locator | None, facts: BundleFacts, frame: tuple[int, int] | None = None,
    doubt: nn.Module | None = None,
) -> WholeModule:  # fmt: skip
    """Return a copy of all of it, batch norms folded, equal weights shared, nothing left to ONNX Runtime."""
    module = folded(WholeModule(classifier, locator, facts, frame, doubt))
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
