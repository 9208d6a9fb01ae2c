from pathlib import Path

import numpy as np
import pytest

from tests.masks.planted import GREEN, hand, paste, texture, wall
from unseen.errors import UnseenError
from unseen.masks.masked_images import with_masks
from unseen.masks.photo_masks import PhotoMasks, find_masks
from unseen.records import Photo, PhotoSet

PHOTOS = [paste(hand(), wall(GREEN)), paste(hand(), texture())]


@pytest.fixture
def found(tmp_path: Path) -> PhotoMasks:
    photos = tuple(Photo(f"{i}.png", Path(f"{i}.png"), "one") for i in range(2))
    return find_masks(PhotoSet(photos, (), ("one",)), PHOTOS, ["0", "1"], folder=tmp_path)


def test_no_felt_shows_on_another_backdrop(found: PhotoMasks) -> None:
    before = PHOTOS[0].copy()
    photo = with_masks(PHOTOS, found)[0].astype(np.float32)
    alpha = photo[..., 3:] / 255
    over_red = photo[..., :3] * alpha + np.array([200, 40, 40]) * (1 - alpha)
    greener = over_red[..., 1] - np.maximum(over_red[..., 0], over_red[..., 2])
    assert (greener > 5).mean() < 0.001
    assert (PHOTOS[0] == before).all()


def test_an_unsure_photo_is_as_it_was(found: PhotoMasks) -> None:
    masked = with_masks(PHOTOS, found)
    assert len(masked) == 2
    assert (masked[1] == PHOTOS[1]).all()


def test_masks_of_other_photos_are_refused(found: PhotoMasks) -> None:
    with pytest.raises(UnseenError, match="1 photos and 2 masks"):
        with_masks(PHOTOS[:1], found)
