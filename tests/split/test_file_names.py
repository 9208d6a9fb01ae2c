from collections import Counter

import pytest

from unseen.split.file_names import NO_PREFIX, name_sessions

from .scenes import photos


def sessions(paths: list[str]) -> list[str | None]:
    return list(name_sessions(photos(paths).photos))


def test_prefix_before_the_counters_is_the_session_across_classes() -> None:
    prefixes = {"2_": 9, "1528664299.56_": 7, "3_1528505750.77_": 8, "": 6}
    paths, truth = [], []
    for label in ("rock", "paper"):
        for prefix, n in prefixes.items():
            paths += [f"{label}/{prefix}pic{i:05d}_{i % 2}.jpg" for i in range(n)]
            truth += [prefix or NO_PREFIX] * n
    assert sessions(paths) == truth


def test_a_session_named_like_a_class_is_not_taken_for_the_class() -> None:
    paths = [f"{label}/{s}_pic{i:05d}_0.jpg" for label in "012" for s in (2, 5, 7) for i in range(6)]
    assert Counter(sessions(paths)) == {"2_": 18, "5_": 18, "7_": 18}


@pytest.mark.parametrize(
    "names",
    [
        [f"IMG_{4000 + 7 * i}.JPG" for i in range(60)],
        [f"DSC{i:05d}.jpg" for i in range(60)],
        [f"{label}{i}.jpg" for label in "A" for i in range(60)],
        [f"A_{i}.jpg" for i in range(60)],
        [f"photo ({i}).png" for i in range(60)],
        [f"left_{i}.jpg" for i in range(30)] + [f"right_{i}.jpg" for i in range(30)],
        [f"{(i * 2654435761) % 2**32:08x}-{i * 40503 % 2**16:04x}-{i % 7}.jpg" for i in range(60)],
    ],
)
def test_cameras_counters_classes_and_random_names_say_nothing(names: list[str]) -> None:
    paths = [f"{label}/{name}" for label in "AB" for name in names]
    assert set(sessions(paths)) == {None}


def test_letters_of_the_class_say_nothing_even_where_some_differ() -> None:
    paths = [f"{label}/{label}{i}.jpg" for label in "ABCDEFGHN" for i in range(40)]
    paths += [f"Nothing/{prefix}{i}.jpg" for prefix in ("N", "Nothing", "Nothingc") for i in range(10)]
    assert set(sessions(paths)) == {None}


def test_the_class_by_another_name_says_nothing() -> None:
    paths = [f"{label}/{other}_{i}.jpg" for label, other in (("ok", "fine"), ("up", "thumb")) for i in range(20)]
    assert set(sessions(paths)) == {None}


def test_one_common_prefix_among_many_odd_ones_says_nothing() -> None:
    names = [f"set_{i}.jpg" for i in range(60)] + [f"{chr(97 + i) * 3}_{i}.jpg" for i in range(12)]
    assert set(sessions([f"{'AB'[i % 2]}/{name}" for i, name in enumerate(names)])) == {None}


def test_clips_and_people_are_sessions() -> None:
    clips = [f"A/clip{c}_frame{i:04d}.png" for c in "AB" for i in range(10)]
    assert Counter(sessions(clips)) == {"clipA_": 10, "clipB_": 10}
    people = [f"{label}/{who}{i}.jpg" for label in "XY" for who in ("anna", "ben") for i in range(9)]
    assert Counter(sessions(people)) == {"anna": 18, "ben": 18}


def test_the_person_is_taken_rather_than_the_session_of_a_person() -> None:
    paths = [f"A/P{p:02d}_S{s}_{i:03d}.jpg" for p in range(5) for s in range(3) for i in range(6)]
    assert set(sessions(paths)) == {f"P{p:02d}_" for p in range(5)}


def test_the_class_inside_a_name_is_left_out_of_the_session() -> None:
    paths = [f"{label}/P{p:02d}_{label}_{i:03d}.jpg" for label in "AB" for p in range(5) for i in range(6)]
    assert set(sessions(paths)) == {f"P{p:02d}_" for p in range(5)}


def test_times_less_than_two_minutes_apart_are_one_session_across_classes() -> None:
    early = [f"A/IMG_20240131_1015{s:02d}.jpg" for s in range(0, 60, 20)] + ["B/IMG_20240131_101630.jpg"]
    late = ["A/IMG_20240131_102000.jpg", "B/IMG_20240131_102150.jpg"]
    alone = ["B/IMG_20240201_090000.jpg"]
    found = sessions([*early, *late, *alone])
    assert found == ["2024-01-31 10:15:00"] * 4 + ["2024-01-31 10:20:00"] * 2 + [None]


def test_epoch_seconds_are_times_and_impossible_dates_are_not() -> None:
    assert len(set(sessions([f"A/{1700000000 + 60 * i}.jpg" for i in range(5)]))) == 1
    assert set(sessions([f"A/20240231_10150{i}.jpg" for i in range(9)])) == {None}


def test_the_name_of_a_person_outranks_the_time() -> None:
    paths = [f"A/{who}_20240131_1015{s:02d}.jpg" for who in ("anna", "ben") for s in range(10, 40, 3)]
    assert Counter(sessions(paths)) == {"anna_": 10, "ben_": 10}
