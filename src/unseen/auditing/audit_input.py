"""Measure once what the checks of the audit are given."""

from dataclasses import dataclass

from unseen.auditing.background import Backgrounds, describe_backgrounds
from unseen.auditing.photo_facts import Facts, measure_facts
from unseen.dataset.dataset import Dataset
from unseen.progress import Progress
from unseen.records import Float32Array


@dataclass(frozen=True, slots=True)
class AuditInput:
    """A data set and what was measured of its N photos.

    features: (N, D) float32, `None` without a network. sees_scenes: whether two photos of one scene have near features,
    which is not so for a network that was trained to ignore the background.
    """

    data: Dataset
    facts: Facts
    backgrounds: Backgrounds
    features: Float32Array | None
    sees_scenes: bool = True


def measure_input(
    data: Dataset, features: Float32Array | None, progress: Progress, *, sees_scenes: bool = True
) -> AuditInput:
    """Measure every photo once; features and sees_scenes as in `AuditInput`."""
    facts = measure_facts(data, data.images, progress, headers=data.headers)
    return AuditInput(data, facts, describe_backgrounds(data.images, progress), features, sees_scenes)
