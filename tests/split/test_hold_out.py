"""Which new photos are held out: whole groups where there are some, the last of a series where there are none."""

from dataclasses import replace
from pathlib import Path

from unseen.records import Grouping, Part, Photo, PhotoSet
from unseen.split.hold_out import hold_out


def few(groups: dict[str, list[str]]) -> tuple[PhotoSet, Grouping]:
    """Photos of each class, named 1.jpg, 2.jpg, ..., and the group of each."""
    photos = [
        Photo(f"{name}/{i}.jpg", Path("x"), name) for name, each in groups.items() for i in range(1, len(each) + 1)
    ]
    names = [group for each in groups.values() for group in each]
    return PhotoSet(tuple(photos), (), tuple(groups)), Grouping(tuple(names), ())


def test_whole_groups_are_kept_back_where_there_are_some() -> None:
    photos, grouping = few({"a": ["g1"] * 5 + ["g2"] * 5 + ["g3"] * 4, "b": ["g1"] * 5 + ["g2"] * 5 + ["g3"] * 4})
    split = hold_out(photos, grouping, seed=0)
    homes = {
        group: {p for p, g in zip(split.parts, grouping.groups, strict=True) if g == group}
        for group in ("g1", "g2", "g3")
    }
    assert all(len(parts) == 1 for parts in homes.values())
    assert set(split.parts) == {"train", "test"}
    assert split.groups == grouping.groups
    assert split.notes[-1].endswith("by groups: no training photo is of the same group")


def test_of_one_group_the_last_photos_are_held_out_and_it_is_said() -> None:
    """Ten photos by natural order: 1 to 6 learn, 7 to 10 test, though '10' comes before '2' as a text."""
    photos, grouping = few({"a": ["all"] * 10, "b": ["all"] * 3})
    split = hold_out(photos, grouping, seed=0)
    assert split.groups == grouping.groups
    assert split.parts == ("train",) * 6 + ("test",) * 4 + ("train", "train", "test")
    assert "too few groups in 'a', 'b'" in split.notes[0]
    assert "too high" in split.notes[0]
    assert split.notes[0].startswith("5 of 13 new photos are held out")


def test_a_class_of_one_group_is_cut_among_others_that_go_by_groups() -> None:
    photos, grouping = few({"a": ["g1"] * 4 + ["g2"] * 4, "b": ["g1"] * 4 + ["g2"] * 4, "c": ["g3"] * 5})
    split = hold_out(photos, grouping, seed=1)
    parts = [part for photo, part in zip(photos.photos, split.parts, strict=True) if photo.label == "c"]
    assert parts == ["train"] * 3 + ["test"] * 2
    assert "by groups but for these classes; too few groups in 'c'" in split.notes[0]
    for group in ("g1", "g2"):
        assert len({p for p, g in zip(split.parts, grouping.groups, strict=True) if g == group}) == 1


def test_single_photos_are_held_out_one_by_one_and_it_is_said() -> None:
    photos, grouping = few({"a": [f"a{i}" for i in range(10)], "b": [f"b{i}" for i in range(10)]})
    split = hold_out(photos, grouping, seed=0)
    assert split.parts.count("test") == 8
    assert "no groups were found" in split.notes[-1]


def test_parts_that_folders_state_are_kept() -> None:
    photos, grouping = few({"a": ["1", "2", "3"], "b": ["4", "5", "6"]})
    stated: list[Part] = ["test", "train", "train", "train", "train", "test"]
    named = replace(
        photos, photos=tuple(replace(photo, part=part) for photo, part in zip(photos.photos, stated, strict=True))
    )
    assert list(hold_out(named, grouping, seed=0).parts) == stated
