import numpy as np

from unseen.training.training_photos import TrainingPhotos

PLAIN = [np.full((2, 2, 4), i, np.uint8) for i in range(100)]
MATTED = [np.full((2, 2, 4), 100 + i, np.uint8) for i in range(100)]
NOBODY = np.zeros(0, np.int64)


def read(varied: list[np.ndarray] | None, share: float) -> list[int]:
    photos = TrainingPhotos(PLAIN, np.zeros(100, np.int64), np.arange(100), NOBODY, varied, share)
    return [int(photo[0, 0, 0]) for photo in photos.read(np.arange(100), np.random.default_rng(0))]


def test_photos_are_read_with_their_matte_as_often_as_asked() -> None:
    read_so = read(MATTED, 0.75)
    assert all(value % 100 == i for i, value in enumerate(read_so))
    assert 60 <= sum(value >= 100 for value in read_so) <= 88
    assert read(MATTED, 1.0) == list(range(100, 200))
    assert read(MATTED, 0.0) == list(range(100))


def test_without_mattes_photos_are_read_as_they_are() -> None:
    assert read(None, 0.75) == list(range(100))
