"""Compare the accuracy on a random split with the accuracy on a split that keeps groups apart.

Both are measured with the same head on the same features, so that nothing but the split differs between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from unseen.dataset.dataset import SplitDataset
from unseen.errors import UnseenError
from unseen.evaluation.metrics import accuracy
from unseen.evaluation.results import FeatureKind, SplitComparison
from unseen.features.feature_set import subset
from unseen.probes.fit_predict import predict_split
from unseen.progress import Silent
from unseen.records import Float32Array, Int64Array, Interval, Part, Split
from unseen.split.plan import plan_split, random_split
from unseen.training.linear_probe import ProbeOptions, probe_logits


@dataclass(frozen=True, slots=True)
class HeadClassifier:
    """The head that training fits, as a `FeatureClassifier`. features: (N, D) float32. labels: (N,) int64."""

    features: Float32Array
    labels: Int64Array
    classes: int
    options: ProbeOptions

    def fit_predict(self, train: Int64Array, validation: Int64Array, test: Int64Array) -> Float32Array:
        """Fit a new head on `train`, keep the epoch that is best on `validation`, return the logits of `test`."""
        fitted = [subset(self.features, self.labels, positions) for positions in (train, validation)]
        return probe_logits(fitted[0], fitted[1], self.features[test], self.classes, self.options, Silent())


def compare_splits(
    data: SplitDataset,
    features: Float32Array,
    kind: FeatureKind,
    options: ProbeOptions,
    fractions: Mapping[Part, float],
) -> SplitComparison:
    """Measure the accuracy on a random split and on one that keeps groups apart.

    features: (N, D) float32 of every photo. The split that keeps groups apart is the run's own, unless that is a
    random one itself.
    """
    at_random = random_split(data, fractions, options.seed)
    grouped: Split | None = data.split
    if data.split.parts == at_random.parts:
        try:
            grouped = plan_split(data, data.grouping, fractions, options.seed)
        except UnseenError:  # one group in all: no split of these photos keeps groups apart
            grouped = None
    classifier = HeadClassifier(features, data.labels, len(data.classes), options)

    def measured(split: Split) -> Interval:
        return accuracy(predict_split(classifier, data, split, split.groups), options.seed)

    group_accuracy = measured(grouped) if grouped else None
    return SplitComparison(measured(at_random), group_accuracy, own_split=grouped is data.split, features=kind)
