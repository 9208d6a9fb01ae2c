"""What is done to photos is what its name says: planted colours and places."""

import numpy as np
from PIL import Image

from bench.alterations import ALTERATIONS, HEIGHT, WIDTH, Places

RED, GREEN, BLUE = (200, 40, 30), (40, 160, 60), (30, 40, 200)


def coloured(size: tuple[int, int], colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", size, colour)


def middle_of(picture: Image.Image, colour: tuple[int, int, int]) -> tuple[float, float, int, int]:
    """Centre, width and height of what has that colour, px."""
    alike = np.abs(np.asarray(picture).astype(int) - colour).max(axis=2) < 8
    rows, columns = np.flatnonzero(alike.any(axis=1)), np.flatnonzero(alike.any(axis=0))
    return columns.mean(), rows.mean(), len(columns), len(rows)


def test_every_alteration_is_the_same_each_time_and_changes_something() -> None:
    rng = np.random.default_rng(0)
    photo = Image.fromarray(rng.integers(0, 256, (90, 120, 3)).astype(np.uint8))
    for name, alter in ALTERATIONS.items():
        first, again = np.asarray(alter(photo, 3)), np.asarray(alter(photo, 3))
        assert first.dtype == np.uint8, name
        np.testing.assert_array_equal(first, again, err_msg=name)
        assert (name == "as it is") is (first.shape == (90, 120, 3) and bool((first == np.asarray(photo)).all())), name


def test_colours_change_as_said() -> None:
    photo = coloured((40, 40), RED)
    assert ALTERATIONS["negative"](photo, 0).getpixel((5, 5)) == (55, 215, 225)
    assert ALTERATIONS["warm"](photo, 0).getpixel((5, 5)) == (200, 30, 13)
    assert ALTERATIONS["28 px, grey"](photo, 0).size == (28, 28)
    assert abs(np.asarray(ALTERATIONS["dark"](photo, 0))[..., 0].mean() - 36) < 1


def test_a_small_hand_and_a_face_lie_in_the_room_at_their_sizes() -> None:
    places = Places([coloured((30, 20), GREEN)], [coloured((60, 90), BLUE)])
    for number in range(8):
        alone = places.small(0.25)(coloured((300, 200), RED), number)
        assert alone.size == (WIDTH, HEIGHT)
        across, _, width, height = middle_of(alone, RED)
        assert (width, height) == (120, 80)
        assert across > WIDTH / 2
        beside = places.small(0.25, face=0.5)(coloured((300, 200), RED), number)
        assert middle_of(beside, RED)[2:] == (120, 80)
        across, _, width, height = middle_of(beside, BLUE)
        assert (width, height) == (160, 240)
        assert across < WIDTH / 2
