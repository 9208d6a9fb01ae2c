import time

import numpy as np

from unseen.split.fingerprint import dhashes, fingerprint, grey_grid

from .scenes import correlation, crop, jpeg, resized, scene


def test_grid_is_the_area_average_of_any_shape() -> None:
    photo = np.zeros((75, 131, 4), np.uint8)
    photo[..., 3] = 255
    photo[:, 65:, :3] = 200
    grid = grey_grid(photo)
    assert grid.shape == (32, 32)
    np.testing.assert_allclose(grid[:, :15], 0, atol=1e-3)
    np.testing.assert_allclose(grid[:, 17:], 200, atol=1e-3)


def test_grid_weighs_colours_by_luma() -> None:
    photo = np.zeros((40, 40, 4), np.uint8)
    photo[..., 1] = 100
    photo[..., 3] = 255
    np.testing.assert_allclose(grey_grid(photo), 58.7, atol=1e-3)


def test_colour_under_transparency_does_not_count() -> None:
    first, second = scene(1).copy(), scene(1).copy()
    first[:60, :, 3] = second[:60, :, 3] = 0
    second[:60, :, :3] = 7
    np.testing.assert_array_equal(grey_grid(first), grey_grid(second))


def test_dhash_says_where_it_gets_brighter() -> None:
    ramp = np.tile(np.linspace(0, 255, 32, dtype=np.float32), (1, 32, 1))
    brighter, darker = dhashes(ramp), dhashes(ramp[:, :, ::-1])
    assert np.bitwise_count(brighter)[0] == 64
    assert np.bitwise_count(darker)[0] == 0


def test_altered_copies_stay_near_and_other_scenes_far() -> None:
    base = [scene(seed) for seed in range(12)]
    prints = fingerprint(base)
    for alter in (jpeg, lambda p: crop(p, 0.01), lambda p: resized(p, 96)):
        copies = fingerprint([alter(photo) for photo in base])
        assert np.bitwise_count(prints.phash ^ copies.phash).max() <= 8
        assert np.bitwise_count(prints.dhash ^ copies.dhash).max() <= 10
        assert (prints.thumbs(slice(None)) * copies.thumbs(slice(None))).sum(axis=1).min() > 0.97
    thumbs = prints.thumbs(slice(None))
    others = thumbs @ thumbs.T - 2 * np.eye(12)
    assert others.max() < 0.8
    distances = np.bitwise_count(prints.phash[:, None] ^ prints.phash[None]) + 64 * np.eye(12, dtype=np.uint8)
    assert distances.min() > 12


def test_thumbnails_ignore_brightness_and_contrast() -> None:
    photo = scene(3)
    dim = photo.copy()
    dim[..., :3] = photo[..., :3] // 2 + 20
    prints = fingerprint([photo, dim])
    assert correlation(prints, 0, 1) > 0.999
    np.testing.assert_allclose(np.linalg.norm(prints.thumbs([0, 1]), axis=1), 1, rtol=1e-5)
    assert prints.contrast[0] > 1.8 * prints.contrast[1]


def test_a_photo_of_one_colour_is_like_nothing() -> None:
    blank = np.full((64, 64, 4), 255, np.uint8)
    prints = fingerprint([blank, blank])
    assert prints.contrast.max() < 1e-3
    assert not prints.levels.any()
    assert not prints.thumbs([0, 1]).any()


def test_no_photos() -> None:
    assert len(fingerprint([])) == 0


def test_two_thousand_photos_a_second() -> None:
    photo = scene(0, side=192)
    fingerprint([photo] * 20)
    start = time.process_time()
    fingerprint([photo] * 400)
    assert 400 / (time.process_time() - start) > 2000
