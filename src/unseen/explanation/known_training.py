"""Keep what is known of the photos that a model was trained on, to compare others with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from unseen.explanation.foreground import find_foreground
from unseen.explanation.measures.layouts import PhotoLayouts, layouts_of
from unseen.explanation.measures.photo_measures import measure_photo
from unseen.explanation.measures.usual_values import IN_GENERAL, Usual, usual_of
from unseen.explanation.places import Box
from unseen.explanation.replays import Seen
from unseen.explanation.try_replays import replayed
from unseen.inference.model import Model, logits_of
from unseen.records import Uint8Array


@dataclass(frozen=True, slots=True)
class Known:
    """usual: what training's photos are like. rates: how often each replay moves answers that are right. layouts: where
    their edges and light lie, `None` where that is not known.
    """

    usual: Usual = IN_GENERAL
    rates: Mapping[str, float] = field(default_factory=dict)
    layouts: PhotoLayouts | None = None


def see(
    photo: Uint8Array,
    known: Known,
    box: Box | None = None,
    stored: Uint8Array | None = None,
    jpeg_quality: float | None = None,
) -> Seen:
    """Return a photo (H, W, 3 or 4) uint8 as replays need it; see `Seen`."""
    pixels = np.ascontiguousarray(photo[..., :3])
    foreground = find_foreground(pixels, box)
    similar = known.layouts.similar(pixels, foreground) if known.layouts else None
    gains = known.layouts.gains(similar) if known.layouts and similar is not None else None
    measures = measure_photo(pixels, foreground)
    return Seen(pixels, foreground, measures, known.usual, box, stored, gains, jpeg_quality, similar)


def seen_as(seen: Seen, known: Known, target: int) -> Seen:
    """Return what was seen, compared with training's photos of the class that it should be."""
    if known.layouts is None or seen.similar is None:
        return seen
    return replace(seen, own_gains=known.layouts.own_gains(seen.similar, target))


def know(
    photos: Sequence[Uint8Array], boxes: Sequence[Box | None] | None = None, labels: Sequence[int] | None = None
) -> Known:
    """Return what photos of training, (H, W, 3 or 4) uint8 each, are like. labels: class indices."""
    # in one thread: so small arrays keep Python's lock busy, and two threads took as long at twice the cost
    places = boxes or [None] * len(photos)
    found = [see(photo, Known(), box) for photo, box in zip(photos, places, strict=True)]
    usual = usual_of([seen.measures for seen in found], places)
    return Known(usual, {}, layouts_of([seen.photo for seen in found], labels))


def with_rates(known: Known, model: Model, photos: Sequence[tuple[Uint8Array, int]]) -> Known:
    """Return `known` with base rates measured on photos that `model` was not trained on, each with its class."""
    moved, tried = Counter[str](), Counter[str]()
    for photo, label in photos:
        seen = see(photo, known)
        changed = replayed(seen)
        said = logits_of(model, [seen.photo, *(pixels for _, pixels in changed)]).argmax(axis=1)
        if said[0] == label:
            tried.update(replay.name for replay, _ in changed)
            moved.update(replay.name for (replay, _), now in zip(changed, said[1:], strict=True) if now != label)
    # one photo more, a tenth of which moves: of a few photos none is no proof that none would
    return replace(known, rates={name: (moved[name] + 0.1) / (tried[name] + 1) for name in tried})
