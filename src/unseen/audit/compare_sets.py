"""A second set beside the first: what was measured of both in, how the second differs and its findings out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from unseen.audit.checks import Look
from unseen.audit.findings import Finding
from unseen.audit.frozen_backbone import Frozen
from unseen.audit.set_comparison import Comparison, compare_findings, measure, sentence
from unseen.audit.set_shifts import SetFacts
from unseen.augment.alterations import ALTERATIONS, Altered
from unseen.masks.subject_boxes import subject_boxes
from unseen.probes.discriminant import discriminant_logits
from unseen.progress import Progress
from unseen.records import Float32Array

NEAREST_SHOWN = 12
ALTERED_UP_TO = 2_000  # photos; each alteration costs one more pass of the network


@dataclass(frozen=True, slots=True)
class Compared:
    """How the second set differs. nearest: positions (second, first) of the photos least covered, and their nearest."""

    second: Look
    comparison: Comparison
    findings: tuple[Finding, ...]
    words: str
    nearest: tuple[tuple[int, int], ...]


def compare_sets(first: Look, second: Look, frozen: Frozen | None, seed: int, progress: Progress) -> Compared:
    """Compare `second`, what the model will see, with `first`, what it is trained on."""
    altered: dict[str, Float32Array] = {}
    if frozen is not None and len(second.facts) <= ALTERED_UP_TO:
        pixels = second.gathered.images
        every = Altered(pixels, np.arange(len(pixels)), tuple(ALTERATIONS.values()))
        altered = dict(zip(ALTERATIONS, np.split(frozen.features(every, progress), len(ALTERATIONS)), strict=True))
    boxes = [subject_boxes(one.gathered, seed, progress) for one in (first, second)]
    ours = set_facts("the training photos", first, boxes[0], {})
    theirs = set_facts("the photos to compare", second, boxes[1], altered)
    found = measure(ours, theirs, discriminant_logits, seed)
    worst = np.argsort(-found.distances, kind="stable")[:NEAREST_SHOWN].tolist()
    return Compared(
        second,
        found,
        tuple(compare_findings(ours, theirs, found)),
        sentence(theirs, found),
        tuple((i, int(found.nearest[i])) for i in worst),
    )


def set_facts(name: str, seen: Look, boxes: Float32Array, altered: Mapping[str, Float32Array]) -> SetFacts:
    """Return what is compared of one set, under the names of `audit.set_comparison.FACTS`."""
    facts = seen.facts
    return SetFacts(
        name=name,
        paths=tuple(photo.path for photo in seen.gathered.photos),
        groups=seen.groups,
        facts={
            "short_side": facts.short_side.astype(np.float32),
            "brightness": facts.brightness,
            "contrast": facts.contrast,
            "edge_width": facts.edge_width,
            "noise": facts.noise,
            "saturation": facts.saturation,
            "jpeg_quality": facts.jpeg_quality,
            "background_roughness": seen.backgrounds.roughness,
        },
        boxes=boxes,
        features=seen.features,
        altered=altered,
    )
