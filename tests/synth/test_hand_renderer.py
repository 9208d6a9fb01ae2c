"""A rendered hand covers its joints, is sharp where told, mirrors exactly, and is the same for the same seed."""

import numpy as np
import pytest

from pretrain.any_hand import any_hand
from unseen.synth.camera import aim, turn_hand
from unseen.synth.flesh import make_flesh
from unseen.synth.hand_renderer import Rendered, render
from unseen.synth.lamps import Lamp, Room, make_room
from unseen.synth.people import Person, make_person
from unseen.synth.poses import FIVE, ONE, View
from unseen.synth.sampling import around
from unseen.synth.skeleton import pose_bones

EVEN = np.full(3, 0.6)
UPRIGHT = View()
LIT = Room((Lamp(np.array([0.0, 0, 1]), EVEN, 0.5),), EVEN, EVEN, None, 1.0, 0)


def shown(person: Person, view: View = UPRIGHT, left: bool = False, room: Room = LIT, side_px: int = 64) -> Rendered:
    frames = pose_bones(person.bones, FIVE.angles)
    camera = aim(frames.joints, turn_hand(view, left), 600, 0.7)
    return render(person, frames, camera, room, side_px, left)


def test_the_hand_covers_all_its_joints_and_nothing_far_from_them() -> None:
    for seed in range(4):
        seen = any_hand(seed, side_px=96).seen
        inside = ((seen.joints > 0.02) & (seen.joints < 0.98)).all(axis=1)
        where = (seen.joints[inside] * 96).astype(int)
        assert (seen.rgba[where[:, 1], where[:, 0], 3] > 127).all()
    seen = shown(make_person(0, 0))
    assert seen.rgba[:6, :6, 3].max() == 0, "an upright hand leaves the corner above its thumb's side free"
    assert 0.12 < (seen.rgba[..., 3] > 127).mean() < 0.5


def test_joints_lie_where_a_pinhole_camera_sees_them() -> None:
    hand = any_hand(3, side_px=48).seen
    flat = hand.joints_mm[:, :2] / hand.joints_mm[:, 2:]
    slope_x, start_x = np.polyfit(flat[:, 0], hand.joints[:, 0], 1)
    slope_y, start_y = np.polyfit(flat[:, 1], hand.joints[:, 1], 1)
    assert slope_x == pytest.approx(slope_y, rel=1e-3)
    assert flat[:, 0] * slope_x + start_x == pytest.approx(hand.joints[:, 0], abs=1e-4)
    assert flat[:, 1] * slope_y + start_y == pytest.approx(hand.joints[:, 1], abs=1e-4)


def test_a_left_hand_is_the_mirror_image_under_even_light() -> None:
    person = make_person(2, 1)
    right, left = shown(person, View(20, 10, 15)), shown(person, View(20, 10, 15), left=True)
    assert left.joints[:, 0] == pytest.approx(1 - right.joints[:, 0], abs=1e-5)
    assert left.joints[:, 1] == pytest.approx(right.joints[:, 1], abs=1e-5)
    apart = np.abs(left.rgba[:, ::-1].astype(int) - right.rgba.astype(int))
    assert np.percentile(apart, 99) <= 2


def test_the_thumb_of_a_right_hand_is_right_of_it_when_its_palm_is_seen() -> None:
    person = make_person(0, 0)
    assert shown(person).joints[4, 0] > shown(person).joints[20, 0]
    assert shown(person, View(turn=180)).joints[4, 0] < shown(person, View(turn=180)).joints[20, 0]
    assert shown(person, View(roll=90)).joints[12, 0] < shown(person, View(roll=90)).joints[0, 0]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_hand() -> None:
    first, second, third = (any_hand(seed, side_px=48).seen for seed in (7, 7, 8))
    assert first.rgba.tobytes() == second.rgba.tobytes()
    assert first.rgba.tobytes() != third.rgba.tobytes()


def test_skin_faces_the_camera_brighter_from_the_lamps_side() -> None:
    person = make_person(0, 0)
    dark = np.zeros(3) + 0.05
    beams = {
        side: Room((Lamp(np.array([side * 0.9, 0, 0.43]), EVEN, 0.0),), dark, dark, None, 1.0, 0) for side in (-1, 1)
    }
    left_lit, right_lit = (shown(person, room=beams[side]).rgba.astype(float) for side in (-1, 1))
    wrist = (shown(person).joints[0] * 64).astype(int)
    row = slice(wrist[1] - 2, wrist[1] + 2)
    difference = (left_lit - right_lit)[row, :, 1].mean(axis=0)
    assert difference[wrist[0] - 6 : wrist[0] - 2].mean() > 20
    assert difference[wrist[0] + 3 : wrist[0] + 7].mean() < -20


def test_darker_tones_are_darker_and_palms_differ_less() -> None:
    people = sorted((make_person(0, number) for number in range(12)), key=lambda person: person.tone)
    back = [person.skin.mean() for person in people]
    assert back[0] > 3 * back[-1]
    assert people[0].palm.mean() / people[-1].palm.mean() < back[0] / back[-1]


def test_people_differ_in_bones_and_keep_their_own() -> None:
    one, again, other = make_person(0, 1), make_person(0, 1), make_person(0, 2)
    assert (one.bones.lengths == again.bones.lengths).all()
    assert np.abs(one.bones.lengths - other.bones.lengths).max() > 0.5
    frames = pose_bones(one.bones, around(ONE, one.bones, np.random.default_rng(0)))
    flesh = make_flesh(one, frames)
    tip = frames.joints[8]
    mine = (flesh.owner == (1, 2)).all(axis=1)
    assert np.linalg.norm(flesh.end[mine] - tip) < one.bones.radii[1, 3], "flesh ends about the tip"


def test_rooms_differ_in_their_light_and_keep_it() -> None:
    rooms = [make_room(0, number) for number in range(20)]
    light = [room.lamps[0].light.mean() * room.exposure for room in rooms]
    assert max(light) > 2 * min(light)
    assert (make_room(0, 3).lamps[0].towards == rooms[3].lamps[0].towards).all()
    assert all(room.lamps[0].towards[2] > 0 for room in rooms), "the strongest lamp is on the camera's side"
