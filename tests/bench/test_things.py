"""Drawn things: every class has a picture, products differ, a shop's photos are before white and a webcam's are not."""

from pathlib import Path

import numpy as np
from PIL import Image

from bench.office_things import THINGS
from bench.solids import drawn
from bench.things import PLACES, photo


def test_every_thing_is_drawn_as_large_as_asked_and_no_two_products_are_alike() -> None:
    for build in THINGS.values():
        pictures = [
            drawn(build(np.random.default_rng(seed)), 0.3, 0.4, 0.8, 0.0, 96, np.random.default_rng(0))
            for seed in range(2)
        ]
        for picture in pictures:
            solid = picture[..., 3] > 0.5
            spans = [int(np.ptp(np.flatnonzero(solid.any(axis=axis)))) for axis in (0, 1)]
            assert abs(max(spans) - 0.8 * 96) < 5
        assert not np.allclose(pictures[0], pictures[1], atol=0.05)


def test_a_shop_has_white_at_the_edge_and_a_webcam_the_room(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), (20, 90, 30)).save(tmp_path / "room.png")
    solid = THINGS["mug"](np.random.default_rng(0))
    shop, webcam = (
        photo(solid, PLACES[name], [tmp_path / "room.png"], np.random.default_rng(1)) for name in ("shop", "webcam")
    )
    assert shop[:3].min() > 230
    assert webcam[:3].mean() < 150
