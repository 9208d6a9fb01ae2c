"""How far each policy varies photos, measured on photos and not by its own constants."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.augment.planted import smooth, varied
from unseen.augment.batch_rng import BatchRng
from unseen.augment.geometry import random_maps
from unseen.augment.policy import POLICIES, Policy, SavedPolicy, find_policy, read_policy, saved_policy, write_policy
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
    with pytest.raises(
        UnseenError, match="augmentation 'wild' is not known: use none, basic, strong, unseen, search, or"
    ):
        find_policy("wild")


def test_unseen_alone_replaces_backgrounds_and_leaves_some() -> None:
    assert {name for name, policy in POLICIES.items() if policy.background} == {"unseen"}
    assert 0 < POLICIES["unseen"].background < 1


def test_a_file_holds_a_policy_with_its_mixup(tmp_path: Path) -> None:
    saved = SavedPolicy(Policy(rotation_degrees=12.5, blur=0.3, p_unchanged=0), 0.15)
    write_policy(tmp_path / "policy.json", saved)
    assert read_policy(tmp_path / "policy.json") == saved_policy(str(tmp_path / "policy.json")) == saved
    assert find_policy(str(tmp_path / "policy.json")) == saved.policy
    assert find_policy("search") == POLICIES["unseen"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"policy": {"rotaton_degrees": 5}}, "rotaton_degrees is not known"),
        ({"extra": 1}, "extra is not known"),
        ({"policy": {"flip": 1.5}}, "flip is 1.5: use a value from 0 to 1"),
        ({"policy": {"zoom": 0.5}}, "zoom is 0.5"),
        ({"policy": {"blur": "often"}}, "blur is 'often': use a number"),
        ({"policy": {"smallest": 0.9, "largest": 0.3}}, "smallest is above largest"),
        ({"mixup": 2}, "mixup is 2"),
    ],
)
def test_a_file_that_fits_no_policy_is_refused_in_one_line(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"schema": 2, "policy": {}, **change}))
    with pytest.raises(UnseenError, match=said) as raised:
        read_policy(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_says_where_policies_come_from(tmp_path: Path) -> None:
    with pytest.raises(
        UnseenError, match=r"is not there: name the policy\.json of a run of unseen train --augment search"
    ):
        find_policy(str(tmp_path / "policy.json"))
