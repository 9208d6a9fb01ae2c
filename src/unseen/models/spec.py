"""Describe a model: how it is built, its input side and head, and where its weights are published."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unseen.models.backbone import Backbone
from unseen.models.mobilenet import Padding
from unseen.models.preprocess import CENTRE, IMAGENET, Normalisation


@dataclass(frozen=True, slots=True)
class BackboneOptions:
    """What a builder may need; each model uses its part."""

    side_px: int
    width: float = 1.0
    padding: Padding = "symmetric"
    norm: str = "batch"


@dataclass(frozen=True, slots=True)
class HubWeights:
    """ImageNet weights on the model hub, and the pixels they expect."""

    repository: str
    filename: str = "model.safetensors"
    normalisation: Normalisation = IMAGENET
    padding: Padding = "symmetric"
    licence: str = "Apache-2.0"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One row of `unseen models`.

    side_px: the input side it trains and serves at unless told otherwise. whole_px: the same where it is given whole
    photos and starts from pre-trained weights; photos of any side are then possible. hub: published weights by width.
    builtin: file of the weights that come with this package. sees_scenes: False for networks trained to ignore the
    background. locator: name of what finds the thing that the network was trained to read; `None` for networks that
    read whole photos. renames: prefix in a weight file to prefix here. scratch: normalisation where no weights are
    loaded.
    """

    name: str
    build: Callable[[BackboneOptions], Backbone]
    side_px: int
    text: str
    whole_px: int | None = None
    norm: str = "batch"
    hidden_layers: tuple[int, ...] = ()
    dropout: float = 0.2
    has_width: bool = False
    hub: Mapping[float, HubWeights] = field(default_factory=dict)
    builtin: Path | None = None
    sees_scenes: bool = True
    locator: str | None = None
    renames: Mapping[str, str] = field(default_factory=dict)
    scratch: Normalisation = CENTRE
