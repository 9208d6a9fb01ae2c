"""The graph reduces photos to the same bytes as the decoder does."""

import numpy as np
import onnx
import pytest

from unseen.export.shrink_graph import WORKING, shrink_part
from unseen.onnx_session import cpu_session
from unseen.photos.working_size import reduce_photo

SHAPES = ((2, 61, 97), (1, 97, 61), (3, 20, 20), (1, 32, 128), (1, 700, 9), (1, 500, 333), (1, 1, 1), (1, 1, 5000))


@pytest.mark.parametrize("side_px", [32, 45, 320])
def test_photos_of_any_size_become_the_same_bytes(side_px: int) -> None:
    part = shrink_part(side_px)
    onnx.checker.check_model(part)
    session = cpu_session(part.SerializeToString(), threads=1)
    rng = np.random.default_rng(side_px)
    for shape in SHAPES:
        photos = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
        found = session.run([WORKING], {"photos": photos})[0]
        assert np.array_equal(found, np.stack([reduce_photo(photo, side_px) for photo in photos])), shape
