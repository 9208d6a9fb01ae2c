"""How far each policy varies photos, measured on photos and not by its own constants."""

import numpy as np
import pytest
import torch

from tests.augment.planted import smooth, varied
from unseen.augment.batch_rng import BatchRng
from unseen.augment.geometry import random_maps
from unseen.augment.policy import POLICIES, find_policy
from unseen.errors import UnseenError

DRAWS = 400


def degrees(name: str) -> torch.Tensor:
    """By how many degrees the policy rotates each of `DRAWS` photos, up to 180, flips undone."""
    maps = random_maps(DRAWS, POLICIES[name], BatchRng(3, torch.device("cpu")))
    flipped = torch.linalg.det(maps[:, :2, :2]) < 0
    cos = torch.where(flipped, -maps[:, 0, 0], maps[:, 0, 0])
    return torch.rad2deg(torch.atan2(maps[:, 1, 0], cos)).abs()


def change(name: str) -> float:
    """Mean absolute change of a smooth photo's pixels."""
    photo = smooth(48, 48)
    pixels = varied([photo] * 60, POLICIES[name], 48)
    return float((pixels - torch.from_numpy(photo[..., :3].copy()).permute(2, 0, 1)).abs().mean())


def test_none_leaves_every_photo_alone() -> None:
    assert change("none") < 0.5


def test_each_policy_changes_photos_more_than_the_one_before() -> None:
    changes = [change(name) for name in ("none", "basic", "strong", "unseen")]
    assert changes == sorted(changes)
    assert np.diff(changes).min() > 1


def test_photos_are_rotated_by_any_angle_by_unseen_alone() -> None:
    for name in ("basic", "strong"):
        assert float(degrees(name).max()) < 60
    upside_down = float((degrees("unseen") > 90).float().mean())
    assert upside_down == pytest.approx(0.25, abs=0.07)  # half of the photos are rotated, half of these beyond 90


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(UnseenError, match="augmentation 'wild' is not known: use none, basic, strong, unseen"):
        find_policy("wild")


def test_unseen_alone_replaces_backgrounds_and_leaves_some() -> None:
    assert {name for name, policy in POLICIES.items() if policy.background} == {"unseen"}
    assert 0 < POLICIES["unseen"].background < 1
