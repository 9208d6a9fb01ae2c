import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.planted_photos import write_photos
from unseen.context import Clock
from unseen.errors import UnseenError
from unseen.features.feature_set import FeatureSet
from unseen.inference.predictor import Predictor
from unseen.locate.pose_conditioned import TOLD
from unseen.locate.sign_net import SIGN
from unseen.photos.decode import decode
from unseen.pipelines.render import render, write_shots
from unseen.pipelines.rendered.copied_poses import LEAST_POSES, copy_signs
from unseen.pipelines.rendered.copied_signs import copied_hands, shows_the_signs, write_sheet
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.progress import Silent
from unseen.records import Float32Array
from unseen.synth.poses import LETTERS
from unseen.synth.shots import RenderConfig, plan_shots
from unseen.synth.skeleton import ANGLE, ANGLES
from unseen.training.known_signs import KnownSigns, read_spaces

SHOWN = ("B", "L", "Y")
BENT = {"B": (), "L": ("middle", "ring", "pinky"), "Y": ("index", "middle", "ring")}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Class folders in which five people show each sign."""
    signs = {name: LETTERS[name] for name in SHOWN}
    config = RenderConfig("letters", people=5, rooms=5, photos=5 * len(signs), seed=11)
    return write_shots(plan_shots(config, signs), config, tmp_path_factory.mktemp("own") / "photos", Silent()).folder


@pytest.fixture(scope="module")
def rendered_features(photos: Path) -> Float32Array:
    """Features of five photos of each sign, sign by sign."""
    files = [file for name in SHOWN for file in sorted((photos / name).iterdir())]
    return Predictor("signs:letters").features([decode(file, 128)[..., :3] for file in files])


def test_poses_are_copied_from_photos(rendered_features: Float32Array) -> None:
    labels = np.repeat(np.arange(len(SHOWN)), 5)
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
    labels = np.repeat(np.arange(len(SHOWN)), 5)
    hidden[np.flatnonzero(labels == 1)[:3], -TOLD] = 0.1  # of five photos of the second sign three show no hand
    assert set(copy_signs(hidden, labels, SHOWN, seed=0)) == {"B", "Y"}
    often = np.concatenate([rendered_features[labels == 0], *[hidden[labels == 1]] * 3, rendered_features[labels == 2]])
    labels = np.repeat(np.arange(3), [5, 15, 5])  # six photos show a hand plainly now, and most of the class none
    assert set(copy_signs(often, labels, SHOWN, seed=0)) == {"B", "Y"}


@pytest.mark.parametrize(("wrong", "joins"), [(0, True), (4, True), (12, False), (20, False)])
def test_copies_join_where_they_are_read_as_what_they_were_copied_from(wrong: int, joins: bool) -> None:
    rng = np.random.default_rng(0)
    centres = 4 * rng.standard_normal((2, SIGN)).astype(np.float32)
    label = np.repeat(np.arange(2), 20)

    def photos(shown: np.ndarray) -> FeatureSet:
        rows = centres[shown] + rng.standard_normal((len(shown), SIGN)).astype(np.float32)
        return FeatureSet(np.concatenate([np.zeros((len(shown), 4), np.float32), rows], axis=1), label)

    shown = label.copy()
    shown[:wrong] = 1  # of 20 copies of the first class so many show the second: with 12, 70% are right, chance is 50%
    assert shows_the_signs(photos(label), photos(shown), 2) == joins


def test_the_sheet_shows_own_photos_above_rendered_ones(tmp_path: Path) -> None:
    own = [np.full((50, 40, 4), 200, np.uint8)] * 2
    made = [np.full((30, 30, 4), shade, np.uint8) for shade in (10, 20, 30, 40)]
    write_sheet(tmp_path / "copied.png", own, made, signs=2)
    sheet = np.asarray(Image.open(tmp_path / "copied.png"))
    middles = [[int(sheet[48 + 100 * row, 48 + 100 * column, 0]) for column in range(2)] for row in range(3)]
    assert middles == [[200, 200], [10, 20], [30, 40]]


def test_signs_in_a_folder_of_photos_are_rendered_by_other_people(photos: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    for file in (file for name in SHOWN for file in (photos / name).iterdir()):
        (own / file.stem / file.parent.name).mkdir(parents=True)
        shutil.copy(file, own / file.stem / file.parent.name)
    (own / "cut" / SHOWN[0]).mkdir(parents=True)
    (own / "cut" / SHOWN[0] / "cut.jpg").write_bytes(b"\xff\xd8\xff cut")
    config = RenderConfig(people=2, rooms=2, photos=6, copy=str(own), layout="group/class")
    made = render(config, tmp_path / "mine", Silent())
    assert [row.path for row in made.rejected] == [f"cut/{SHOWN[0]}/cut.jpg"]
    assert sorted(shot.label for shot in made.shots) == sorted(SHOWN * 2)
    files = [made.folder / shot.path for shot in made.shots]
    reader = Predictor("signs:letters")
    said = reader.predict_proba(files)[:, [reader.classes.index(name) for name in SHOWN]].argmax(axis=1)
    assert [SHOWN[label] for label in said] == [shot.label for shot in made.shots]
    assert render(config, tmp_path / "mine", Silent()).rendered == 0  # the same command goes on


def test_photos_without_hands_have_no_signs_to_copy(tmp_path: Path) -> None:
    write_photos(tmp_path / "things", ("cup", "phone"), photos=3)
    with pytest.raises(UnseenError, match="shows no hand clearly in 3 photos of any class"):
        render(RenderConfig(copy=str(tmp_path / "things")), tmp_path / "mine", Silent())


def test_a_run_learns_from_other_people_who_show_its_own_signs(hands: TrainingSetup) -> None:
    few = replace(hands.context.recipe, config=replace(hands.config, copies=3))
    setup = replace(hands, context=replace(hands.context, recipe=few))
    copied = copied_hands(setup, None)
    assert copied is not None
    assert copied.as_dict() == {"classes": ["1", "5"], "people": 3}
    assert copied.joining.labels.tolist() == [0, 1] * 3
    assert hands.features is not None
    own = hands.features[:, -SIGN:]
    means = np.stack([own[hands.data.labels == label].mean(axis=0) for label in (0, 1)])
    apart = np.square(copied.joining.features.features[:, None, -SIGN:] - means).sum(axis=2)
    assert apart.argmin(axis=1).tolist() == [0, 1] * 3
    assert setup.context.run.copied.exists()


def test_nothing_is_copied_of_known_signs_without_time_or_where_it_is_not_wanted(
    hands: TrainingSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = next(one for one in read_spaces() if one.name == "digits")
    assert copied_hands(hands, KnownSigns(space, (0, 1), (1, 5), 1.0)) is None
    none = replace(hands.context.recipe, config=replace(hands.config, copies=0))
    assert copied_hands(replace(hands, context=replace(hands.context, recipe=none)), None) is None
    monkeypatch.setattr(Clock, "left", 0.1)
    assert copied_hands(hands, None) is None
