"""What an explanation says of a photo is numbers, whatever the locator made of it."""

import json

import numpy as np

from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.onnx_session import Session


class Suspecting:
    """A session whose locator suspects a hand, and so tells a box but no joints."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.get_inputs, self.get_outputs = session.get_inputs, session.get_outputs

    def run(self, names: list[str], feed: dict[str, object]) -> list[object]:
        found = dict(zip(names, self.session.run(names, feed), strict=True))
        planted = {
            "found_boxes": np.array([[0.2, 0.2, 0.7, 0.8]], np.float32),
            "found_keypoints": np.full((1, 21, 2), np.nan, np.float32),
            "found_scores": np.array([0.5], np.float32),
        }
        return [planted.get(name, found[name]) for name in names]


def test_a_hand_that_is_only_suspected_has_a_box_and_no_joints() -> None:
    model = ExplainingPredictor("signs:rps", threads=1)
    model._session = Suspecting(model._session)
    photo = np.random.default_rng(0).integers(90, 160, (60, 80, 3)).astype(np.uint8)
    said = model.explain(photo, "rock").as_dict()
    assert said["joints"] is None
    json.dumps(said, allow_nan=False)  # as the server does
