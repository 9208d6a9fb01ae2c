"""Which network to start from, where the user named none: settings in, settings with a model out, and why."""

from dataclasses import replace

from unseen.config import TrainConfig
from unseen.errors import UnseenError
from unseen.model.registry import find_spec
from unseen.model.weights import find_weights
from unseen.photos.cache import PixelCache
from unseen.progress import Progress
from unseen.records import PhotoSet
from unseen.workflow.gather import named_photos
from unseen.workflow.hands import MOST, even_steps, see_hands

HANDS, THINGS = "handnet", "mobilenetv2"
DECODED_PX = 192


def choose_model(config: TrainConfig, progress: Progress) -> TrainConfig:
    """Return `config` with a model instead of `auto`: `handnet` where most photos show a hand, else ImageNet's.

    Weights, a width or anything else that only MobileNetV2 has decide without a look. Where ImageNet weights can be had
    neither from this machine nor from the hub, `handnet` is what there is, and a warning says so.
    """
    if config.model != "auto":
        return config
    if config.weights == "builtin":
        return replace(config, model=HANDS)
    if config.weights != "auto" or config.width != 1.0:
        return replace(config, model=THINGS)
    hands, photos = count_hands(_some(config), progress)
    seen = f"{hands} of {photos} photos looked at show a hand"
    if photos and hands / photos >= MOST:
        progress.say(f"{seen}: training starts from {HANDS}, which comes with unseen (--model chooses another)")
        return replace(config, model=HANDS)
    try:
        find_weights("imagenet", find_spec(THINGS), config.width)
    except UnseenError as error:
        progress.say(f"{seen}, but {error}; training starts from {HANDS}, which knows little but hands")
        return replace(config, model=HANDS)
    progress.say(f"{seen}: training starts from {THINGS} with ImageNet weights")
    return replace(config, model=THINGS, weights="imagenet")


def count_hands(photos: PhotoSet, progress: Progress) -> tuple[int, int]:
    """Return how many of `photos` show a hand, and how many could be opened."""
    loaded = PixelCache().load(photos.photos, DECODED_PX, progress)
    return int(see_hands(loaded.pixels, progress).seen.sum()), len(loaded.pixels)


def _some(config: TrainConfig) -> PhotoSet:
    named = named_photos(config)
    # by class, so that each is looked at
    order = sorted(range(len(named.photos)), key=lambda i: (named.photos[i].label, named.photos[i].path))
    return named.keep([order[i] for i in even_steps(len(order)).tolist()])
