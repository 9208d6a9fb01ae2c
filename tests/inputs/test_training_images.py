"""What may be replaced, mirrored and turned is decided from the photos, and never tells the label."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import TINY, TinyRun
from unseen.api import train
from unseen.augment.pipeline import Augment
from unseen.augment.policy import POLICIES
from unseen.errors import UnseenError
from unseen.inputs.background_pictures import folder_bank, photo_bank
from unseen.inputs.training_images import TrainingImages
from unseen.progress import PrintProgress, Silent
from unseen.runs import read_json

PLAIN = [np.full((2, 2, 4), i, np.uint8) for i in range(100)]
CUTOUTS = [np.full((2, 2, 4), 100 + i, np.uint8) for i in range(100)]


def read(cutouts: list[np.ndarray] | None, probability: float) -> list[int]:
    images = TrainingImages(PLAIN, Augment(POLICIES["none"], 16, "squash"), cutouts, probability)
    return [int(photo[0, 0, 0]) for photo in images.read(np.arange(100), np.random.default_rng(0))]


def test_photos_are_read_as_cutouts_with_the_given_probability() -> None:
    mixed = read(CUTOUTS, 0.75)
    assert all(value % 100 == i for i, value in enumerate(mixed))
    assert 60 <= sum(value >= 100 for value in mixed) <= 88
    assert read(CUTOUTS, 1.0) == list(range(100, 200))
    assert read(CUTOUTS, 0.0) == list(range(100))


def test_without_cutouts_photos_are_read_as_they_are() -> None:
    assert read(None, 0.75) == list(range(100))


class Squares:
    """PhotoMasks of photos whose left half is subject."""

    known = np.array([True, True, False])

    def __getitem__(self, i: int) -> np.ndarray:
        alpha = np.zeros((40, 80), np.uint8)
        alpha[:, :30] = 255
        return alpha


def half_red(backdrop: tuple[int, int, int]) -> np.ndarray:
    photo = np.full((40, 80, 4), 255, np.uint8)
    photo[:, :30, :3] = (255, 0, 0)
    photo[:, 30:, :3] = backdrop
    return photo


def test_backgrounds_of_photos_show_no_subject_and_know_their_class() -> None:
    photos = [half_red((0, 0, 255)), half_red((0, 200, 0)), half_red((0, 0, 0))]
    bank = photo_bank(photos, Squares(), np.array([4, 5, 6]), np.arange(3), 16, 0.5)  # type: ignore[arg-type]
    assert bank is not None
    assert bank.classes.tolist() == [4, 5]
    assert int(bank.pictures[:, 0].max()) == 0
    assert bank.pictures[:, :, 5, 5].tolist() == [[0, 0, 255], [0, 200, 0]]


def test_one_backdrop_that_all_photos_share_is_not_put_back() -> None:
    photos = [half_red((0, 100 + i, 0)) for i in range(3)]
    assert photo_bank(photos, Squares(), np.array([4, 5, 6]), np.arange(3), 16, 0.5) is None  # type: ignore[arg-type]


def test_a_folder_of_backgrounds_is_read_and_a_broken_file_said(tmp_path: Path) -> None:
    Image.new("RGB", (60, 40), (10, 20, 30)).save(tmp_path / "wall.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    messages: list[str] = []
    bank = folder_bank(tmp_path, 32, 2.0, PrintProgress(messages.append))
    assert bank.pictures.shape == (1, 3, 42, 42)
    assert bank.classes.tolist() == [-1]
    assert "1 backgrounds" in messages[0]
    assert "1 could not be opened" in messages[0]
    with pytest.raises(UnseenError, match="no folder"):
        folder_bank(tmp_path / "absent", 32, 1.0, Silent())


def test_a_run_from_scratch_flips_nothing_and_one_that_is_told_to_does(tiny_run: TinyRun, tmp_path: Path) -> None:
    """Without a network to ask, nothing is known to be safe; `flip=True` is the user's word."""
    settings = read_json(tiny_run.root / "run.json")["resolved"]
    assert settings["augment"] == "basic"
    messages: list[str] = []
    train(tiny_run.photos, tmp_path / "run", epochs=1, flip=True, progress=PrintProgress(messages.append), **TINY)
    assert "photos are flipped in training" in messages
    assert "no photo is rotated freely in training" in messages
