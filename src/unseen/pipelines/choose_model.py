"""Which network to start from, where the user named none: settings in, settings with a model out, and why."""

from dataclasses import replace

from unseen.config import TrainConfig
from unseen.dataset.load import named_photos
from unseen.errors import UnseenError
from unseen.locate.survey import even_steps, mostly_hands, see_hands
from unseen.models.weights import find_weights
from unseen.photos.pixel_cache import PixelCache
from unseen.progress import Progress
from unseen.recipe import asked_weights
from unseen.records import PhotoSet
from unseen.registry import find_spec

HANDS, THINGS = "handnet", "mobilenetv2"
DECODED_PX = 192


def choose_model(config: TrainConfig, progress: Progress) -> TrainConfig:
    """Return `config` with a model instead of `auto`: `handnet` where most photos show a hand, else ImageNet's.

    Weights, a width or anything else that only MobileNetV2 has decide without a look. Where ImageNet weights can be had
    neither from this machine nor from the hub, `handnet` is what there is, and a warning says so. Any other network
    with pre-trained weights gets `--focus hand` for `auto` where most photos show a hand.
    """
    if config.model == "auto" and (config.weights != "auto" or config.width != 1.0):
        config = replace(config, model=HANDS if config.weights == "builtin" else THINGS)
    if config.model != "auto":
        return _choose_focus(config, progress)
    are_hands, seen = _look(config, progress)
    if are_hands:
        progress.say(f"{seen}: training starts from {HANDS}, which comes with unseen (--model chooses another)")
        return replace(config, model=HANDS)
    try:
        find_weights("imagenet", find_spec(THINGS), config.width)
    except UnseenError as error:
        progress.say(f"{seen}, but {error}; training starts from {HANDS}, which knows little but hands")
        return replace(config, model=HANDS)
    progress.say(f"{seen}: training starts from {THINGS} with ImageNet weights")
    return replace(config, model=THINGS, weights="imagenet")


def _choose_focus(config: TrainConfig, progress: Progress) -> TrainConfig:
    spec = find_spec(config.model)
    if config.focus != "auto" or spec.name == HANDS or asked_weights(config, spec) == "none":
        return config
    are_hands, seen = _look(config, progress)
    if not are_hands:
        return config
    progress.say(
        f"{seen}: {spec.name} looks at the square about it, and is told the "
        f"pose that {HANDS} reads (--focus whole leaves both out)"
    )
    return replace(config, focus="hand")


def _look(config: TrainConfig, progress: Progress) -> tuple[bool, str]:
    """Look at some of the photos; return whether hands are their subject, and how many show one, as a sentence."""
    loaded = PixelCache().load(_some(config).photos, DECODED_PX, progress)
    hands, photos = int(see_hands(loaded.pixels, progress).seen.sum()), len(loaded.pixels)
    return mostly_hands(hands, photos), f"{hands} of {photos} photos looked at show a hand"


def _some(config: TrainConfig) -> PhotoSet:
    named = named_photos(config)
    # by class, so that each is looked at
    order = sorted(range(len(named.photos)), key=lambda i: (named.photos[i].label, named.photos[i].path))
    return named.select([order[i] for i in even_steps(len(order)).tolist()])
