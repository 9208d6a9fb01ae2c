"""Check generated photos against photos that they were not made from; NumPy only."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from unseen.generating.kernel_distance import KernelDistance, kernel_distance, standardised
from unseen.generating.originality import Originality, Verdict, originality, without_light, worst
from unseen.probes.discriminant import discriminant_logits
from unseen.records import Float32Array, Int64Array
from unseen.text import percent

COMPARED = 200  # photos of each set in one kernel distance
LEAST_OF_A_CLASS = 2  # held-out photos from which a classifier knows a class


@dataclass(frozen=True, slots=True)
class Described:
    """Photos as features (N, D) and thumbnails (N, T), with their class indices (N,) and groups, if they have any."""

    features: Float32Array
    thumbnails: Float32Array
    labels: Int64Array
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleChecks:
    """distance: of samples from held-out photos; yardstick: of training photos from the same.

    agreement: share of samples that a classifier fitted on held-out photos puts in their class; agreement_training: the
    same of training photos. originality: of each space. What cannot be measured is `None`.
    """

    network: str
    held_out: int
    distance: KernelDistance | None
    yardstick: KernelDistance | None
    agreement: float | None
    agreement_training: float | None
    originality: tuple[Originality, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether the samples are new, by the worst of all spaces."""
        return worst(list(self.originality))

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        spaces = [one.as_dict() for one in self.originality]
        return {**asdict(self), "originality": spaces, "verdict": self.verdict}

    @property
    def sentences(self) -> list[str]:
        """Say what was found, for people."""
        if self.distance is None or self.yardstick is None:
            return [f"{self.held_out} photos are held out, too few to compare with: more photos or groups are needed"]
        nearer = max(self.originality, key=lambda one: one.nearer).nearer
        return [
            f"kernel distance from held-out photos, by {self.network}: samples {self.distance.value:.3f}, "
            f"training photos {self.yardstick.value:.3f} (the nearer to that the better)",
            f"a classifier fitted on held-out photos puts {percent(self.agreement)} of the samples in their class, "
            f"and {percent(self.agreement_training)} of the training photos",
            {
                Verdict.NEW: "the samples are no copies of training photos",
                Verdict.CLOSE: "the samples are closer to training photos than new photos are",
                Verdict.COPIES: "most samples are copies of training photos",
                Verdict.UNKNOWN: "whether they are copies is not known",
            }[self.verdict]
            + f": of a sample and a held-out photo, the sample is nearer to one in {percent(nearer)} of the pairs (50% "
            "where samples are as new)",
        ]


def check_samples(
    samples: Described, training: Described, held_out: Described, network: str, seed: int = 0
) -> SampleChecks:
    """Compare the samples and, as the yardstick, the training photos with the held-out photos."""
    train, held, made = standardised(training.features, training.features, held_out.features, samples.features)
    pixels = [without_light(one.thumbnails) for one in (samples, training, held_out)]
    agreed = _agreement(held_out, samples), _agreement(held_out, training)
    return SampleChecks(
        network,
        len(held_out.labels),
        kernel_distance(made, held, COMPARED, seed),
        kernel_distance(train, held, COMPARED, seed),
        *agreed,
        (
            originality("pixels", pixels[0], pixels[1], pixels[2], held_out.groups)[0],
            originality("features", made, train, held, held_out.groups)[0],
        ),
    )


def _agreement(held_out: Described, asked: Described) -> float | None:
    """Return the share of `asked` that a classifier fitted on `held_out` puts in their class, of classes it knows."""
    counts = np.bincount(held_out.labels, minlength=int(max(asked.labels, default=0)) + 1)
    judged = counts[asked.labels] >= LEAST_OF_A_CLASS
    if (counts >= LEAST_OF_A_CLASS).sum() < 2 or not judged.any():
        return None
    logits = discriminant_logits(held_out.features, held_out.labels, asked.features[judged], len(counts))
    return float((logits.argmax(axis=1) == asked.labels[judged]).mean())
