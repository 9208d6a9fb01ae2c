from collections import Counter
from dataclasses import replace

import numpy as np

from unseen.records import Grouping, PhotoSet, Uint8Array
from unseen.split.fingerprint import fingerprint
from unseen.split.groups import find_groups
from unseen.split.plan import plan_split
from unseen.split.verify import verify

from .scenes import correlation, crop, digests, hand_on_wall, jpeg, pan, photos, scene


def group(photo_set: PhotoSet, pixels: list[Uint8Array], files: list[str] | None = None) -> Grouping:
    return find_groups(photo_set, pixels, files or digests(len(pixels)))


def test_planted_copies_join_across_classes_and_the_rest_stand_alone() -> None:
    paths = [f"{'AB'[i % 2]}/{name}.jpg" for i, name in enumerate(["qe", "wr", "et", "ry", "tu"])]
    base = [scene(i) for i in range(4)]
    grouping = group(photos(paths), [*base, crop(jpeg(base[1]), 0.01)])
    assert grouping.groups == ("A/qe.jpg", "burst:A/tu.jpg", "A/et.jpg", "B/ry.jpg", "burst:A/tu.jpg")
    assert [(r.kind, r.photos, r.groups) for r in grouping.reasons] == [("duplicate", 2, 1), ("single", 3, 3)]
    assert grouping.reasons[0].text == "2 photos in 1 group of near-identical frames"


def test_equal_files_join_even_where_pixels_say_nothing() -> None:
    blank = np.full((64, 64, 4), 255, np.uint8)
    grouping = group(photos(["A/x.jpg", "B/y.jpg", "A/z.jpg"]), [blank] * 3, ["same", "other", "same"])
    assert grouping.groups == ("copies:A/x.jpg", "B/y.jpg", "copies:A/x.jpg")


def test_stated_groups_stay_whole_and_names_are_not_read_where_one_is_stated() -> None:
    paths = [f"{label}/2_pic{i}.jpg" for label in "AB" for i in range(4)]
    stated = ["anna", "anna", "ben", "ben"] * 2
    grouping = group(photos(paths, stated), [scene(i) for i in range(8)])
    assert grouping.groups == tuple(stated)
    assert [(r.kind, r.photos, r.groups) for r in grouping.reasons] == [("stated", 8, 2)]


def test_groups_by_folder_say_so() -> None:
    paths = [f"A/{person}/{i}.jpg" for person in ("p1", "p2") for i in range(2)]
    photo_set = photos([path.replace("A/p", "p") for path in paths], ["p1", "p1", "p2", "p2"])
    reason = group(photo_set, [scene(i) for i in range(4)]).reasons[0]
    assert (reason.kind, reason.text) == ("folder", "4 photos in 2 groups by folder (such as 'p1' for p1/0.jpg)")


def test_sessions_by_name_say_so() -> None:
    paths = [f"{label}/{s}_pic{i:03d}_0.jpg" for label in "AB" for s in (2, 5) for i in range(5)]
    grouping = group(photos(paths), [scene(i) for i in range(20)])
    assert Counter(grouping.groups) == {"2_": 10, "5_": 10}
    assert grouping.reasons[0].text == "20 photos in 2 sessions by file name (such as '2_' in 2_pic000_0.jpg)"


def test_a_copy_joins_two_people_but_a_look_alike_does_not() -> None:
    frames = pan(4, 2, step=9)
    prints = fingerprint(frames)
    assert 0.86 < correlation(prints, 0, 1) < 0.98  # a burst, had nobody said otherwise
    assert set(group(photos(["A/A0.jpg", "A/A1.jpg"]), frames).groups) == {"burst:A/A0.jpg"}
    photo_set = photos([f"A/A{i}.jpg" for i in range(2)], ["anna", "ben"])
    assert group(photo_set, frames).groups == ("anna", "ben")
    joined = group(photo_set, [frames[0], jpeg(frames[0])])
    assert set(joined.groups) == {"anna+ben"}


def test_a_session_by_name_is_not_the_person_of_the_same_name() -> None:
    paths = [f"{label}/{s}_pic{i:03d}_0.jpg" for label in "AB" for s in ("anna", "ben") for i in range(5)]
    stated = ["anna_", *[None] * 19]
    grouping = group(photos(paths, stated), [scene(i) for i in range(20)])
    assert Counter(grouping.groups) == {"anna_": 1, "anna_ (by name)": 9, "ben_": 10}


def test_a_slow_pan_is_not_chained_into_one_group() -> None:
    frames = pan(7, 80, step=4)
    prints = fingerprint(frames)
    thumbs = prints.thumbs(slice(None))
    neighbours = (thumbs[:-1] * thumbs[1:]).sum(axis=1)
    assert neighbours.min() > 0.9  # single links would swallow all 80
    assert correlation(prints, 0, -1) < 0.6
    sizes = Counter(group(photos([f"A/A{i:03d}.jpg" for i in range(80)]), frames).groups)
    assert max(sizes.values()) <= 20
    assert len(sizes) <= 40  # bursts are found all the same


def test_hands_on_one_wall_stay_apart() -> None:
    places = [(y, x) for y in (15, 65, 115) for x in (15, 65, 115)]
    names = ["qx", "bw", "zr", "mk", "ty", "ud", "ee", "ff", "gg"]
    grouping = group(photos([f"A/{name}.jpg" for name in names]), [hand_on_wall(5, place) for place in places])
    assert len(set(grouping.groups)) == 9


def test_fingerprints_given_are_used_instead_of_pixels() -> None:
    base = [scene(1), jpeg(scene(1))]
    grouping = find_groups(photos(["A/a.jpg", "A/b.jpg"]), [], digests(2), prints=fingerprint(base))
    assert len(set(grouping.groups)) == 1


def person_by_person(people: int, same_wall: bool, seed: int = 3) -> tuple[PhotoSet, list[Uint8Array]]:
    """Five signs of each person by one camera; a person's photos share a wall, or every photo has its own."""
    names = [f"{'ABCDE'[i % 5]}/IMG_{1000 + i}.jpg" for i in range(5 * people)]
    walls = [seed + (i // 5 if same_wall else i) for i in range(len(names))]
    places = [(15 + 20 * (i % 5), 25 * (i % 5)) for i in range(len(names))]
    return photos(names), [hand_on_wall(wall, place, size=60) for wall, place in zip(walls, places, strict=True)]


def test_rounds_of_the_camera_are_people_who_never_cross() -> None:
    photo_set, pixels = person_by_person(12, same_wall=True)
    grouping = group(photo_set, pixels)
    assert list(grouping.groups) == [f"IMG_{1000 + 5 * p} to IMG_{1004 + 5 * p}" for p in range(12) for _ in range(5)]
    assert [(r.kind, r.photos, r.groups) for r in grouping.reasons] == [("name", 60, 12)]
    split = plan_split(photo_set, grouping, {"train": 0.7, "test": 0.3}, 0)
    assert verify(photo_set, split, grouping, fingerprint(pixels), digests(60)) == ()


def test_a_program_that_numbers_the_classes_in_turn_is_no_camera() -> None:
    grouping = group(*person_by_person(12, same_wall=False))
    assert len(set(grouping.groups)) == 60


def test_a_stated_group_outranks_the_round_and_a_copy_joins_rounds() -> None:
    photo_set, pixels = person_by_person(12, same_wall=True)
    stated = [replace(p, group="anna") if i < 5 else p for i, p in enumerate(photo_set.photos)]
    pixels[59] = jpeg(pixels[50])
    found = group(replace(photo_set, photos=tuple(stated)), pixels).groups
    assert found[:5] == ("anna",) * 5
    assert set(found[50:]) == {"IMG_1050 to IMG_1054+IMG_1055 to IMG_1059"}
    assert len(set(found)) == 11


def test_look_alikes_of_two_rounds_stay_apart() -> None:
    photo_set, pixels = person_by_person(12, same_wall=True)
    frames = pan(4, 2, step=9)
    pixels[0], pixels[5] = frames
    assert len(set(group(photo_set, pixels).groups)) == 12


def test_no_photos() -> None:
    assert group(photos([]), []) == Grouping((), ())
