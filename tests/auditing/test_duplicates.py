import numpy as np

from tests.split.scenes import crop, digests, jpeg, photos, resized, scene
from unseen.auditing.duplicates import duplicate_findings, find_alike
from unseen.auditing.findings import Finding
from unseen.records import Grouping, Uint8Array
from unseen.split.fingerprint import fingerprint
from unseen.split.groups import find_groups

ALONE = ["A/qx.jpg", "A/rb.jpg", "A/zk.jpg", "B/mu.jpg", "B/vv.jpg", "B/wd.jpg"]


def found(paths: list[str], pixels: list[Uint8Array], files: list[str] | None = None) -> dict[str, Finding]:
    photo_set, prints = photos(paths), fingerprint(pixels)
    files = files or digests(len(paths))
    grouping = find_groups(photo_set, pixels, files, prints=prints)
    return {one.kind: one for one in duplicate_findings(photo_set, find_alike(photo_set, prints, files), grouping)}


def test_different_photos_are_silent() -> None:
    assert found(ALONE, [scene(seed) for seed in range(6)]) == {}


def test_equal_files_are_counted_without_the_first_of_each() -> None:
    pixels = [scene(0), scene(0), scene(0), scene(3), scene(4), scene(5)]
    exact = found(ALONE, pixels, ["d0", "d0", "d0", "d3", "d4", "d5"])["exact-duplicates"]
    assert exact.paths == ("A/rb.jpg", "A/zk.jpg")
    assert (exact.photos, exact.value) == (3, 2 / 6)
    assert [row.paths for row in exact.evidence] == [("A/qx.jpg", "A/rb.jpg", "A/zk.jpg")]


def test_equal_files_are_not_told_again_as_near_identical() -> None:
    pixels = [scene(0), scene(0), *(scene(seed) for seed in range(2, 6))]
    assert "near-duplicates" not in found(ALONE, pixels, ["d0", "d0", "d2", "d3", "d4", "d5"])


def test_a_resaved_and_resized_photo_is_a_near_duplicate() -> None:
    pixels = [scene(0), jpeg(scene(0), 50), resized(scene(0), 96), scene(3), scene(4), crop(scene(4), 0.01)]
    near = found(ALONE, pixels)["near-duplicates"]
    assert set(near.paths) == set(ALONE) - {"B/mu.jpg"}
    assert near.value == 5 / 6
    assert [row.paths for row in near.evidence] == [("A/qx.jpg", "A/rb.jpg", "A/zk.jpg"), ("B/vv.jpg", "B/wd.jpg")]


def test_one_picture_under_two_labels_is_a_conflict() -> None:
    pixels = [scene(0), scene(1), scene(2), jpeg(scene(1)), scene(4), scene(5)]
    conflict = found(ALONE, pixels)["label-conflict"]
    assert conflict.severity >= 0.6
    assert set(conflict.paths) == {"A/rb.jpg", "B/mu.jpg"}
    assert [row.paths for row in conflict.evidence] == [("A/rb.jpg", "B/mu.jpg")]
    assert "'A' and in 'B'" in conflict.headline


def test_each_of_three_equal_files_with_a_stranger_among_them_is_named() -> None:
    pixels = [scene(0), scene(0), scene(2), scene(0), scene(4), scene(5)]
    conflict = found(ALONE, pixels, ["d0", "d0", "d2", "d0", "d4", "d5"])["label-conflict"]
    assert set(conflict.paths) == {"A/qx.jpg", "A/rb.jpg", "B/mu.jpg"}


def test_copies_under_one_label_are_no_conflict() -> None:
    assert "label-conflict" not in found(ALONE, [scene(0), jpeg(scene(0)), *(scene(seed) for seed in range(2, 6))])


def test_sessions_told_by_names_are_counted_and_the_largest_named() -> None:
    paths = [f"{label}/{who}_{i:03d}.jpg" for who in ("ann", "bob", "cy") for label in "AB" for i in range(5)]
    bursts = found(paths, [scene(seed) for seed in range(30)])["bursts"]
    assert (bursts.value, bursts.photos, bursts.details["photos_in_largest"]) == (3.0, 30, 10)
    assert bursts.headline.startswith("Your 30 photos are 3 sessions")


def test_a_few_bursts_among_lone_photos_are_not_called_sessions() -> None:
    names = ["qxw", "rbe", "zkt", "mup", "vvi", "wdo", "gha", "jly"]
    pixels = [scene(0), jpeg(scene(0)), *(scene(seed) for seed in range(2, 8))]
    bursts = found([f"{'AB'[i // 4]}/{name}.jpg" for i, name in enumerate(names)], pixels)["bursts"]
    assert (bursts.value, bursts.unit) == (1.0, "bursts")
    assert bursts.headline.startswith("2 photos of 8 belong to 1 burst:")


def test_groups_that_the_user_stated_are_no_news() -> None:
    photo_set = photos(ALONE, groups=["ann", "ann", "bob", "bob", "cy", "cy"])
    pixels = [scene(seed) for seed in range(6)]
    prints = fingerprint(pixels)
    grouping = find_groups(photo_set, pixels, digests(6), prints=prints)
    assert duplicate_findings(photo_set, find_alike(photo_set, prints, digests(6)), grouping) == []


def test_a_set_without_photos_is_silent() -> None:
    nothing = photos([])
    prints = fingerprint([])
    assert duplicate_findings(nothing, find_alike(nothing, prints, []), Grouping((), ())) == []
    assert np.array_equal(find_alike(nothing, prints, []).equal, np.zeros(0, np.int64))
