from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from unseen.records import Grouping
from unseen.split.camera_clock import BURST_SECONDS, MAX_A_SECOND, clock_bursts
from unseen.split.groups import find_groups

from .scenes import digests, hand_on_wall, jpeg, pan, photos, scene

PHONE = "Maker Phone"
NOON = 1_714_996_800.0  # 2024-05-06 12:00:00


def names(seconds: Sequence[float], cameras: Sequence[str] | None = None) -> tuple[str | None, ...]:
    return clock_bursts(NOON + np.array(seconds), cameras or [PHONE] * len(seconds)).names


def test_a_pause_ends_a_burst_and_a_chain_may_be_long() -> None:
    found = names([0, 20, 40, 61, 200, 210])
    assert found == (*["2024-05-06 12:00:00 Maker Phone"] * 3, None, *["2024-05-06 12:03:20 Maker Phone"] * 2)
    assert BURST_SECONDS == 20


def test_the_order_of_the_photos_does_not_matter() -> None:
    assert names([210, 0, 61, 20]) == (None, "2024-05-06 12:00:00 Maker Phone", None, "2024-05-06 12:00:00 Maker Phone")


def test_each_camera_has_its_own_clock_and_the_unknown_have_none() -> None:
    found = names([0, 1, 2, 3, 4, np.nan, 500], ["A", "B", "A", "", "", "A", "B"])
    assert found == ("2024-05-06 12:00:00 A", None, "2024-05-06 12:00:00 A", None, None, None, None)


def test_a_camera_whose_clock_stands_still_is_not_used_and_the_others_are() -> None:
    still = [0.0] * (MAX_A_SECOND + 1)
    found = clock_bursts(NOON + np.array([*still, 0, 5, 90]), ["Still"] * len(still) + [PHONE] * 3)
    assert Counter(found.names) == {None: len(still) + 1, "2024-05-06 12:00:00 Maker Phone": 2}
    assert found.doubts == (
        "the camera's clock is not used for 11 photos: 11 of Still were taken at 2024-05-06 12:00:00",
    )
    assert clock_bursts(NOON + np.zeros(MAX_A_SECOND), [PHONE] * MAX_A_SECOND).doubts != ()  # all of the set
    assert set(names([*still[1:], 900])) == {None, "2024-05-06 12:00:00 Maker Phone"}  # ten frames a second are a burst


def test_one_time_for_the_photos_of_all_cameras_is_not_used() -> None:
    found = clock_bursts(np.full(8, NOON), ["A", "B"] * 4)
    assert set(found.names) == {None}
    assert found.doubts == ("the camera's clock is not used for 8 photos: all have one time",)


@pytest.mark.parametrize(("first", "rest", "used"), [(70, 50, False), (55, 65, True), (40, 20, True), (40, 0, False)])
def test_a_burst_of_most_of_a_large_set_or_all_of_a_small_one_is_not_used(first: int, rest: int, used: bool) -> None:
    seconds = [*range(0, 3 * first, 3), *(10_000 + 100 * i for i in range(rest))]
    found = clock_bursts(NOON + np.array(seconds, np.float64), [PHONE] * len(seconds))
    assert Counter(found.names)["2024-05-06 12:00:00 Maker Phone"] == (first if used else 0)
    why = f"{first} photos: they would be one burst, of {first + rest} photos in all"
    assert found.doubts == (() if used else (f"the camera's clock is not used for {why}",))


def grouped(
    seconds: Sequence[float], stated: Sequence[str | None] | None = None, paths: str = "qwertyuiop"
) -> Grouping:
    photo_set = photos([f"{'AB'[i % 2]}/{paths[i]}.jpg" for i in range(len(seconds))], stated)
    pixels = [scene(i) for i in range(len(seconds))]
    taken = NOON + np.array(seconds, np.float64)
    return find_groups(photo_set, pixels, digests(len(pixels)), taken=taken, cameras=[PHONE] * len(pixels))


def test_bursts_cross_classes_and_say_so() -> None:
    grouping = grouped([0, 5, 100, 110, 120, 900])
    assert Counter(Counter(grouping.groups).values()) == {2: 1, 3: 1, 1: 1}
    assert grouping.groups[0] == grouping.groups[1] == "2024-05-06 12:00:00 Maker Phone"
    assert [(r.kind, r.photos, r.groups, r.text) for r in grouping.reasons][:1] == [
        ("burst", 5, 2, "5 photos in 2 bursts by the camera's clock (at most 20 s apart)")
    ]


def test_a_clock_that_is_not_used_is_told_and_joins_nothing() -> None:
    grouping = grouped([0.0] * 6)
    assert len(set(grouping.groups)) == 6
    assert [(r.kind, r.photos, r.groups) for r in grouping.reasons] == [("burst", 0, 0), ("single", 6, 6)]


def test_stated_groups_outrank_the_clock() -> None:
    stated = ["anna", "ben", None, None, None, None]
    assert Counter(grouped([0, 1, 2, 3, 100, 200], stated).groups) == {
        "anna": 1,
        "ben": 1,
        "2024-05-06 12:00:02 Maker Phone": 2,
        "A/t.jpg": 1,
        "B/y.jpg": 1,
    }


def test_people_in_a_queue_stay_apart_where_the_counter_tells_them() -> None:
    paths = [f"{'ABCDE'[i % 5]}/IMG_{1000 + i}.jpg" for i in range(60)]
    pixels = [hand_on_wall(3 + i // 5, (15 + 20 * (i % 5), 25 * (i % 5)), size=60) for i in range(60)]
    taken = NOON + 4 * np.arange(60, dtype=np.float64)
    found = find_groups(photos(paths), pixels, digests(60), taken=taken, cameras=[PHONE] * 60).groups
    assert len(set(found)) == 12


def test_look_alikes_and_copies_still_join_two_bursts() -> None:
    frames = pan(4, 2, step=9)  # alike enough for a burst, had the file names been neighbours
    photo_set = photos([f"A/A{i}.jpg" for i in range(4)])
    taken = NOON + np.array([0, 5, 400, 405.0])
    other = [scene(1), jpeg(scene(1), 90)]
    joined = find_groups(
        photo_set, [frames[0], frames[0], frames[1], frames[1]], digests(4), taken=taken, cameras=["c"] * 4
    )
    assert len(set(joined.groups)) == 1
    copied = find_groups(
        photo_set, [scene(7), other[0], other[1], scene(8)], digests(4), taken=taken, cameras=["c"] * 4
    )
    assert set(copied.groups) == {"2024-05-06 12:00:00 c+2024-05-06 12:06:40 c"}


def test_without_times_nothing_changes() -> None:
    pixels = [scene(i) for i in range(4)]
    photo_set = photos([f"A/{name}.jpg" for name in "qwer"])
    unknown = find_groups(photo_set, pixels, digests(4), taken=np.full(4, np.nan), cameras=[""] * 4)
    assert unknown == find_groups(photo_set, pixels, digests(4))
