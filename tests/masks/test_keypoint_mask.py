"""A hand is cut out by its joints before a wall that it resembles and before clutter; wrong joints give nothing."""

import numpy as np
import pytest

from pretrain.any_hand import any_hand
from unseen.augment.procedural import make_pool
from unseen.locate.keypoint_bones import HAND_SKELETON
from unseen.masks.backdrop import to_lab
from unseen.masks.find import find_mask
from unseen.masks.keypoint_mask import mask_by_keypoints
from unseen.records import Float32Array, Uint8Array

SIDE = 160
HANDS = 12
Planted = tuple[Uint8Array, Uint8Array, Float32Array]


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    """Photos of rendered hands before drawn rooms, the true alphas, and the true joints in pixels."""
    rooms = make_pool(3, SIDE, HANDS).permute(0, 2, 3, 1).numpy()
    made: list[Planted] = []
    for seed, room in enumerate(rooms):
        seen = any_hand(seed, SIDE, samples=1).seen
        share = seen.rgba[..., 3:].astype(np.float32) / 255
        photo = (seen.rgba[..., :3] * share + room * (1 - share)).round().astype(np.uint8)
        made.append((photo, seen.rgba[..., 3], (seen.joints * SIDE).astype(np.float32)))
    return made


def iou(found: Uint8Array, true: Uint8Array) -> float:
    ours, theirs = found > 127, true > 127
    return float((ours & theirs).sum() / (ours | theirs).sum())


def test_sure_masks_are_right_and_most_hands_have_one(planted: list[Planted]) -> None:
    masks = [mask_by_keypoints(photo, to_lab(photo), joints, HAND_SKELETON) for photo, _, joints in planted]
    sure = [(mask.alpha, true) for mask, (_, true, _) in zip(masks, planted, strict=True) if mask.usable]
    assert len(sure) >= HANDS / 2
    assert np.median([iou(found, true) for found, true in sure]) > 0.9
    # a sleeve may be missing, which is of another colour than the hand; background may not be there
    assert min(float((true[found > 127] > 127).mean()) for found, true in sure) > 0.88


def test_joints_of_another_place_give_no_sure_mask(planted: list[Planted]) -> None:
    wrong = [
        mask_by_keypoints(
            photo, to_lab(photo), (joints - joints.mean(0)) * 0.6 + [0.2 * SIDE, 0.85 * SIDE], HAND_SKELETON
        )
        for photo, _, joints in planted
    ]
    assert sum(mask.usable for mask in wrong) <= 2


def test_unknown_tiny_and_frame_filling_hands_are_left_opaque(planted: list[Planted]) -> None:
    photo, _, joints = planted[0]
    lab = to_lab(photo)
    middle = joints.mean(0)
    for unusable in (np.full_like(joints, np.nan), middle + (joints - middle) * 0.05, middle + (joints - middle) * 9):
        mask = mask_by_keypoints(photo, lab, unusable.astype(np.float32), HAND_SKELETON)
        assert not mask.usable
        assert mask.alpha.min() == 255


def test_joints_are_asked_only_where_the_background_says_nothing() -> None:
    seen = any_hand(1, SIDE, samples=1).seen
    share = seen.rgba[..., 3:].astype(np.float32) / 255
    felt = (seen.rgba[..., :3] * share + np.array([20, 140, 40]) * (1 - share)).round().astype(np.uint8)
    assert find_mask(felt, None, (seen.joints * SIDE).astype(np.float32), HAND_SKELETON).method == "border"
