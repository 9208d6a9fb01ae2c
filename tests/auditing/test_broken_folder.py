import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.auditing.planted_facts import sharp
from unseen.auditing.background import Backgrounds, describe_backgrounds
from unseen.auditing.duplicates import Alike, find_alike
from unseen.auditing.photo_facts import Facts, measure_facts
from unseen.auditing.quality import quality_findings
from unseen.photos.pixel_cache import PixelCache
from unseen.progress import Silent
from unseen.records import Grouping, PhotoSet
from unseen.sources.open_photos import open_photos
from unseen.split.fingerprint import Fingerprints, fingerprint
from unseen.split.groups import find_groups

GOOD = 4


@dataclass(frozen=True)
class Audited:
    photos: PhotoSet
    facts: Facts
    prints: Fingerprints
    backgrounds: Backgrounds
    groups: Grouping
    alike: Alike
    rejected: dict[str, str]


def audited(folder: Path, cache: Path) -> Audited:
    """All that an audit does to photos before it judges; every part is as long as the usable photos."""
    named = open_photos(folder)
    loaded = PixelCache(cache).load(named.photos, 192, Silent())
    photos = named.select(loaded.positions.tolist())
    facts = measure_facts(photos, loaded.pixels)
    prints = fingerprint(loaded.pixels)
    groups = find_groups(photos, loaded.pixels, loaded.digests)
    backgrounds = describe_backgrounds(loaded.pixels)
    alike = find_alike(photos, prints, loaded.digests)
    quality_findings(photos, facts)
    n = len(photos.photos)
    assert {n} == {len(facts), len(prints), len(groups.groups), len(backgrounds.colours), len(alike.copies)}
    rows = [*named.rejected, *loaded.rejected]
    assert len({row.path for row in rows}) == len(rows)
    return Audited(photos, facts, prints, backgrounds, groups, alike, {row.path: row.reason for row in rows})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of four sound photos each."""
    made = tmp_path / "photos"
    for k, label in enumerate("ab"):
        (made / label).mkdir(parents=True)
        for i in range(GOOD):
            save(made / label / f"good{i}.jpg", 10 * k + i)
    return made


def save(file: Path, seed: int) -> None:
    Image.fromarray(sharp(seed)[..., :3]).save(file, quality=90)


def truncated(file: Path) -> None:
    save(file, 90)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def bomb(file: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    assert file.stat().st_size < 100_000


BROKEN: dict[str, tuple[str, Callable[[Path], object]]] = {
    "cut.jpg": ("truncated", truncated),
    "empty.jpg": ("empty file", lambda file: file.write_bytes(b"")),
    "text.jpg": ("not an image", lambda file: file.write_text("Dear diary, today I photographed my hand.")),
    "marker.jpg": ("damaged", lambda file: file.write_bytes(b"\xff\xd8")),
    "bomb.png": ("too many pixels (20000 x 20000)", bomb),
    "gone.jpg": ("broken link", lambda file: file.symlink_to("nowhere.jpg")),
    "self.jpg": ("cannot be read", lambda file: file.symlink_to("self.jpg")),
    "pipe.jpg": ("not a file", os.mkfifo),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_photo_is_a_row_with_its_reason(name: str, folder: Path, tmp_path: Path) -> None:
    reason, make = BROKEN[name]
    make(folder / "a" / name)
    found = audited(folder, tmp_path / "cache")
    assert len(found.photos.photos) == 2 * GOOD
    assert set(found.rejected) == {f"a/{name}"}
    assert reason in found.rejected[f"a/{name}"]


def test_all_of_them_at_once_and_again_from_the_cache(folder: Path, tmp_path: Path) -> None:
    for name, (_, make) in BROKEN.items():
        make(folder / "b" / name)
    (folder / "a" / "up").symlink_to(folder, target_is_directory=True)
    first = audited(folder, tmp_path / "cache")
    assert len(first.photos.photos) == 2 * GOOD
    assert set(first.rejected) == {f"b/{name}" for name in BROKEN} | {"a/up"}
    assert "already read" in first.rejected["a/up"]
    again = audited(folder, tmp_path / "cache")
    assert again.rejected == first.rejected
    assert np.array_equal(again.facts.brightness, first.facts.brightness)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_a_row(folder: Path, tmp_path: Path) -> None:
    (folder / "a" / "good0.jpg").chmod(0)
    found = audited(folder, tmp_path / "cache")
    assert set(found.rejected) == {"a/good0.jpg"}
    assert "cannot be opened" in found.rejected["a/good0.jpg"]


@pytest.mark.parametrize("name", ["手.jpg", "рука.jpg", "يد.jpg", "हाथ.jpg", "🖐.jpg", "new\nline.jpg", "-rf *?.jpg"])
def test_names_in_any_script_are_usable(name: str, folder: Path, tmp_path: Path) -> None:
    save(folder / "a" / name, 50)
    found = audited(folder, tmp_path / "cache")
    assert f"a/{name}" in {photo.path for photo in found.photos.photos}
    assert not found.rejected


def test_a_name_that_is_no_text_is_a_row(folder: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"hand\xff.jpg")  # Latin-1 from an old card: a lone surrogate in Python
    try:
        save(folder / "a" / name, 50)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    found = audited(folder, tmp_path / "cache")
    assert len(found.photos.photos) == 2 * GOOD
    ((path, reason),) = found.rejected.items()
    assert path.encode()  # can be printed
    assert "name is not valid text" in reason


def test_a_deep_folder_is_read_to_its_end(folder: Path, tmp_path: Path) -> None:
    deep = folder / "a" / Path(*["d"] * 200)
    deep.mkdir(parents=True)
    save(deep / "far.jpg", 60)
    found = audited(folder, tmp_path / "cache")
    assert not found.rejected
    assert len(found.photos.photos) == 2 * GOOD + 1
    assert {photo.label for photo in found.photos.photos} == {"a", "b"}


@pytest.mark.slow
def test_fifty_thousand_files_in_one_folder(folder: Path, tmp_path: Path) -> None:
    for i in range(50_000):
        (folder / "b" / f"{i}.jpg").write_bytes(b"x%d" % i)
    found = audited(folder, tmp_path / "cache")
    assert len(found.photos.photos) == 2 * GOOD
    assert len(found.rejected) == 50_000
