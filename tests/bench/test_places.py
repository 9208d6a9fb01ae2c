"""A small hand and a face lie where they should: planted colours."""

import numpy as np
from PIL import Image

from bench.places import HEIGHT, WIDTH, Places

RED, GREEN, BLUE = (200, 40, 30), (40, 160, 60), (30, 40, 200)


def coloured(size: tuple[int, int], colour: tuple[int, int, int]) -> Image.Image:
    return Image.new("RGB", size, colour)


def middle_of(picture: Image.Image, colour: tuple[int, int, int]) -> tuple[float, float, int, int]:
    """Centre, width and height of what has that colour, px."""
    alike = np.abs(np.asarray(picture).astype(int) - colour).max(axis=2) < 8
    rows, columns = np.flatnonzero(alike.any(axis=1)), np.flatnonzero(alike.any(axis=0))
    return columns.mean(), rows.mean(), len(columns), len(rows)


def test_a_small_hand_and_a_face_lie_in_the_room_at_their_sizes() -> None:
    places = Places([coloured((30, 20), GREEN)], [coloured((60, 90), BLUE)])
    hand = np.asarray(coloured((300, 200), RED))
    for number in range(8):
        alone = Image.fromarray(places.small("small", 0.25).apply(hand, number))
        assert alone.size == (WIDTH, HEIGHT)
        across, _, width, height = middle_of(alone, RED)
        assert (width, height) == (120, 80)
        assert across > WIDTH / 2
        beside = Image.fromarray(places.small("beside", 0.25, face=0.5).apply(hand, number))
        assert middle_of(beside, RED)[2:] == (120, 80)
        across, _, width, height = middle_of(beside, BLUE)
        assert (width, height) == (160, 240)
        assert across < WIDTH / 2
