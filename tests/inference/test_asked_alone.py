"""Training is shown the asked hand alone of photos with two: planted discs, red ones right hands, blue ones left."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.inference.test_asked_hand import LEFT, RIGHT, Discs, colour_of, photo_of
from unseen.config import TrainConfig
from unseen.dataset.dataset import Dataset
from unseen.dataset.load import load_dataset
from unseen.errors import SettingError
from unseen.export.bundle import BundleFacts
from unseen.inference import asked_alone, asked_hand, ready
from unseen.inference.asked_alone import with_asked_hand
from unseen.inference.asked_hand import AskedHandSession
from unseen.inference.predictor import Predictor
from unseen.progress import Silent
from unseen.recipe import check, resolve
from unseen.records import HANDS


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """A photo of two hands, one of a right hand and one of a left one, in each of two classes."""
    monkeypatch.setattr(asked_hand, "side_of", colour_of)
    monkeypatch.setattr(asked_alone, "cpu_session", lambda _: Discs())
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    for k, name in enumerate(("a", "b")):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for i, hands in enumerate((((RIGHT, 40 + k), (LEFT, 160)), ((RIGHT, 60 + k),), ((LEFT, 130 + k),))):
            Image.fromarray(photo_of(*hands)).save(folder / f"{i}.png")
    return load_dataset(TrainConfig(str(tmp_path / "photos"), str(tmp_path / "run")), 80, Silent())


def colours(data: Dataset) -> list[set[str]]:
    """Which hands each photo shows, by colour."""
    names = {"right": RIGHT, "left": LEFT}
    return [
        {n for n, rgb in names.items() if (photo[..., :3] == rgb).all(axis=2).any()}
        for photo in map(data.images.__getitem__, range(len(data.images)))
    ]


def test_photos_of_two_hands_show_the_asked_one_and_have_another_digest(data: Dataset) -> None:
    both = {"left", "right"}
    assert colours(data) == [both, {"right"}, {"left"}] * 2
    for hand in HANDS:
        for _ in range(2):  # the second time from the cache
            shown = with_asked_hand(data, hand, Silent())
            assert colours(shown) == [{hand}, {"right"}, {"left"}] * 2
        assert [a == b for a, b in zip(shown.digests, data.digests, strict=True)] == [False, True, True] * 2
        assert shown.images[0].shape == data.images[0].shape
        assert (shown.images[0][..., 3] == 255).all()
    assert with_asked_hand(data, None, Silent()) is data


def test_the_hand_of_a_run_is_the_default_of_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    facts, graph = ready.ready_model("signs:rps")

    def trained_on_left(name: str) -> tuple[BundleFacts, bytes]:
        return replace(facts, hand="left"), graph

    monkeypatch.setattr(ready, "ready_model", trained_on_left)
    asked = Predictor("signs:rps", threads=1)._session
    assert isinstance(asked, AskedHandSession)
    assert asked._hand == "left"
    other = Predictor("signs:rps", threads=1, hand="right")._session
    assert isinstance(other, AskedHandSession)
    assert other._hand == "right"
    assert not isinstance(Predictor("signs:rps", threads=1, hand="either")._session, AskedHandSession)


def test_a_run_that_looks_for_no_hand_cannot_be_asked_for_one() -> None:
    config = TrainConfig("photos", "run", model="cnn-fingers", weights="none", focus="whole", hand="left")
    with pytest.raises(SettingError, match="looks for no hand"):
        check(resolve(config))
