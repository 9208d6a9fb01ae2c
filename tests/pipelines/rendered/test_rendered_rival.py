import numpy as np
import pytest

from unseen.context import Clock
from unseen.pipelines.rendered.rendered_rival import _first_of_each, _signs, rendered_rival
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.synth.shots import RenderConfig, plan_shots


def test_rendered_hands_are_of_the_class_that_lacks_them(hands: TrainingSetup) -> None:
    found = rendered_rival(hands, np.array([1, 3]))
    assert found is not None
    assert sorted(found.labels.tolist()) == [0, 1, 1, 1]
    assert hands.features is not None
    means = np.stack([hands.features[hands.data.labels == label].mean(axis=0) for label in (0, 1)])
    spread = hands.features.std(axis=0) + 1e-3
    apart = (np.square((found.features[:, None] - means) / spread)).sum(axis=2)
    assert apart.argmin(axis=1).tolist() == found.labels.tolist()


def test_no_rendered_hands_without_time_or_for_other_classes(
    hands: TrainingSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Clock, "share_left", 0.4)
        assert rendered_rival(hands, np.array([1, 3])) is None
    monkeypatch.setattr("unseen.pipelines.rendered.rendered_rival.SIGNS", {"rps": {"rock": None}})
    assert rendered_rival(hands, np.array([1, 3])) is None


def test_classes_are_found_among_the_signs_by_name_and_number_word() -> None:
    assert _signs(["three", "7"]) == ("digits", {"three": "3", "7": "7"})
    found = _signs(["b", "Y"])
    assert found is not None
    assert found[0] == "letters"
    assert _signs(["rock", "spock"]) is None
    assert _signs([]) is None


def test_as_many_shots_as_are_wanted_by_several_people() -> None:
    shots = plan_shots(RenderConfig("digits", 12, 12, 400))
    chosen = _first_of_each(shots, {"3": 12, "7": 2})
    assert [shot.label for shot in chosen].count("3") == 12
    assert len(chosen) == 14
    assert len({shot.person for shot in chosen if shot.label == "3"}) == 12
