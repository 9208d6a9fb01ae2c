"""From settings to an untrained classifier: backbone with its weights, preprocessing that fits them, a head."""

from dataclasses import dataclass, replace
from importlib.util import find_spec as find_module

import numpy as np
import torch

from unseen import seeds
from unseen.augment.policy import SEARCH, saved_policy
from unseen.config import TrainConfig
from unseen.errors import SettingError, UnseenError
from unseen.locate.box_crop import BoxPreprocess
from unseen.locate.keypoint_bones import HAND_SKELETON
from unseen.locate.locator import Locator, find_locator
from unseen.locate.network_input import network_input
from unseen.models.backbone import Backbone
from unseen.models.classifier import Classifier, unfreeze
from unseen.models.head import Head
from unseen.models.preprocess import FIXED_NORMALISATIONS, Normalisation, Preprocess
from unseen.models.spec import BackboneOptions, ModelSpec
from unseen.models.weights import PretrainedWeights, find_weights, load_into
from unseen.records import Fit, Images, Int64Array
from unseen.registry import build_backbone, find_spec

# Photos whose pixels `--normalise standardise` is measured on: the error of a mean over so many is under 1 level.
MEASURED_PHOTOS = 512
# Where a box is cropped, photos are read at this many times the side of the crop: the detail that small boxes need.
CROP_DETAIL = 1.9
# Values of `--focus` that name no locator.
WHOLE = ("auto", "whole")


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings with every `auto` resolved, the model's spec, and its pre-trained weights if it has any."""

    config: TrainConfig
    spec: ModelSpec
    weights: PretrainedWeights | None

    @property
    def side_px(self) -> int:
        """Side of the square that the backbone sees."""
        assert self.config.image_size is not None
        return self.config.image_size

    @property
    def read_px(self) -> int:
        """Side that photos are read for: more than the network's where a box is cropped first."""
        return round(CROP_DETAIL * self.side_px) if self.locator else self.side_px

    @property
    def locator(self) -> Locator | None:
        """What finds the box that is cropped, `None` where the network is given whole photos."""
        return None if self.config.focus in WHOLE else find_locator(self.config.focus)

    @property
    def reads_crops(self) -> bool:
        """Whether the network is given a located crop, or comes with unseen and reads one."""
        return bool(self.spec.builtin) or self.locator is not None


def stated_weights(config: TrainConfig, spec: ModelSpec) -> str:
    """Return the weights that the settings name: what the model has where that is `auto`."""
    if config.weights != "auto":
        return config.weights
    return "builtin" if spec.builtin else "imagenet" if spec.hub else "none"


def resolve(config: TrainConfig) -> Recipe:
    """Resolve every `auto` that does not depend on the photos, and find the weights."""
    if config.model == "auto":  # nobody has looked at the photos: `choose.choose_model` does
        config = replace(config, model="mobilenetv2")
    spec = find_spec(config.model)
    stated = stated_weights(config, spec)
    weights = find_weights(stated, spec, config.width)
    normalise = config.normalise
    if normalise == "auto":
        normalise = "pretrained" if weights else "standardise"
    if normalise == "pretrained" and weights is None:
        raise SettingError("normalise", "is pretrained, which needs weights: use unit, centre or standardise")
    focus = (spec.locator or "whole") if config.focus == "auto" else config.focus
    # whole photos show things smaller than a crop does, so that each pixel counts (docs/log.md)
    side_px = spec.whole_px if spec.whole_px and weights and focus == "whole" else spec.side_px
    resolved = replace(
        config,
        weights=stated,
        image_size=config.image_size or side_px,
        hidden_layers=spec.hidden_layers if config.hidden_layers is None else config.hidden_layers,
        dropout=spec.dropout if config.dropout is None else config.dropout,
        focus=focus,
        norm=spec.norm if config.norm == "auto" else config.norm,
        augment=("unseen" if weights else "basic") if config.augment == "auto" else config.augment,
        normalise=normalise,
        learning_rate=config.learning_rate or (5e-4 if weights else 1e-3),
        epochs=(12 if weights else 60) if config.epochs is None else config.epochs,
    )
    resolved = replace(resolved, mixup=resolved.mixup or saved_policy(resolved.augment).mixup)
    if weights is None and resolved.augment == SEARCH:
        raise SettingError("augment", "is search, which needs a pre-trained network: use basic, or name weights")
    if weights is None and resolved.epochs == 0:
        raise SettingError("epochs", "is 0, which keeps random weights: leave it out, or name weights")
    if weights is None and resolved.unfreeze != "all":
        raise SettingError("unfreeze", f"is {resolved.unfreeze}, which keeps random weights: use all, or name weights")
    return Recipe(resolved, spec, weights)


def build(recipe: Recipe, classes: int, photos: Images, train: Int64Array) -> Classifier:
    """Build the classifier; `photos` and `train` serve `--normalise standardise` alone."""
    config = recipe.config
    fit = config.fit
    torch.manual_seed(seeds.derive(config.seed, "weights"))
    normalisation = _normalisation(recipe, photos, train, fit)
    backbone = conditioned_backbone(recipe, normalisation)
    head = Head(backbone.features, classes, config.hidden_layers or (), config.dropout or 0.0, backbone.trust)
    return Classifier(make_preprocess(recipe, normalisation), backbone, head)


def conditioned_backbone(recipe: Recipe, normalisation: Normalisation) -> Backbone:
    """Build the backbone, with what the locator reads of the crop beside its features."""
    backbone = bare_backbone(recipe)
    return recipe.locator.condition(backbone, normalisation) if recipe.locator else backbone


def make_preprocess(recipe: Recipe, normalisation: Normalisation) -> Preprocess:
    """Return the preprocessing of `recipe`: of whole photos, or of the boxes that a locator finds."""
    fit = recipe.config.fit
    if recipe.locator:
        return BoxPreprocess(recipe.side_px, fit, normalisation, recipe.locator.identity)
    return Preprocess(recipe.side_px, fit, normalisation)


def check(recipe: Recipe) -> None:
    """Raise `UnseenError` for settings that fit no network, before minutes go into reading photos."""
    _ = recipe.locator
    backbone = bare_backbone(recipe)
    unfreeze(backbone, recipe.config.unfreeze)
    Head(backbone.features, 2, recipe.config.hidden_layers or ())
    if recipe.config.augment == SEARCH and find_module("optuna") is None:
        raise UnseenError("--augment search needs Optuna: pip install 'unseen[search]'")
    if recipe.config.focus not in WHOLE:
        find_locator(recipe.config.focus)
    check_hand(recipe)


def check_hand(recipe: Recipe) -> None:
    """Raise `SettingError` where one of two hands is asked for, and no hand is looked for."""
    if recipe.config.hand and (recipe.locator is None or recipe.locator.skeleton is not HAND_SKELETON):
        raise SettingError("hand", f"is {recipe.config.hand}, and this run looks for no hand: use --focus hand")


def bare_backbone(recipe: Recipe) -> Backbone:
    """Build the backbone, with its pre-trained weights where it has any."""
    padding = recipe.weights.padding if recipe.weights else "symmetric"
    options = BackboneOptions(recipe.side_px, recipe.config.width, padding, recipe.config.norm)
    backbone = build_backbone(recipe.spec, options)
    if recipe.weights:
        load_into(backbone, recipe.weights, recipe.spec)
    return backbone


def _normalisation(recipe: Recipe, photos: Images, train: Int64Array, fit: Fit) -> Normalisation:
    name = recipe.config.normalise
    if name == "pretrained":
        assert recipe.weights is not None
        return recipe.weights.normalisation
    if name in FIXED_NORMALISATIONS:
        return FIXED_NORMALISATIONS[name]
    return measure_normalisation(recipe, photos, train, fit)


def measure_normalisation(recipe: Recipe, photos: Images, train: Int64Array, fit: Fit) -> Normalisation:
    """Measure mean and deviation of each channel over training photos, as the model sees them."""
    rng = seeds.generator(recipe.config.seed, "standardize")
    chosen = rng.permutation(train)[:MEASURED_PHOTOS]
    resize = Preprocess(recipe.side_px, fit, FIXED_NORMALISATIONS["unit"])
    pixels = network_input(resize, [photos[int(i)] for i in chosen])
    mean, std = pixels.mean(axis=(0, 2, 3)), pixels.std(axis=(0, 2, 3))
    # photos of one flat colour would divide by zero
    std = np.maximum(std, 1.0)
    return Normalisation(tuple(np.round(mean, 3).tolist()), tuple(np.round(std, 3).tolist()))
