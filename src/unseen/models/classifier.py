"""Define the whole network: preprocessing, backbone, head."""

from torch import Tensor, nn

from unseen.config import Unfreeze
from unseen.errors import SettingError
from unseen.models.backbone import Backbone
from unseen.models.head import Head
from unseen.models.norm import freeze_statistics
from unseen.models.preprocess import Preprocess


class Classifier(nn.Module):
    """What is trained, measured and exported.

    `forward` takes raw photos. Training enters later, at `from_pixels`, with augmented pixels, and the probe
    later still, at `head`, with cached features.
    """

    def __init__(self, preprocess: Preprocess, backbone: Backbone, head: Head) -> None:
        super().__init__()
        self.preprocess = preprocess
        self.backbone = backbone
        self.head = head

    def from_pixels(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) float32 in 0..255, already S x S, to logits (N, C)."""
        out: Tensor = self.head(self.backbone(self.preprocess.normalise(pixels)))
        return out

    def forward(self, photos: Tensor, boxes: Tensor | None = None) -> Tensor:
        """(N, H, W, 3) uint8 RGB, and boxes (N, 4) where the model crops, to logits (N, C) float32."""
        return self.from_pixels(self.preprocess.resize(photos, boxes))


class UpToFeatures(nn.Module):
    """The part of the graph that is shipped before the head: uint8 photos in; features and the pixels seen out."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.preprocess, self.backbone = classifier.preprocess, classifier.backbone

    def forward(self, photos: Tensor) -> tuple[Tensor, Tensor]:
        """(N, H, W, 3) uint8 to features (N, D) float32 and pixels (N, S, S, 3) uint8."""
        pixels = self.preprocess.resize(photos)
        return self.backbone(self.preprocess.normalise(pixels)), self.preprocess.as_photos(pixels)


def unfreeze(backbone: Backbone, wanted: Unfreeze) -> list[str]:
    """Un-freeze the last stages and freeze the rest; return the names of the trainable stages.

    `none`, `last` (the last third, rounded up), `all`, or a number of stages counted from the end.
    """
    stages = backbone.stages()
    counts = {"none": 0, "last": -(-len(stages) // 3), "all": len(stages)}
    count = wanted if isinstance(wanted, int) else counts[wanted]
    if not 0 <= count <= len(stages):
        raise SettingError("unfreeze", f"is {count}, and the network has {len(stages)} stages: use all")
    first = len(stages) - count
    for position, (_, modules) in enumerate(stages):
        for module in modules:
            module.requires_grad_(position >= first)
    return [name for name, _ in stages[first:]]


def set_training(model: Classifier, frozen_statistics: bool) -> None:
    """Enter training mode, keeping the statistics of frozen stages, or of all where `frozen_statistics`.

    Batches of a few dozen photos make noisy statistics, and a frozen stage must compute what it computed before.
    """
    model.train()
    if frozen_statistics:
        freeze_statistics(model.backbone)
        return
    for _, modules in model.backbone.stages():
        for module in modules:
            if not any(parameter.requires_grad for parameter in module.parameters()):
                freeze_statistics(module)
