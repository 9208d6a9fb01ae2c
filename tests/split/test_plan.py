from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unseen.errors import UnseenError
from unseen.records import PARTS, Grouping, Part, PhotoSet
from unseen.split.plan import plan_split, random_split

from .scenes import photos

SHARES: dict[Part, float] = {"train": 0.7, "validation": 0.15, "test": 0.15}


def planted(sizes: list[tuple[str, int]]) -> tuple[PhotoSet, Grouping]:
    """Groups g0, g1, ... of (label, photos) each; photos of a group in several classes: the same name twice."""
    paths, groups = [], []
    for g, (labels, n) in enumerate(sizes):
        for i in range(n):
            paths.append(f"{labels[i % len(labels)]}/g{g}_{i}.jpg")
            groups.append(f"g{g}")
    return photos(paths), Grouping(tuple(groups), ())


def share(parts: tuple[Part, ...], part: Part) -> float:
    return parts.count(part) / len(parts)


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.tuples(st.sampled_from(["A", "B", "AB", "ABC"]), st.integers(1, 12)), min_size=25, max_size=60),
    shares=st.sampled_from([(0.7, 0.15, 0.15), (0.5, 0.25, 0.25), (0.8, 0.0, 0.2)]),
    seed=st.integers(0, 5),
)
def test_groups_stay_whole_and_shares_are_near(
    sizes: list[tuple[str, int]], shares: tuple[float, float, float], seed: int
) -> None:
    sizes = [*sizes, ("ABC", 6), ("ABC", 6), ("ABC", 6), ("AB", 4), ("AB", 4), ("AB", 4)]
    photo_set, grouping = planted(sizes)
    wished: dict[Part, float] = dict(zip(PARTS, shares, strict=True))
    split = plan_split(photo_set, grouping, wished, seed)
    parts_of: dict[str, set[str]] = {}
    for name, part in zip(split.groups, split.parts, strict=True):
        parts_of.setdefault(name, set()).add(part)
    assert all(len(found) == 1 for found in parts_of.values())
    assert split.groups == grouping.groups
    n = len(split.parts)
    largest = max(count for _, count in sizes)
    for part, wish in wished.items():
        assert abs(share(split.parts, part) - wish) <= largest / n + 0.02
        for name in photo_set.classes:
            of_class = [p for photo, p in zip(photo_set.photos, split.parts, strict=True) if photo.label == name]
            assert abs(of_class.count(part) / len(of_class) - wish) <= largest / len(of_class) + 0.05
    assert plan_split(photo_set, grouping, wished, seed) == split


def test_the_order_of_the_photos_does_not_matter_and_the_seed_does() -> None:
    photo_set, grouping = planted([("AB", 5)] * 30)
    split = plan_split(photo_set, grouping, SHARES, 1)
    order = np.random.default_rng(0).permutation(len(split.parts)).tolist()
    shuffled = Grouping(tuple(grouping.groups[i] for i in order), ())
    again = plan_split(photo_set.select(order), shuffled, SHARES, 1)
    assert again.parts == tuple(split.parts[i] for i in order)
    assert plan_split(photo_set, grouping, SHARES, 2).parts != split.parts


def test_single_photos_are_split_exactly() -> None:
    photo_set, grouping = planted([("A", 1)] * 200 + [("B", 1)] * 40)
    counts = Counter(
        (photo.label, part)
        for photo, part in zip(photo_set.photos, plan_split(photo_set, grouping, SHARES, 0).parts, strict=True)
    )
    assert counts == {
        ("A", "train"): 140, ("A", "validation"): 30, ("A", "test"): 30,
        ("B", "train"): 28, ("B", "validation"): 6, ("B", "test"): 6,
    }  # fmt: skip


def test_large_groups_find_the_only_even_split() -> None:
    photo_set, grouping = planted([("AB", 50), ("AB", 20), ("AB", 16), ("AB", 14)])
    split = plan_split(photo_set, grouping, {"train": 0.7, "validation": 0.14, "test": 0.16}, 0)
    assert [split.parts.count(part) for part in PARTS] == [70, 14, 16]


def test_classes_with_few_groups_go_to_train_then_test_and_are_noted() -> None:
    photo_set, grouping = planted([("A", 6)] * 12 + [("B", 30)] + [("C", 10)] * 2)
    split = plan_split(photo_set, grouping, SHARES, 0)
    where: dict[str, set[str]] = {}
    for photo, part in zip(photo_set.photos, split.parts, strict=True):
        where.setdefault(photo.label, set()).add(part)
    assert where == {"A": set(PARTS), "B": {"train"}, "C": {"train", "test"}}
    assert "class 'B' comes from 1 group: not in every part, test or validation goes without" in split.notes
    assert "test has no photo of class 'B': it cannot be measured on unseen photos" in split.notes


def test_two_groups_leave_validation_empty_with_a_note() -> None:
    photo_set, grouping = planted([("AB", 20), ("AB", 10)])
    split = plan_split(photo_set, grouping, SHARES, 0)
    assert Counter(split.parts) == {"train": 20, "test": 10}
    assert "2 groups cannot fill 3 parts: validation is empty" in split.notes
    assert any(note.startswith("test holds 33% of the photos, 15% requested") for note in split.notes)


def test_one_group_in_all_is_an_error_that_says_what_to_do() -> None:
    photo_set, grouping = planted([("AB", 20)])
    with pytest.raises(UnseenError, match=r"all 20 photos are one group, 2 needed: add photos taken"):
        plan_split(photo_set, grouping, SHARES, 0)


def test_one_group_a_class_is_an_error() -> None:
    photo_set, grouping = planted([("A", 20), ("B", 20), ("C", 20)])
    with pytest.raises(UnseenError, match=r"^0 classes of 3 can be both trained on and measured.*--split random$"):
        plan_split(photo_set, grouping, SHARES, 0)


def test_stated_parts_are_kept_and_validation_is_carved_by_groups() -> None:
    photo_set, grouping = planted([("AB", 10)] * 10)
    stated: list[Part | None] = ["train"] * 70
    stated += ["test"] * 30
    photo_set = photos([photo.path for photo in photo_set.photos], parts=stated)
    split = plan_split(photo_set, grouping, {"train": 0.6, "validation": 0.2, "test": 0.2}, 0)
    assert split.parts[70:] == ("test",) * 30
    assert "test" not in split.parts[:70]
    validation = {g for g, part in zip(split.groups, split.parts, strict=True) if part == "validation"}
    train = {g for g, part in zip(split.groups, split.parts, strict=True) if part == "train"}
    assert not validation & train
    assert split.parts.count("validation") == 20
    assert "no validation part is stated: 20 photos were taken from train, by groups" in split.notes
    none: dict[Part, float] = {"train": 0.8, "test": 0.2}
    assert plan_split(photo_set, grouping, none, 0).parts == tuple(stated)


def test_a_test_part_is_never_made_of_stated_parts() -> None:
    photo_set, grouping = planted([("AB", 10)] * 4)
    stated: list[Part | None] = ["train"] * 30
    stated += ["validation"] * 8
    photo_set = photos([p.path for p in photo_set.photos], parts=[*stated, None, None])
    split = plan_split(photo_set, grouping, SHARES, 0)
    assert Counter(split.parts) == {"train": 32, "validation": 8}
    assert "2 photos without a stated part went to train" in split.notes
    assert any(note.startswith("no test part is stated: test is empty") for note in split.notes)


def test_stated_parts_without_train_are_an_error() -> None:
    photo_set, grouping = planted([("AB", 10)])
    photo_set = photos([p.path for p in photo_set.photos], parts=["test"] * 10)
    with pytest.raises(UnseenError, match="none is train"):
        plan_split(photo_set, grouping, SHARES, 0)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"train": 0.7, "test": 0.7}, r"shares 0.7/0/0.7 sum to 1.4"),
        ({"train": 0.0, "test": 1.0}, "train has a share of 0"),
        ({"train": 0.5, "dev": 0.5}, "'dev' is not a part"),
        ({"train": 1.5, "test": -0.5}, "sum to 1"),
    ],
)
def test_impossible_shares_are_refused(shares: dict[Part, float], message: str) -> None:
    photo_set, grouping = planted([("AB", 10)] * 4)
    with pytest.raises(UnseenError, match=message):
        plan_split(photo_set, grouping, shares, 0)


def test_no_photos_is_an_error() -> None:
    with pytest.raises(UnseenError, match="no photos to split"):
        plan_split(photos([]), Grouping((), ()), SHARES, 0)


def test_a_random_split_is_stratified_and_breaks_groups() -> None:
    photo_set, grouping = planted([("A", 100), ("B", 40), ("A", 100)])
    split = random_split(photo_set, SHARES, 3)
    for name, n in (("A", 200), ("B", 40)):
        for part, wish in SHARES.items():
            found = sum(
                p == part for photo, p in zip(photo_set.photos, split.parts, strict=True) if photo.label == name
            )
            assert abs(found - wish * n) < 1
    assert len({part for g, part in zip(grouping.groups, split.parts, strict=True) if g == "g0"}) == 3
    assert split == random_split(photo_set, SHARES, 3)
    assert split.parts != random_split(photo_set, SHARES, 4).parts
    assert "validation" not in random_split(photo_set, {"train": 0.8, "test": 0.2}, 0).parts
