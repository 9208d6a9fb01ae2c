"""Say what was done to a photo by the photo alone: its measures and edges beside those of training's.

A small network (`signatures.safetensors`, made by `python -m pretrain.signatures`) has seen photos of several sets
spoiled in every way that is a `Cause`. It is given what does not depend on the set: how rare each measure is among
training's photos, and which turn brings the photo's edges nearer to theirs.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from unseen.explanation.causes import Cause
from unseen.explanation.measures.layouts import LIGHT_CHANGES, NO_GAINS
from unseen.explanation.measures.photo_measures import OF_NEGATIVE, Measure, Telling
from unseen.explanation.measures.usual_values import MANY, Usual, box_side
from unseen.explanation.places import Box
from unseen.records import Float32Array

FILE = Path(__file__).with_name("signatures.safetensors")
NOTHING = "nothing"
# What a photo can show to have been done to it; what its EXIF tag does is known, and what training lacked is not seen.
KINDS: tuple[str, ...] = (NOTHING, *(c for c in Cause if c not in (Cause.EXIF_IGNORED, Cause.NOT_COVERED)))
# Measures that mean the same in every set; of the others, how far they are from training's middle.
_AS_THEY_ARE = (
    *(Measure.BLOCKS, Measure.STEPS, Measure.SATURATION, Measure.SLOPES, Measure.STREAKS, Measure.TOP),
    *(Measure.BOTTOM, Measure.BLOWN, Measure.CRUSHED, Measure.TOP_WARMTH, Measure.TOP_GREENNESS, Measure.ENLARGED),
)
# Swapped channels and negatives turn these about.
_TURNED_ABOUT = (Measure.WARMTH, Measure.GREENNESS, Measure.WHOLE_WARMTH, Measure.WHOLE_GREENNESS)


def evidence(
    measures: Mapping[str, float],
    usual: Usual,
    gains: Mapping[str, float] | None,
    own_gains: Mapping[str, float] | None = None,
    box: Box | None = None,
) -> Float32Array:
    """Return what the network is given of one photo, (F,): measures, what training's are like, and edges.

    gains, own_gains: see `Seen`.
    """
    rare = [usual.surprise(m, measures[m], True) - usual.surprise(m, measures[m], False) for m in Measure]
    plain = [*(measures[m] for m in _AS_THEY_ARE), measures[Telling.GRID] / 2]
    apart = [measures[m] - usual.middle(m) for m in Measure]
    about = [
        *(measures[m] + usual.middle(m) for m in _TURNED_ABOUT),
        measures[Measure.BRIGHTNESS] + usual.middle(Measure.BRIGHTNESS) - 1,
    ]
    turned = [(some or NO_GAINS).get(name, 0.0) for some in (gains, own_gains) for name in NO_GAINS]
    inverted = []
    for name, of in OF_NEGATIVE.items():
        surprises = usual.surprise(of, measures[name], True), usual.surprise(of, measures[name], False)
        inverted += [measures[name] - usual.middle(of), (surprises[0] - surprises[1]) / 3]
    noise = np.log1p(measures[Measure.NOISE]) / 2, np.log1p(usual.middle(Measure.NOISE)) / 2
    known = gains is not None, own_gains is not None, usual.stated, LIGHT_CHANGES[0] in (gains or {})
    told = [noise[0] - noise[1], *map(float, known), float(np.log(usual.photos / MANY)), *_box_evidence(box, usual)]
    limited = np.clip([*plain, *apart, *about], -2, 2).tolist()
    return np.array([*(value / 3 for value in rare), *limited, *turned, *inverted, *told], np.float32)


def _box_evidence(box: Box | None, usual: Usual) -> list[float]:
    """Return how a box compares with those of training: there or not, larger, cut off by the photo's border."""
    if box is None or not usual.boxed:
        return [usual.boxed, 0.0, 0.0, 0.0, 0.0]
    within = min(box[0], box[1], 1 - box[2], 1 - box[3])
    return [usual.boxed, 1.0, box_side(box) - usual.box_side, float(np.clip(within, -0.2, 0.2)) * 5, box_side(box)]


def told_by(given: Float32Array) -> dict[str, float]:
    """Return the natural logarithm of how likely each of `KINDS` is, of what `evidence` returns."""
    weights = _weights()
    hidden = np.maximum(((given - weights["mean"]) / weights["std"]).clip(-4, 4) @ weights["w1"] + weights["b1"], 0)
    logits = hidden @ weights["w2"] + weights["b2"]
    logs = logits - logits.max()
    logs -= np.log(np.exp(logs).sum())
    return dict(zip(KINDS, map(float, logs), strict=True))


@cache
def _weights() -> dict[str, Float32Array]:
    from safetensors.numpy import load

    return load(FILE.read_bytes())
