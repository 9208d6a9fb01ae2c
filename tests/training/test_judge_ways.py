import numpy as np
import pytest

from unseen.evaluation.tried_ways import Outcome, TriedGenerated, Way, compare_ways
from unseen.features.feature_set import FeatureSet, pooled
from unseen.models.head import Head
from unseen.progress import Silent
from unseen.report.sections import ways as ways_section
from unseen.report.wording import generated_sentence
from unseen.training import linear_probe
from unseen.training.judge_ways import judge_ways
from unseen.training.linear_probe import ProbeOptions

CLASSES, FEATURES, PEOPLE = 4, 16, 20
SCARCE = 3


class Planted:
    """Features of a class lie about its mean, moved by the person; of the last class three photos are known."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.means = self.rng.normal(0, 0.7, (CLASSES, FEATURES))

    def photos(self, labels: list[int], people: int) -> tuple[FeatureSet, list[str]]:
        moved = self.rng.normal(0, 0.5, (people, FEATURES))
        who = np.arange(len(labels)) // CLASSES % people
        features = self.means[labels] + moved[who] + self.rng.normal(0, 1.0, (len(labels), FEATURES))
        return FeatureSet(features.astype(np.float32), np.array(labels)), [f"person{i}" for i in who]

    def compared(self, generated: FeatureSet, shuffle: bool = False) -> TriedGenerated:
        train, _ = self.photos([0, 1, 2] * 30 + [SCARCE] * 3, 8)
        held_out, groups = self.photos([0, 1, 2, SCARCE] * 5 * PEOPLE, PEOPLE)
        if shuffle:
            train = FeatureSet(train.features, self.rng.permutation(train.labels))
            held_out = FeatureSet(held_out.features, self.rng.permutation(held_out.labels))
        ways = {Way.NOTHING: (train, "none"), Way.GENERATED: (pooled(train, generated), "none")}
        options = ProbeOptions(0, "none", 0.02, 0.05)
        right = judge_ways(ways, Head(FEATURES, CLASSES), held_out, options, Silent())
        joined = {Way.GENERATED: len(generated.labels)}
        tried = compare_ways(Way.NOTHING, right, joined, held_out.labels, groups)
        return TriedGenerated(Outcome.NO_BETTER, ("last",), tried)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_probe, "EPOCHS", 12)
    monkeypatch.setattr(linear_probe, "MIN_STEPS", 12)
    monkeypatch.setattr(linear_probe, "LEARNING_RATE", 0.05)


def test_photos_that_are_as_good_as_real_ones_pass() -> None:
    passed = 0
    for seed in range(10):
        planted = Planted(seed)
        passed += planted.compared(planted.photos([SCARCE] * 30, 8)[0]).passed
    assert passed >= 8


def test_photos_of_the_wrong_class_are_refused_10_of_10() -> None:
    for seed in range(10):
        planted = Planted(seed)
        wrong, _ = planted.photos([seed % 3] * 30, 8)
        assert not planted.compared(FeatureSet(wrong.features, np.full(30, SCARCE))).passed, seed


def test_random_labels_are_refused_10_of_10() -> None:
    for seed in range(10):
        planted = Planted(100 + seed)
        made, _ = planted.photos([SCARCE] * 30, 8)
        shuffled = FeatureSet(made.features, planted.rng.integers(0, CLASSES, 30))
        assert not planted.compared(shuffled).passed, seed
        assert not planted.compared(made, shuffle=True).passed, seed


def test_copies_of_the_few_photos_are_no_gain_over_drawing_them_more_often() -> None:
    planted = Planted(5)
    train, _ = planted.photos([0, 1, 2] * 30 + [SCARCE] * 3, 8)
    copies = FeatureSet(np.repeat(train.features[-3:], 10, axis=0), np.repeat(train.labels[-3:], 10))
    held_out, groups = planted.photos([0, 1, 2, SCARCE] * 5 * PEOPLE, PEOPLE)
    ways = {Way.SAMPLING: (train, "sampling"), Way.GENERATED: (pooled(train, copies), "none")}
    right = judge_ways(ways, Head(FEATURES, CLASSES), held_out, ProbeOptions(0, "none", 0.02, 0.05), Silent())
    tried = compare_ways(Way.SAMPLING, right, {}, held_out.labels, groups)
    assert not TriedGenerated(Outcome.NO_BETTER, ("last",), tried).passed


def test_the_table_shows_every_way_and_the_sentence_both_accuracies() -> None:
    planted = Planted(1)
    found = planted.compared(planted.photos([SCARCE] * 30, 8)[0])
    section = ways_section(found)
    assert [row[1] for row in section.values["rows"]] == [0, 30]
    usual, tried = found.ways
    assert usual.accuracy is not None
    assert tried.accuracy is not None
    assert f"{usual.accuracy * 100:.1f}%" in generated_sentence(found)
    assert f"{tried.accuracy * 100:.1f}%" in generated_sentence(found)
    assert generated_sentence(TriedGenerated(Outcome.NONE_SCARCE, ())).endswith("no class is scarce")
