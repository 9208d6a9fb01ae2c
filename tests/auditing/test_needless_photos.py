import numpy as np
from PIL import Image, ImageOps

from tests.split.scenes import digests, jpeg, photos, scene
from unseen.auditing.duplicates import find_alike
from unseen.auditing.findings import Finding
from unseen.auditing.needless_photos import needless_findings
from unseen.records import Uint8Array
from unseen.split.fingerprint import fingerprint
from unseen.split.groups import find_groups


def found(paths: list[str], pixels: list[Uint8Array]) -> dict[str, Finding]:
    photo_set, prints, files = photos(paths), fingerprint(pixels), digests(len(paths))
    grouping = find_groups(photo_set, pixels, files, prints=prints)
    return {one.kind: one for one in needless_findings(photo_set, grouping, find_alike(photo_set, prints, files))}


def mirrored(photo: Uint8Array) -> Uint8Array:
    return np.asarray(ImageOps.mirror(Image.fromarray(photo)))


def test_copies_told_by_names_are_counted_without_their_sources() -> None:
    paths = [f"A/{i:03d}{suffix}.jpg" for i in range(6) for suffix in ("", "_flip", "_aug2")]
    copies = found(paths, [scene(seed) for seed in range(18)])["augmented-copies"]
    assert (copies.photos, copies.total, copies.details["sources"]) == (12, 18, 6)
    assert copies.evidence[0].paths == ("A/000.jpg", "A/000_aug2.jpg", "A/000_flip.jpg")
    assert "A/000.jpg" not in copies.paths


def test_mirrored_copies_under_names_that_say_nothing_are_counted() -> None:
    names = ["qx", "wr", "zk", "mu", "vv", "wd", "ry", "ty"]
    base = [scene(seed, cells=7) for seed in range(6)]
    pixels = [*base, mirrored(base[1]), mirrored(base[4])]
    copies = found([f"A/{name}.jpg" for name in names], pixels)["augmented-copies"]
    assert {row.paths for row in copies.evidence} == {("A/ry.jpg", "A/wr.jpg"), ("A/ty.jpg", "A/vv.jpg")}


def test_photos_that_are_no_copies_are_silent() -> None:
    assert found([f"A/IMG_{i}.jpg" for i in range(12)], [scene(seed) for seed in range(12)]) == {}


def test_a_class_of_video_frames_shows_few_moments() -> None:
    frames = [jpeg(scene(moment), 60 + k) for moment in range(3) for k in range(6)]
    paths = [*(f"A/f{i:03d}.jpg" for i in range(18)), *(f"B/q{i:03d}.jpg" for i in range(18))]
    frozen = found(paths, [*frames, *(scene(seed) for seed in range(50, 68))])["frozen-frames"]
    assert frozen.details == {"photos": {"A": 18}, "moments": {"A": 3}}
    assert (frozen.photos, frozen.total, frozen.value) == (18, 36, 6.0)
    assert len(frozen.paths) == 15


def test_two_frames_of_each_moment_are_no_frozen_frames() -> None:
    frames = [jpeg(scene(moment), 60 + k) for moment in range(9) for k in range(2)]
    assert "frozen-frames" not in found([f"A/f{i:03d}.jpg" for i in range(18)], frames)
