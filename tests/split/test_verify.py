import numpy as np
import pytest

from unseen.errors import UnseenError
from unseen.records import Grouping, Part, Split
from unseen.split.fingerprint import Fingerprints, fingerprint
from unseen.split.groups import find_groups
from unseen.split.plan import plan_split, random_split
from unseen.split.verify import Leak, describe, require_clean, verify

from .scenes import digests, jpeg, photos, scene

SHARES: dict[Part, float] = {"train": 0.5, "validation": 0.25, "test": 0.25}


def test_each_kind_of_leak_is_found_though_the_grouping_does_not_know_it() -> None:
    pixels = [scene(0), scene(1), scene(2), scene(3), jpeg(scene(1)), scene(5)]
    photo_set = photos([f"A/{name}.jpg" for name in "uvwxyz"])
    split = Split(("train", "train", "test", "validation", "test", "test"), tuple("abcdef"))
    grouping = Grouping(("g", "h", "g", "i", "j", "k"), ())
    files = ["d0", "d1", "d2", "d3", "d4", "d3"]
    assert verify(photo_set, split, grouping, fingerprint(pixels), files) == (
        Leak("group", "g", ("train", "test"), ("A/u.jpg", "A/w.jpg")),
        Leak("equal file", "d3", ("validation", "test"), ("A/x.jpg", "A/z.jpg")),
        Leak("near-identical photo", "A/y.jpg", ("train", "test"), ("A/v.jpg", "A/y.jpg")),
    )


def test_copies_inside_one_part_are_no_leak() -> None:
    photo_set = photos(["A/a.jpg", "A/b.jpg", "A/c.jpg"])
    split = Split(("train", "train", "test"), tuple("abc"))
    prints = fingerprint([scene(0), jpeg(scene(0)), scene(1)])
    assert verify(photo_set, split, Grouping(("g", "g", "h"), ()), prints, ["d", "d", "e"]) == ()


def test_a_planned_split_is_clean_and_a_random_one_is_not() -> None:
    pixels = [photo for seed in range(24) for photo in (scene(seed), jpeg(scene(seed), 30 + seed))]
    paths = [f"{'AB'[i % 2]}/{(i * 7919) % 9973:x}q.jpg" for i in range(48)]
    photo_set, prints = photos(paths), fingerprint(pixels)
    grouping = find_groups(photo_set, pixels, digests(48), prints=prints)
    require_clean(verify(photo_set, plan_split(photo_set, grouping, SHARES, 0), grouping, prints, digests(48)))
    leaks = verify(photo_set, random_split(photo_set, SHARES, 0), grouping, prints, digests(48))
    assert {leak.kind for leak in leaks} == {"group", "near-identical photo"}


def test_the_error_counts_and_shows_one() -> None:
    leak = Leak("group", "g", ("train", "test"), ("A/u.jpg", "A/w.jpg"))
    with pytest.raises(UnseenError) as caught:
        require_clean([leak, leak, Leak("equal file", "d", ("train", "test"), ("a", "b"))])
    assert str(caught.value) == (
        "2 groups, 1 equal file are in two parts (such as A/u.jpg in train and A/w.jpg in test):"
        " split again without --split, or report this as a bug"
    )
    require_clean([])
    assert describe([]) == "no group, equal file or near-identical photo is in two parts"


def test_arguments_of_different_sets_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        verify(photos(["A/a.jpg"]), Split(("train",), ("a",)), Grouping(("a",), ()), fingerprint([]), ["d"])


def test_a_still_room_is_settled_in_bounded_time() -> None:
    levels = np.zeros((1500, 1024), np.int8)
    levels[:, 0] = 127
    zeros = np.zeros(1500, np.uint64)
    prints = Fingerprints(zeros, zeros, levels, np.full(1500, 40, np.float32))
    photo_set = photos([f"A/{i}.jpg" for i in range(1500)])
    grouping = find_groups(photo_set, [], digests(1500), prints=prints)
    assert len(set(grouping.groups)) == 1
    split = Split(("train",) * 1499 + ("test",), grouping.groups)
    kinds = [leak.kind for leak in verify(photo_set, split, grouping, prints, digests(1500))]
    assert kinds == ["group", "near-identical photo"]
