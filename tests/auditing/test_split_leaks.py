from tests.split.scenes import digests, jpeg, photos, scene
from unseen.auditing.findings import Finding
from unseen.auditing.split_leaks import leak_findings
from unseen.records import Grouping, Split, Uint8Array
from unseen.split.fingerprint import fingerprint
from unseen.split.verify import verify

ALONE = ["A/qx.jpg", "A/rb.jpg", "A/zk.jpg", "B/mu.jpg", "B/vv.jpg", "B/wd.jpg"]


def leaks_of(split: Split, grouping: Grouping, pixels: list[Uint8Array], files: list[str]) -> dict[str, Finding]:
    photo_set, prints = photos(ALONE), fingerprint(pixels)
    leaks = verify(photo_set, split, grouping, prints, files)
    return {one.kind: one for one in leak_findings(photo_set, split, grouping, files, leaks)}


def test_a_leak_counts_every_test_photo_it_touches() -> None:
    split = Split(("train", "validation", "test", "test", "test", "train"), tuple(ALONE))
    grouping = Grouping(("g", "g", "g", "g", "alone", "other"), ())
    leak = leaks_of(split, grouping, [scene(seed) for seed in range(6)], digests(6))["leak-group"]
    assert leak.paths == ("A/zk.jpg", "B/mu.jpg")  # though `verify` names the validation photo
    assert (leak.photos, leak.total) == (2, 3)
    assert leak.severity >= 0.9


def test_equal_and_near_identical_photos_leak_by_name() -> None:
    split = Split(("train", "train", "train", "test", "test", "test"), tuple(ALONE))
    pixels = [scene(0), scene(1), scene(2), scene(0), jpeg(scene(1)), scene(5)]
    leaks = leaks_of(split, Grouping(tuple("abcdef"), ()), pixels, ["d0", "d1", "d2", "d0", "d4", "d5"])
    assert leaks["leak-equal-file"].paths == ("B/mu.jpg",)
    assert leaks["leak-near-identical-photo"].paths == ("B/vv.jpg",)
    assert set(leaks) == {"leak-equal-file", "leak-near-identical-photo"}


def test_a_clean_split_leaks_nothing() -> None:
    split = Split(("train", "train", "train", "test", "test", "test"), tuple(ALONE))
    assert leaks_of(split, Grouping(tuple("aabbcc"), ()), [scene(seed) for seed in range(6)], digests(6)) != {}
    assert leaks_of(split, Grouping(tuple("aabccd"), ()), [scene(seed) for seed in range(6)], digests(6)) == {}
