"""Give the audit a frozen backbone: features of photos, altered ones too."""

from dataclasses import dataclass, replace

import numpy as np

from unseen.config import AuditConfig, TrainConfig
from unseen.features.extract import extract
from unseen.models.backbone import Backbone
from unseen.models.preprocess import Preprocess
from unseen.progress import Progress
from unseen.recipe import Recipe, bare_backbone, resolve
from unseen.records import Float32Array, Images
from unseen.registry import find_spec
from unseen.runtime import find_runtime


@dataclass(frozen=True, slots=True)
class Frozen:
    """A pre-trained backbone with the preprocessing its weights expect. name: what it is, for the reader."""

    preprocess: Preprocess
    backbone: Backbone
    device: str
    name: str

    @property
    def side_px(self) -> int:
        """Side of the square it sees."""
        return self.preprocess.side_px

    def features(self, photos: Images, progress: Progress) -> Float32Array:
        """Return the features (N, D) float32 of all `photos`."""
        everything = np.arange(len(photos))
        device = find_runtime(self.device, "fp32").device
        return extract(self.preprocess, self.backbone, photos, everything, device, progress)


def audit_recipe(config: AuditConfig) -> Recipe:
    """Resolve the audit's settings as training would; `auto` weights are ImageNet's if they are here already."""
    weights = "cached" if config.weights == "auto" else config.weights
    side_px = find_spec(config.model).side_px  # what the thresholds of the audit were measured at
    settings = TrainConfig(config.photos, config.out, model=config.model, width=config.width, image_size=side_px)
    return resolve(replace(settings, weights=weights))


def frozen_backbone(recipe: Recipe, device: str) -> Frozen | None:
    """Return the backbone of `recipe` with its weights; `None` where it has none."""
    if recipe.weights is None:
        return None
    fit = recipe.config.fit
    preprocess = Preprocess(recipe.side_px, fit, recipe.weights.normalisation)
    width = f" width {recipe.config.width:g}" if recipe.spec.has_width else ""
    name = f"frozen {recipe.spec.name}{width} features at {recipe.side_px} px ({recipe.weights.source})"
    return Frozen(preprocess, bare_backbone(recipe), device, name)
