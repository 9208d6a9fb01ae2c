"""Compare the accuracy on a random split with the accuracy on a split that keeps groups apart.

Both are measured with the same linear model, in closed form, on the same features, so that nothing but the split
differs between them.
"""

from collections.abc import Mapping

from unseen.dataset.dataset import SplitDataset
from unseen.errors import UnseenError
from unseen.evaluation.metrics import accuracy
from unseen.evaluation.results import FeatureKind, SplitComparison
from unseen.probes.discriminant import DiscriminantClassifier
from unseen.probes.fit_predict import predict_split
from unseen.records import Float32Array, Interval, Part, Split
from unseen.split.plan import plan_split, random_split


def compare_splits(
    data: SplitDataset,
    features: Float32Array,
    kind: FeatureKind,
    seed: int,
    fractions: Mapping[Part, float],
) -> SplitComparison:
    """Measure the accuracy on a random split and on one that keeps groups apart.

    features: (N, D) float32 of every photo. The split that keeps groups apart is the run's own, unless that is a
    random one itself.
    """
    at_random = random_split(data, fractions, seed)
    grouped: Split | None = data.split
    if data.split.parts == at_random.parts:
        try:
            grouped = plan_split(data, data.grouping, fractions, seed)
        except UnseenError:  # one group in all: no split of these photos keeps groups apart
            grouped = None
    classifier = DiscriminantClassifier(features, data.labels, len(data.classes))

    def measured(split: Split) -> Interval:
        return accuracy(predict_split(classifier, data, split, split.groups), seed)

    group_accuracy = measured(grouped) if grouped else None
    return SplitComparison(measured(at_random), group_accuracy, own_split=grouped is data.split, features=kind)
