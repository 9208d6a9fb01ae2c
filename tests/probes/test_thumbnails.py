"""Thumbnails are block means of any photo, however small."""

import numpy as np
import pytest

from unseen.probes.thumbnails import THUMBNAIL_PX, thumbnails


def test_a_block_is_its_mean() -> None:
    photo = np.zeros((32, 64, 4), np.uint8)
    photo[:2, :2] = 200  # half of the first block, which is 2 x 4
    (found,) = thumbnails([photo]).reshape(1, THUMBNAIL_PX, THUMBNAIL_PX, 3)
    assert found[0, 0] == pytest.approx([100 / 255] * 3)
    assert found.sum() == pytest.approx(3 * 100 / 255)


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (3, 40), (17, 16)])
def test_a_flat_photo_is_flat_at_any_size(shape: tuple[int, int]) -> None:
    assert thumbnails([np.full((*shape, 3), 51, np.uint8)]) == pytest.approx(0.2)
