from unseen.pipelines.learnt.rendered_rival import _first_of_each, _signs
from unseen.synth.shots import RenderConfig, plan_shots


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
