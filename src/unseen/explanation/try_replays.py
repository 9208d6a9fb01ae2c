"""Choose the replays that are worth a prediction, by what the photo itself tells, and make them."""

from collections.abc import Mapping, Sequence

from unseen.explanation.causes import LOST_FOR_GOOD, Cause
from unseen.explanation.measures.photo_measures import OF_NEGATIVE, Measure
from unseen.explanation.measures.signatures import evidence, told_by
from unseen.explanation.replays import REPLAYS, Replay, Seen
from unseen.records import Uint8Array

# Replays that are predicted at first; and how many more where none of them gives the right answer. With 10 and 8 no
# planted cause more was named (docs/log.md).
FIRST, MORE = 8, 6
# And of a photo that shows for certain (natural logarithm) what nothing undoes: all others name no cause more, and such
# photos take the network five times as long, for it looks for the hand again and again.
FEW, CERTAIN = 3, -0.2
# What a photo cannot tell is tried whatever it tells: as if it were this likely (natural logarithm).
ALWAYS = {Cause.MIRRORED: -3.0, Cause.BACKGROUND: -3.0, Cause.ROTATED: -4.0, Cause.EXIF_IGNORED: 0.0}
LEAST = -8.0
STRONG_JPEG = 20.0  # a quality that no camera uses
SMALLER = 2.5  # halvings of the short side below nearly all of training's
STATED, OTHERS = -0.3, -1.35  # how sure a cause is that needs no measuring, and what is left for the others
UNSURE = 0.1  # of logarithms of colours
NEXT, GAIN = 0.8, 4.0  # what a further replay of one cause is worth less, and one that brings edges no nearer

Changed = tuple[Replay, Uint8Array]


def suspect(seen: Seen) -> dict[str, float]:
    """Return the natural logarithm of how likely each cause is by the photo alone, and of how likely none is."""
    told = told_by(evidence(seen.measures, seen.usual, seen.gains, seen.own_gains, seen.box))
    told = {kind: value for kind, value in told.items() if _may_be(kind, seen)}
    stated = [Cause.JPEG] if _states_strong_jpeg(seen) else []
    if seen.measures[Measure.SHORT_SIDE] < seen.usual.low(Measure.SHORT_SIDE) - SMALLER:
        stated.append(Cause.LOW_RESOLUTION)
    for cause in stated:
        told = {kind: value + OTHERS for kind, value in told.items()} | {cause: max(told.get(cause, LEAST), STATED)}
    return told


def first_tried(told: Mapping[str, float]) -> int:
    """Return how many replays are worth a prediction at first; from `FEW` on none is worth a further one."""
    likeliest = max(told, key=told.__getitem__)
    lost = likeliest in LOST_FOR_GOOD or likeliest == Cause.VALUE_RANGE
    return FEW if lost and told[likeliest] > CERTAIN else FIRST


def _states_strong_jpeg(seen: Seen) -> bool:
    """Whether the file says so: of a large photo that is made smaller no grid is left."""
    return seen.jpeg_quality is not None and seen.jpeg_quality <= STRONG_JPEG


def _may_be(kind: str, seen: Seen) -> bool:
    """Whether a photo has what every photo with that cause has, however unlike others it is."""
    measures = seen.measures
    match kind:
        case Cause.VALUE_RANGE:
            return measures[Measure.TOP] <= 4 / 255  # 0 to 1, -1 to 1, or in deviations
        case Cause.NO_COLOUR:
            return measures[Measure.SATURATION] < 0.04
        case Cause.LOW_RESOLUTION:  # small, or enlarged: with pixels repeated, or soft
            signs = ((Measure.SHORT_SIDE, False), (Measure.SHARPNESS, False), (Measure.SLOPES, True),
                     (Measure.ENLARGED, True))  # fmt: skip
            rare = max(seen.usual.surprise(name, measures[name], high) for name, high in signs)
            return rare > 2 or measures[Measure.STEPS] > 0.4
        case Cause.NEGATIVE:
            return _inverted_is_as_usual(seen)
        case Cause.CHANNELS_SWAPPED:
            return _turned_about(seen, Measure.WARMTH) or _turned_about(seen, Measure.WHOLE_WARMTH)
        case Cause.SQUASHED:  # and not turned by 90 degrees
            usual = seen.usual.middle(Measure.ASPECT)
            return abs(usual) < 0.2 or abs(measures[Measure.ASPECT] + usual) > 0.1
    return True


def _turned_about(seen: Seen, name: Measure) -> bool:
    """Whether the logarithm of a colour is about as near to the opposite of training's as to training's."""
    value, usual = seen.measures[name], seen.usual.middle(name)
    return abs(value + usual) <= abs(value - usual) + UNSURE


def _inverted_is_as_usual(seen: Seen) -> bool:
    """Whether the colours of the photo's negative are about as near to training's as its own."""
    of = [(seen.measures[name], seen.measures[own], seen.usual.middle(own)) for name, own in OF_NEGATIVE.items()]
    return sum(abs(there - usual) for there, _, usual in of) <= sum(abs(here - usual) for _, here, usual in of) + UNSURE


def in_order(seen: Seen, told: Mapping[str, float]) -> list[Replay]:
    """Return the replays that undo a cause, the most promising first."""
    gains = seen.own_gains or seen.gains or {}
    best = {
        cause: max(gains.get(replay.name, -2.0) for replay in REPLAYS if replay.cause is cause)
        for cause in Cause
        if any(replay.cause is cause for replay in REPLAYS)
    }
    worth: dict[Replay, float] = {}
    earlier = dict.fromkeys(Cause, 0)
    for replay in REPLAYS:
        if replay.tells:
            likely = max(told.get(replay.cause, LEAST), ALWAYS.get(replay.cause, LEAST))
            if replay.name in gains:
                likely -= GAIN * (best[replay.cause] - gains[replay.name])
            else:
                likely -= NEXT * earlier[replay.cause]
            earlier[replay.cause] += 1
            worth[replay] = likely
    return sorted(worth, key=lambda replay: -worth[replay])


def replayed(seen: Seen, replays: Sequence[Replay] = REPLAYS, most: int | None = None) -> list[Changed]:
    """Return the photo after each replay that applies to it, at most `most`."""
    found: list[Changed] = []
    for replay in replays:
        if most is not None and len(found) >= most:
            break
        pixels = replay.change(seen)
        if pixels is not None:
            found.append((replay, pixels))
    return found
