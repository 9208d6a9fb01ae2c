"""Choose the network to start from, and what it is given, where the user named none."""

from dataclasses import replace

import numpy as np

from unseen.config import TrainConfig
from unseen.dataset.load import decode_side_px, named_photos
from unseen.errors import UnseenError
from unseen.locate.locator import LOCATORS
from unseen.locate.regions import sample, survey
from unseen.models.weights import find_weights
from unseen.photos.pixel_cache import PixelCache
from unseen.progress import Progress
from unseen.recipe import CROP_DETAIL, stated_weights
from unseen.records import PhotoSet
from unseen.registry import SPECS, find_spec

# The network for whatever no locator finds, and the one that comes with this package.
GENERAL = "mobilenetv2"
BUILT_IN = next(spec for spec in SPECS.values() if spec.builtin)
# The sample is decoded as a run of the built-in network decodes it, which then finds pixels and regions again.
DECODED_PX = decode_side_px(round(CROP_DETAIL * BUILT_IN.side_px))


def choose_model(config: TrainConfig, progress: Progress) -> TrainConfig:
    """Return `config` with a model instead of `auto`, and a locator instead of `--focus auto` where one fits.

    The built-in network is taken where most photos show what it was trained on, else ImageNet's. Weights, a width or
    anything else that only one network has decide without a sample. Where ImageNet weights can be had neither from this
    machine nor from the hub, the built-in network is what there is, and a warning says so. Any other network with
    pre-trained weights is given the crop that a locator finds in most photos. `cached` weights are as `auto`, but
    nothing is fetched.
    """
    if config.model == "auto" and (config.weights not in ("auto", "cached") or config.width != 1.0):
        config = replace(config, model=BUILT_IN.name if config.weights == "builtin" else GENERAL)
    if config.model != "auto":
        return _choose_focus(config, progress)
    name, text = _survey(config, progress)
    if name == BUILT_IN.locator:
        progress.say(f"{text}: training starts from {BUILT_IN.name}, which comes with unseen (--model chooses another)")
        return replace(config, model=BUILT_IN.name)
    weights = "imagenet" if config.weights == "auto" else config.weights
    try:
        there, why = find_weights(weights, find_spec(GENERAL), config.width), "its ImageNet weights are not here"
    except UnseenError as error:
        there, why = None, str(error)
    if there is None:
        progress.say(f"{text}, but {why}; training starts from {BUILT_IN.name}, which knows little else")
        return replace(config, model=BUILT_IN.name)
    progress.say(f"{text}: training starts from {GENERAL} with ImageNet weights")
    return replace(config, model=GENERAL, weights=weights, focus=name or config.focus)


def _choose_focus(config: TrainConfig, progress: Progress) -> TrainConfig:
    spec = find_spec(config.model)
    if config.focus != "auto" or spec.locator or stated_weights(config, spec) == "none":
        return config
    name, text = _survey(config, progress)
    if name is None:
        return config
    progress.say(
        f"{text}: {spec.name} is given a crop around it, and what the locator reads of the crop "
        "(--focus whole turns both off)"
    )
    return replace(config, focus=name)


def _survey(config: TrainConfig, progress: Progress) -> tuple[str | None, str]:
    """Return the first locator that finds its thing in most of a sample of the photos, and what was found as text."""
    photos = _sample(config)
    loaded = PixelCache().load(photos.photos, DECODED_PX, progress)
    found = survey(LOCATORS, loaded.pixels, loaded.digests, np.arange(len(loaded.pixels)), progress)
    text = f"{found.found} of {found.photos} sampled photos show a {found.tried}"
    return (found.tried if found.locator else None), text


def _sample(config: TrainConfig) -> PhotoSet:
    named = named_photos(config)
    # by class, so that each is in the sample
    order = sorted(range(len(named.photos)), key=lambda i: (named.photos[i].label, named.photos[i].path))
    return named.select([order[i] for i in sample(len(order)).tolist()])
