"""What an explanation says of a photo is numbers, whatever the locator made of it."""

import json

import numpy as np
import pytest

from tests.real_photos import DATA
from unseen.explanation import pixel_ops as ops
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.explanation.replays import BY_NAME
from unseen.onnx_session import Session
from unseen.photos.decode import decode
from unseen.records import Float32Array, Uint8Array

JOINTS = np.random.default_rng(1).uniform(0.3, 0.6, (21, 2)).astype(np.float32)


class Finding:
    """A session whose locator finds a box, and these joints in it; NaN where a hand is only suspected."""

    def __init__(self, session: Session, joints: Float32Array) -> None:
        self.session, self.joints, self.photos = session, joints, 0
        self.get_inputs, self.get_outputs = session.get_inputs, session.get_outputs

    def run(self, names: list[str], feed: dict[str, Uint8Array]) -> list[object]:
        count = len(feed["photos"])
        self.photos += count
        found = dict(zip(names, self.session.run(names, feed), strict=True))
        planted = {
            "found_boxes": np.tile(np.array([0.2, 0.2, 0.7, 0.8], np.float32), (count, 1)),
            "found_keypoints": np.tile(self.joints, (count, 1, 1)),
            "found_scores": np.full(count, 0.5, np.float32),
        }
        return [planted.get(name, found[name]) for name in names]


PHOTO = np.random.default_rng(0).integers(90, 160, (60, 80, 3)).astype(np.uint8)


def test_a_hand_that_is_only_suspected_has_a_box_and_no_joints() -> None:
    model = ExplainingPredictor("signs:rps", threads=1)
    model._session = session = Finding(model._session, np.full((21, 2), np.nan, np.float32))
    said = model.explain(PHOTO, "rock").as_dict()
    assert said["joints"] is None
    json.dumps(said, allow_nan=False)  # as the server does
    assert session.photos == 1 + len(said["replays"])  # type: ignore[arg-type]  # looked for in each


def test_a_hand_that_was_found_is_looked_for_again_only_where_the_change_moves_its_surroundings() -> None:
    # noise gets no label otherwise, and whether there is a hand is then part of the answer
    model = ExplainingPredictor("signs:rps", threads=1, unknown="off")
    model._session = session = Finding(model._session, JOINTS)
    found = model.explain(PHOTO, "rock", thorough=True)
    moved = [one.replay for one in found.replays if BY_NAME[one.replay].places is None]
    assert 5 <= len(moved) < len(found.replays) / 3
    assert session.photos == 1 + len(moved)


@pytest.mark.real_photos
@pytest.mark.parametrize("sign", ["rock", "paper"])
def test_a_hand_in_a_large_room_is_told_the_same_whether_it_is_looked_for_again_or_not(sign: str) -> None:
    rng = np.random.default_rng(0)
    room = ops.resized(rng.integers(60, 200, (6, 8, 3)).astype(np.uint8), 800, 600).copy()
    photo = decode(sorted((DATA / "rps_freeman" / sign).iterdir())[0], 320)[..., :3]
    room[300:460, 420:660] = ops.resized(np.ascontiguousarray(photo), 240, 160)
    placed, searched = (ExplainingPredictor("signs:rps", threads=1) for _ in range(2))
    searched.__dict__["_behind_locator"] = None
    first, second = (model.explain(room, "scissors", thorough=True) for model in (placed, searched))
    assert first.joints is not None
    assert [one.cause for one in first.causes[:1]] == [one.cause for one in second.causes[:1]]
    pairs = list(zip(first.replays, second.replays, strict=True))
    assert sum(one.label == other.label for one, other in pairs) >= len(pairs) - 2
    apart = [abs(one.probability - other.probability) for one, other in pairs]
    assert np.median(apart) < 0.02
