"""What is packed comes back: the same joints, the same outline, nearly the same colours."""

from pathlib import Path

import numpy as np

from pretrain.pack import is_packed, pack, unpack
from tests.pretrain.test_batches import discs


def test_every_second_hand_comes_back(tmp_path: Path) -> None:
    hands = discs(5)
    pack(hands, 2, tmp_path / "hands.npz")
    assert is_packed(tmp_path / "hands.npz")
    back = unpack(tmp_path / "hands.npz")
    assert len(back) == 3
    assert np.array_equal(back.places, hands.places[::2])
    assert np.array_equal(back.pose.left, hands.pose.left[::2])
    assert back.in_rooms is hands.in_rooms
    for mine, theirs in zip(hands.photos[::2], back.photos, strict=True):
        assert np.array_equal(mine[..., 3], theirs[..., 3])
        # colours beside the subject are kept as well: rooms are cut from there
        assert np.abs(mine[..., :3].astype(int) - theirs[..., :3]).mean() < 4


def test_landmarks_are_not_packed(tmp_path: Path) -> None:
    np.savez(tmp_path / "landmarks.npz", path=np.array(["a.jpg"]))
    assert not is_packed(tmp_path / "landmarks.npz")
