from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unseen.features.feature_set import FeatureSet
from unseen.inference.predictor import Predictor
from unseen.locate.pose_conditioned import TOLD
from unseen.locate.sign_net import SIGN
from unseen.photos.decode import decode
from unseen.pipelines.render import draw_rooms
from unseen.pipelines.stages.copied_poses import LEAST_POSES, copy_signs
from unseen.pipelines.stages.copied_signs import agreeing, write_sheet
from unseen.records import Float32Array
from unseen.synth.photograph import photograph
from unseen.synth.poses import LETTERS
from unseen.synth.shots import RenderConfig, plan_shots
from unseen.synth.skeleton import ANGLE, ANGLES

SHOWN = ("B", "L", "Y")
BENT = {"B": (), "L": ("middle", "ring", "pinky"), "Y": ("index", "middle", "ring")}


@pytest.fixture(scope="module")
def rendered_features() -> Float32Array:
    """Features of five people who show each sign, one person after the other."""
    signs = {name: LETTERS[name] for name in SHOWN}
    config = RenderConfig("letters", people=5, rooms=5, photos=5 * len(signs), seed=11)
    rooms = draw_rooms(config, 5)
    shots = plan_shots(config, signs)
    photos = [decode(photograph(shot, signs, config, rooms[shot.room]).jpeg(), 128) for shot in shots]
    return Predictor("signs:letters").features([photo[..., :3] for photo in photos])


def test_poses_are_copied_from_photos(rendered_features: Float32Array) -> None:
    labels = np.tile(np.arange(len(SHOWN)), 5)
    signs = copy_signs(rendered_features, labels, SHOWN, seed=0)
    assert set(signs) == set(SHOWN)
    for name, poses in signs.items():
        assert LEAST_POSES <= len(poses) <= 5
        angles = np.median([pose.angles for pose in poses], axis=0)
        for finger in ("index", "middle", "ring", "pinky"):
            bend = sum(angles[ANGLE[f"{finger}_{joint}"]] for joint in (1, 2, 3))
            assert (bend > 120) == (finger in BENT[name]), (name, finger, dict(zip(ANGLES, angles, strict=True)))


def test_classes_that_are_hardly_seen_are_left_out(rendered_features: Float32Array) -> None:
    hidden = rendered_features.copy()
    labels = np.tile(np.arange(len(SHOWN)), 5)
    hidden[np.flatnonzero(labels == 1)[:3], -TOLD] = 0.1  # of five photos of the second sign three show no hand
    assert set(copy_signs(hidden, labels, SHOWN, seed=0)) == {"B", "Y"}


def test_rendered_photos_that_are_read_as_another_class_are_dropped() -> None:
    rng = np.random.default_rng(0)
    centres = 4 * rng.standard_normal((3, SIGN)).astype(np.float32)

    def photos(shown: np.ndarray, labels: np.ndarray) -> FeatureSet:
        rows = centres[shown] + rng.standard_normal((len(shown), SIGN)).astype(np.float32)
        return FeatureSet(np.concatenate([np.zeros((len(shown), 4), np.float32), rows], axis=1), labels)

    three = np.repeat(np.arange(3), 20)
    own = photos(three, three)
    made = photos(np.where(three == 2, 0, three), three)  # what is said to be the third class shows the first
    kept = agreeing(own, made, 3)
    assert sorted(set(kept.labels.tolist())) == [0, 1]
    assert len(kept.labels) == 40
    np.testing.assert_array_equal(kept.features, made.features[:40])


def test_the_sheet_shows_own_photos_above_rendered_ones(tmp_path: Path) -> None:
    own = [np.full((50, 40, 4), 200, np.uint8)] * 2
    made = [np.full((30, 30, 4), shade, np.uint8) for shade in (10, 20, 30, 40)]
    write_sheet(tmp_path / "copied.png", own, made, signs=2)
    sheet = np.asarray(Image.open(tmp_path / "copied.png"))
    middles = [[int(sheet[48 + 100 * row, 48 + 100 * column, 0]) for column in range(2)] for row in range(3)]
    assert middles == [[200, 200], [10, 20], [30, 40]]
