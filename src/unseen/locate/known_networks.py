"""Recognise the networks whose graph comes with this package, and need not be exported."""

import numpy as np

from unseen.locate.box_crop import BoxPreprocess
from unseen.locate.locator import Locator
from unseen.locate.pose_conditioned import PoseConditioned
from unseen.locate.prebuilt import LEARNT, PARTS
from unseen.models.backbone import Backbone
from unseen.models.identity import identity
from unseen.models.preprocess import Preprocess

# Where a `PoseConditioned` has the network that learns.
BACKBONE = "backbone"


def features_of(preprocess: Preprocess, backbone: Backbone) -> str:
    """Return a text that changes with everything that decides on the features of a crop."""
    return identity(Preprocess(preprocess.side_px, "squash", preprocess.normalisation), backbone)


def crop_of(preprocess: BoxPreprocess) -> str:
    """Return a text that changes with everything that decides on what is cropped from a view."""
    return f"{preprocess.fit} {preprocess.side_px} {preprocess.view.side_px}"


def learnt_of(preprocess: Preprocess, backbone: PoseConditioned) -> str:
    """Return a text that changes with all that decides on the features of a crop, but for what the backbone learnt."""
    squashed = Preprocess(preprocess.side_px, "squash", preprocess.normalisation)
    return identity(squashed, backbone, repr(backbone.backbone), but=f"{BACKBONE}.")


def knows_features(preprocess: Preprocess, backbone: Backbone) -> bool:
    """Say whether the part `hand_features` computes what `backbone` does of a crop."""
    if not isinstance(backbone, PoseConditioned):
        return False
    return PARTS.made_for("hand_features") == features_of(preprocess, backbone)


def knows_body(preprocess: Preprocess, backbone: Backbone) -> bool:
    """Say whether `prebuilt.BODY` computes what both do of photos, and finds the boxes that they are given."""
    if not isinstance(preprocess, BoxPreprocess) or not knows_features(preprocess, backbone):
        return False
    return _knows_crop(preprocess)


def knows_learnt_body(preprocess: Preprocess, backbone: Backbone) -> bool:
    """Say whether `prebuilt.LEARNT_BODY` does, with the weights that `learnt_weights` returns."""
    if not isinstance(preprocess, BoxPreprocess) or not isinstance(backbone, PoseConditioned):
        return False
    return PARTS.made_for("hand_learnt") == learnt_of(preprocess, backbone) and _knows_crop(preprocess)


def learnt_weights(backbone: Backbone) -> dict[str, np.ndarray]:
    """Return what a backbone that is known by its form has learnt, as `PartFile.join` takes it."""
    learnt = backbone.get_submodule(BACKBONE).state_dict()
    return {f"{LEARNT}:{name}": value.detach().cpu().float().numpy() for name, value in learnt.items()}


def knows_finder(locator: Locator) -> bool:
    """Say whether the part `hand_finder` finds what `locator` does."""
    return PARTS.made_for("hand_finder") == locator.identity


def _knows_crop(preprocess: BoxPreprocess) -> bool:
    located = PARTS.made_for("hand_finder") == preprocess.located_by
    return located and PARTS.made_for("hand_crop") == crop_of(preprocess)
