import numpy as np

from tests.masks.planted import hand, overlap, paste, texture
from unseen.masks.backdrop import layer_distance, to_lab
from unseen.masks.find import find_mask
from unseen.masks.plate import find_plates

ROOM = texture(seed=5)
BURST = [
    paste(hand(shift=(x, y)), ROOM)
    for x, y in [(-40, -45), (20, 40), (45, -40), (-35, 45), (60, 0), (10, -48), (70, 48)]
]


def test_the_plate_of_a_burst_is_the_room_without_the_moving_hand() -> None:
    plate = find_plates(BURST, ["one"] * len(BURST))[0]
    assert plate is not None
    room = to_lab(np.clip(ROOM, 0, 255).astype(np.uint8))
    assert (layer_distance(plate, room)[0] < 6).mean() > 0.93


def test_a_hand_that_no_edge_tells_from_its_room_is_cut_out_by_the_plate() -> None:
    plates = find_plates(BURST, ["one"] * len(BURST))
    truth = hand(shift=(-40, -45))
    assert not find_mask(BURST[0]).usable
    mask = find_mask(BURST[0], plates[0])
    assert mask.usable
    assert mask.method == "plate"
    assert overlap(mask.alpha, truth) >= 0.9


def test_a_camera_that_moved_gives_no_plate() -> None:
    moved = [np.roll(photo, 9 * i, axis=1) for i, photo in enumerate(BURST)]
    assert find_plates(moved, ["one"] * len(moved)) == [None] * len(moved)


def test_few_photos_and_other_shapes_give_no_plate() -> None:
    assert find_plates(BURST[:4], ["one"] * 4) == [None] * 4
    cropped = [photo[: 100 + i] for i, photo in enumerate(BURST)]
    assert find_plates(cropped, ["one"] * len(cropped)) == [None] * len(cropped)


def test_groups_do_not_share_a_plate() -> None:
    other = [paste(hand(shift=(x, 0)), texture(seed=9)) for x in range(-60, 80, 20)]
    plates = find_plates([*BURST, *other], ["one"] * len(BURST) + ["two"] * len(other))
    assert plates[0] is plates[len(BURST) - 1]
    assert plates[0] is not plates[-1]
