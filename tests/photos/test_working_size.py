"""Photos are reduced in exact arithmetic: constant stays constant, and nothing depends on how the work is cut."""

from fractions import Fraction

import numpy as np
import pytest

from unseen.errors import UnreadablePhoto
from unseen.photos.working_size import WEIGHT_UNIT, reduce_photo, refuse_narrow, working_size


@pytest.mark.parametrize(
    ("size", "side_px", "expected"),
    [
        ((300, 200), 100, (150, 100)),
        ((200, 300), 100, (100, 150)),
        ((90, 20), 100, (90, 20)),
        ((400, 100), 100, (400, 100)),
        ((401, 100), 100, (400, 100)),
        ((10_000, 1), 64, (256, 1)),
        ((10_000, 500), 64, (256, 13)),
        ((640, 480), 320, (427, 320)),
    ],
)
def test_the_short_side_is_bounded_the_long_one_too_and_nothing_is_enlarged(
    size: tuple[int, int], side_px: int, expected: tuple[int, int]
) -> None:
    assert working_size(*size, side_px) == expected
    assert working_size(*expected, side_px) == expected


def by_hand(line: list[int], out: int) -> list[int]:
    """Triangle filters as fractions, rounded to parts of `WEIGHT_UNIT`; what is lost goes to the largest weight."""
    scale = Fraction(len(line), out)
    reduced = []
    for place in range(out):
        centre = (place + Fraction(1, 2)) * scale
        triangle = [max(Fraction(0), 1 - abs(i + Fraction(1, 2) - centre) / scale) for i in range(len(line))]
        shares = [int(one / sum(triangle) * WEIGHT_UNIT + Fraction(1, 2)) for one in triangle]
        shares[triangle.index(max(triangle))] += WEIGHT_UNIT - sum(shares)
        reduced.append(round(sum(share * value for share, value in zip(shares, line, strict=True)) / WEIGHT_UNIT))
    return reduced


@pytest.mark.parametrize(("length", "side_px"), [(97, 40), (40, 39), (161, 13), (30, 1)])
def test_pixels_are_those_of_triangle_filters_worked_out_by_hand(length: int, side_px: int) -> None:
    rng = np.random.default_rng(length)
    line = rng.integers(0, 256, length).tolist()
    photo = np.repeat(np.array(line, np.uint8)[:, None, None], length, axis=1)  # (L, L, 1), each row of one grey
    assert reduce_photo(photo, side_px)[:, 0, 0].tolist() == by_hand(line, side_px)
    assert reduce_photo(photo.swapaxes(0, 1), side_px)[0, :, 0].tolist() == by_hand(line, side_px)


def test_a_photo_of_one_colour_stays_of_it_and_stripes_become_grey() -> None:
    plain = np.full((301, 517, 3), (9, 200, 77), np.uint8)
    assert (reduce_photo(plain, 50) == (9, 200, 77)).all()
    stripes = np.zeros((1024, 1024, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(reduce_photo(stripes, 64).astype(int) - 127).max() <= 5


def test_colours_and_alpha_are_reduced_each_for_itself() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (90, 70, 4), np.uint8)
    whole = reduce_photo(pixels, 33)
    for channel in range(4):
        assert np.array_equal(whole[..., channel], reduce_photo(pixels[..., channel : channel + 1], 33)[..., 0])


def test_a_small_photo_is_handed_back_as_it_is() -> None:
    photo = np.zeros((20, 30, 3), np.uint8)
    assert reduce_photo(photo, 30) is photo


def test_strips_are_refused_with_their_size_and_panoramas_are_not() -> None:
    refuse_narrow(20_000, 400)
    refuse_narrow(1, 100)
    for size in ((20_000, 40), (1, 600), (600, 1)):
        with pytest.raises(UnreadablePhoto, match=f"too narrow: {size[0]} x {size[1]} px"):
            refuse_narrow(*size)
