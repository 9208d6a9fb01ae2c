import pytest

from unseen.augment.policy import POLICIES, find_policy
from unseen.errors import UnseenError


def test_none_leaves_every_photo_alone() -> None:
    policy = find_policy("none")
    assert (policy.p_unchanged, policy.flip, policy.blur, policy.noise) == (1.0, 0.0, 0.0, 0.0)


def test_photos_are_turned_any_way_round_by_unseen_alone() -> None:
    assert {name: policy.rotate for name, policy in POLICIES.items() if policy.rotate} == {"unseen": 0.5}


def test_strong_reaches_further_than_basic() -> None:
    basic, strong = POLICIES["basic"], POLICIES["strong"]
    for name in ("rotation_degrees", "shear_degrees", "zoom", "shift", "brightness", "contrast", "hue_degrees", "blur"):
        assert getattr(strong, name) > getattr(basic, name) > 0


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(UnseenError, match="augmentation 'wild' is not known: use none, basic, strong, unseen"):
        find_policy("wild")


def test_unseen_reaches_further_than_strong_and_leaves_some_backgrounds() -> None:
    strong, unseen = POLICIES["strong"], POLICIES["unseen"]
    for name in ("rotation_degrees", "shear_degrees", "zoom", "perspective"):
        assert getattr(unseen, name) > getattr(strong, name)
    assert 0 < unseen.background < 1
    assert POLICIES["basic"].background == strong.background == 0
    assert unseen.subject.brightness == unseen.subject_brightness
    assert unseen.scene.hue_degrees == unseen.scene_hue_degrees
