import pytest

from unseen.augment.policy import POLICIES, find_policy
from unseen.errors import UnseenError


def test_none_leaves_every_photo_alone() -> None:
    policy = find_policy("none", flip=False)
    assert (policy.own, policy.flip, policy.blur, policy.noise) == (1.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("name", list(POLICIES))
def test_nothing_is_mirrored_unless_asked(name: str) -> None:
    assert find_policy(name, flip=False).flip == 0
    assert find_policy(name, flip=True).flip == 0.5


def test_strong_reaches_further_than_basic() -> None:
    basic, strong = POLICIES["basic"], POLICIES["strong"]
    for name in ("rotation_degrees", "shear_degrees", "zoom", "shift", "brightness", "contrast", "hue_degrees", "blur"):
        assert getattr(strong, name) > getattr(basic, name) > 0


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(UnseenError, match="augmentation 'wild' is not known: use none, basic, strong"):
        find_policy("wild", flip=False)
