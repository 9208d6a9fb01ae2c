"""Of two hands the asked one alone is seen; planted hands are discs, red ones right and blue ones left."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.real_photos import DATA
from unseen.errors import UnseenError
from unseen.export.bundle import INPUT, REGIONS
from unseen.inference import asked_hand
from unseen.inference.asked_hand import AskedHandSession, around, overlap, side_of
from unseen.inference.predictor import Predictor
from unseen.records import HANDS, Float32Array, Hand, Uint8Array

RIGHT, LEFT = (250, 0, 0), (0, 0, 250)
TURN = np.linspace(0, 2 * np.pi, 21)


class Discs:
    """A session that sees one hand: a disc, or something between two of them, as networks do."""

    def __init__(self, shape: Sequence[object] = (21, 2)) -> None:
        self.shape, self.shown = shape, np.zeros((0, 1, 1, 3), np.uint8)

    def get_inputs(self) -> list[Any]:
        return []

    def get_outputs(self) -> list[Any]:
        return [SimpleNamespace(name=REGIONS[1], shape=["photo_count", *self.shape])]

    def run(self, names: Sequence[str], feed: Mapping[str, Uint8Array]) -> list[Float32Array]:
        self.shown = feed[INPUT]
        return [np.stack([self._joints(photo) for photo in feed[INPUT]])]

    def _joints(self, photo: Uint8Array) -> Float32Array:
        rows, columns = np.nonzero(photo.max(axis=2) > 200)
        if len(rows) < 20:
            return np.full((21, 2), np.nan, np.float32)
        place = np.stack([columns.mean() + 9 * np.cos(TURN), rows.mean() + 9 * np.sin(TURN)], axis=1)
        return (place / [photo.shape[1], photo.shape[0]]).astype(np.float32)


def colour_of(photo: Uint8Array, joints: Float32Array) -> Hand:
    x, y = joints.mean(axis=0).round().astype(int)
    return "right" if photo[y, x, 0] > photo[y, x, 2] else "left"


def photo_of(*hands: tuple[tuple[int, int, int], int]) -> Uint8Array:
    photo = np.full((80, 200, 3), 60, np.uint8)
    rows, columns = np.mgrid[0:80, 0:200]
    for colour, x in hands:
        photo[(rows - 40) ** 2 + (columns - x) ** 2 < 100] = colour
    return photo


@pytest.fixture
def discs(monkeypatch: pytest.MonkeyPatch) -> Discs:
    monkeypatch.setattr(asked_hand, "side_of", colour_of)
    return Discs()


@pytest.mark.parametrize(("hand", "seen", "hidden"), [("right", RIGHT, LEFT), ("left", LEFT, RIGHT)])
def test_of_two_hands_the_asked_one_is_seen_where_it_was(discs: Discs, hand: Hand, seen: Any, hidden: Any) -> None:
    photo = photo_of((RIGHT, 40), (LEFT, 160))
    (joints,) = AskedHandSession(discs, hand).run([REGIONS[1]], {INPUT: photo[None]})
    assert np.allclose(joints[0].mean(axis=0) * [200, 80], [40 if hand == "right" else 160, 40], atol=1)
    (shown,) = discs.shown
    assert (shown == seen).all(axis=2).sum() == (photo == seen).all(axis=2).sum()
    assert not (shown == hidden).all(axis=2).any()


def test_other_photos_stay_as_they_are(discs: Discs) -> None:
    photos = np.stack([photo_of(), photo_of((RIGHT, 40)), photo_of((RIGHT, 100)), photo_of((RIGHT, 30), (RIGHT, 170))])
    AskedHandSession(discs, "left").run([REGIONS[1]], {INPUT: photos})
    assert np.array_equal(discs.shown, photos)


def test_a_graph_without_joints_is_refused() -> None:
    with pytest.raises(UnseenError, match="--hand needs a run that finds hands"):
        AskedHandSession(Discs(shape=(4, 2)), "left")


def test_boxes_about_joints() -> None:
    joints = np.array([[0, 0], [10, 0], [10, 20], [0, 20]], np.float32)
    assert around(joints[None])[0].tolist() == [-13, -8, 23, 28]
    assert overlap(joints, joints + np.array([5, 0], np.float32)) == 0.5
    assert overlap(joints, joints + np.array([0, 30], np.float32)) == 0
    assert overlap(joints, joints * 0.5) == 1


@pytest.mark.real_photos
def test_two_real_hands_side_by_side() -> None:
    folder = DATA / "people" / "asl_t32rahman"  # right hands
    models = {hand: Predictor("signs:letters", threads=1, hand=hand) for hand in HANDS}
    right = 0
    for name, other in (("B", "L"), ("Y", "A"), ("V", "C"), ("W", "I")):
        photos = [np.asarray(Image.open(min((folder / sign).iterdir())).resize((200, 200))) for sign in (name, other)]
        both = np.concatenate([photos[0], photos[1][:, ::-1]], axis=1)
        right += (models["right"].predict(both).label, models["left"].predict(both).label) == (name, other)
        mirrored = np.ascontiguousarray(photos[0][:, ::-1])
        for hand, session in ((hand, model._session) for hand, model in models.items()):
            assert isinstance(session, AskedHandSession), hand
            assert np.array_equal(session.shown(mirrored[None])[0], mirrored)  # the only hand there is
        plain = Predictor("signs:letters", threads=1)
        places = plain.run([photos[0], mirrored]).regions
        assert places is not None
        assert places.keypoints is not None
        sides = [side_of(p, k * 200) for p, k in zip((photos[0], mirrored), places.keypoints, strict=True)]
        assert sides == ["right", "left"]
    assert right >= 3
