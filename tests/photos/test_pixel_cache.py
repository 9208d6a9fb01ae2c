import os
import pickle
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.photos.pictures import encoded, noisy
from unseen.photos import pixel_cache as module
from unseen.photos.decode import decode, decode_with_header
from unseen.photos.header import Header
from unseen.photos.pixel_cache import Loaded, PixelCache
from unseen.progress import Silent
from unseen.records import Photo, Uint8Array
from unseen.store.folder import cache_root, cache_size, clear


class Recorder(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []
        self.steps = 0
        self.total: int | None = None

    @contextmanager
    def task(self, name: str, total: int | None, unit: str) -> Iterator["Recorder"]:
        assert (name, unit) == ("read photos", "photos")
        self.total = total
        yield self

    def advance(self, steps: int = 1, note: str = "") -> None:
        self.steps += steps

    def say(self, text: str) -> None:
        self.said.append(text)


def written(folder: Path, count: int = 6, first: int = 0) -> list[Photo]:
    """Photos of different sizes, an hour old, so that their times are trusted."""
    folder.mkdir(parents=True, exist_ok=True)
    photos = []
    for seed in range(first, first + count):
        file = folder / f"{seed}.png"
        file.write_bytes(encoded(noisy(seed, 20 + seed), "PNG"))
        age(file, 3600)
        photos.append(Photo(file.name, file, "A"))
    return photos


def age(file: Path, seconds: float) -> None:
    then = file.stat().st_mtime - seconds
    os.utime(file, (then, then))


def packs(folder: Path) -> list[Path]:
    return sorted((cache_root(folder) / "pixels").glob("*.pack"))


def same(loaded: Loaded, photos: list[Photo], side_px: int) -> bool:
    usable = [photos[i] for i in loaded.positions]
    return len(loaded.pixels) == len(usable) and all(
        np.array_equal(pixels, decode(photo.file, side_px)) for pixels, photo in zip(loaded.pixels, usable, strict=True)
    )


def forbid(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for name in names:
        monkeypatch.setattr(module, name, lambda *_, name=name: pytest.fail(f"{name} was called"))


def counted_decodes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []

    def counted(content: bytes, side_px: int) -> tuple[Uint8Array, Header]:
        calls.append(1)
        return decode_with_header(content, side_px)

    monkeypatch.setattr(module, "decode_with_header", counted)
    return calls


def test_pixels_are_those_of_decode_and_read_only(tmp_path: Path) -> None:
    photos = written(tmp_path / "in")
    progress = Recorder()
    loaded = PixelCache(tmp_path / "cache").load(photos, 22, progress)
    assert same(loaded, photos, 22)
    assert loaded.positions.tolist() == list(range(6))
    assert [pixels.shape for pixels in loaded.pixels] == [(20, 20, 4), (21, 21, 4), *[(22, 22, 4)] * 4]
    assert loaded.headers.width.tolist() == [20, 21, 22, 23, 24, 25]
    assert len(loaded.digests[0]) == 64
    assert (progress.steps, progress.total) == (6, 6)
    with pytest.raises(ValueError, match="read-only"):
        loaded.pixels[0][0, 0, 0] = 1
    copy = pickle.loads(pickle.dumps(loaded.pixels))  # noqa: S301 - how worker processes get it
    assert np.array_equal(copy[3], loaded.pixels[3])


def test_second_run_neither_reads_nor_decodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = written(tmp_path / "in")
    first = PixelCache(tmp_path / "cache").load(photos, 22, Silent())
    expected = [pixels.copy() for pixels in first.pixels]
    forbid(monkeypatch, "decode_with_header", "read_photo")
    progress = Recorder()
    second = PixelCache(tmp_path / "cache").load(photos[::-1], 22, progress)
    assert second.digests == first.digests[::-1]
    assert second.headers.formats == ("PNG",) * 6
    assert np.array_equal(second.headers.file_bytes, first.headers.file_bytes[::-1])
    assert all(np.array_equal(a, b) for a, b in zip(second.pixels, expected[::-1], strict=True))
    assert progress.steps == 6


def test_moved_photos_are_read_but_not_decoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = written(tmp_path / "in")
    PixelCache(tmp_path / "cache").load(photos, 22, Silent())
    (tmp_path / "in").rename(tmp_path / "moved")
    moved = [Photo(photo.path, tmp_path / "moved" / photo.path, "A") for photo in photos]
    with monkeypatch.context() as patched:
        forbid(patched, "decode_with_header")
        loaded = PixelCache(tmp_path / "cache").load(moved, 22, Silent())
    assert same(loaded, moved, 22)


def test_changed_photos_other_sides_and_other_decoders_are_decoded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = written(tmp_path / "in")
    cache = PixelCache(tmp_path / "cache")
    old = cache.load(photos, 22, Silent())
    photos[2].file.write_bytes(encoded(noisy(99), "PNG"))
    new = cache.load(photos, 22, Silent())
    assert new.digests[2] != old.digests[2]
    assert same(new, photos, 22)
    assert same(cache.load(photos, 10, Silent()), photos, 10)
    monkeypatch.setattr(module, "DECODER_VERSION", -1)
    calls = counted_decodes(monkeypatch)
    cache.load(photos, 22, Silent())
    assert len(calls) == 6


def test_bad_photos_are_rows_and_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = written(tmp_path / "in", 4)
    photos[1].file.write_bytes(photos[1].file.read_bytes()[:200])
    photos[3].file.unlink()
    cache = PixelCache(tmp_path / "cache")
    first = cache.load(photos, 22, Silent())
    assert first.positions.tolist() == [0, 2]
    assert [row.path for row in first.rejected] == ["1.png", "3.png"]
    assert first.rejected[0].reason == "truncated"
    assert first.rejected[1].reason.startswith("cannot be opened")
    forbid(monkeypatch, "decode_with_header")
    assert cache.load(photos, 22, Silent()).rejected == first.rejected
    assert len(cache.load([], 22, Silent()).pixels) == 0


def test_the_same_content_twice_is_stored_once(tmp_path: Path) -> None:
    photos = written(tmp_path / "in", 1) * 5
    loaded = PixelCache(tmp_path / "cache").load(photos, 20, Silent())
    assert len(loaded.pixels) == 5
    assert packs(tmp_path / "cache")[0].stat().st_size == 20 * 20 * 4


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "gone", "index", "index gone"])
def test_damage_is_found_and_rebuilt(tmp_path: Path, harm: str) -> None:
    photos = written(tmp_path / "in")
    cache = PixelCache(tmp_path / "cache")
    cache.load(photos, 22, Silent())
    (pack,) = packs(tmp_path / "cache")
    content = bytearray(pack.read_bytes())
    if harm == "flip":
        content[len(content) // 2] ^= 1
        pack.write_bytes(content)
    elif harm in ("cut", "empty"):
        pack.write_bytes(content[: len(content) // 2 if harm == "cut" else 0])
    elif harm == "gone":
        pack.unlink()
    elif harm == "index":
        (pack.parent / "store.sqlite").write_bytes(b"rubbish" * 1000)
    else:
        (pack.parent / "store.sqlite").unlink()
    assert same(cache.load(photos, 22, Silent()), photos, 22)


def test_a_writer_killed_midway_leaves_what_it_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = written(tmp_path / "in", 8)
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from unseen.photos import pixel_cache as cache\n"
        "from unseen.progress import Silent\n"
        "from unseen.records import Photo\n"
        "cache._COMMIT_PHOTOS = 3\n"
        "real = cache._Load._keep\n"
        "kept = []\n"
        "def keep(self, *given):\n"
        "    kept.append(1)\n"
        "    if len(kept) == 6: os._exit(9)\n"
        "    real(self, *given)\n"
        "cache._Load._keep = keep\n"
        "photos = [Photo(p.name, p, 'A') for p in sorted(Path(sys.argv[1]).iterdir())]\n"
        "cache.PixelCache(Path(sys.argv[2])).load(photos, 22, Silent())\n"
    )
    source = Path(module.__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    killed = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "in"), str(tmp_path / "cache")], env=environment, check=False
    )
    assert killed.returncode == 9
    calls = counted_decodes(monkeypatch)
    assert same(PixelCache(tmp_path / "cache").load(photos, 22, Silent()), photos, 22)
    assert len(calls) == 5  # three of eight were committed


def test_writers_at_the_same_time_do_not_collide(tmp_path: Path) -> None:
    photos = written(tmp_path / "in", 30)
    results: list[Loaded] = []

    def work() -> None:
        results.append(PixelCache(tmp_path / "cache").load(photos, 22, Silent()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(same(loaded, photos, 22) for loaded in results)


def test_size_is_bounded_by_dropping_the_longest_unused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sets = [written(tmp_path / f"in{i}", 1, first=i) for i in range(3)]
    one = (22 + 1) ** 2 * 4
    cache = PixelCache(tmp_path / "cache", limit_bytes=2 * one)
    for photos in (sets[0], sets[1], sets[0]):
        cache.load(photos, 30, Silent())
    cache.load(sets[2], 30, Silent())
    cache.load(sets[0], 30, Silent())  # three packs are above the limit: the first set is in use, the second older
    with monkeypatch.context() as patched:
        forbid(patched, "decode_with_header")
        cache.load(sets[0], 30, Silent())
    assert len(packs(tmp_path / "cache")) == 2
    tight = PixelCache(tmp_path / "cache", limit_bytes=1)
    loaded = tight.load(sets[0], 30, Silent())
    assert same(loaded, sets[0], 30)
    assert len(packs(tmp_path / "cache")) == 1


def test_unwritable_folder_falls_back_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    progress = Recorder()
    photos = written(tmp_path / "in", 2)
    assert same(PixelCache(tmp_path / "file").load(photos, 22, progress), photos, 22)
    assert len(progress.said) == 1
    assert "cannot be written" in progress.said[0]


def test_size_and_clear_touch_only_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    assert (cache_size(), clear()) == (0, 0)
    PixelCache().load(written(tmp_path / "in"), 22, Silent())
    (tmp_path / "cache" / "mine.txt").write_text("keep")
    assert cache_size() > 6 * 20 * 20 * 4
    assert clear() > 0
    assert cache_size() == 0
    assert (tmp_path / "cache" / "mine.txt").read_text() == "keep"


def test_the_index_forgets_files_younger_than_its_clock(tmp_path: Path) -> None:
    photos = written(tmp_path / "in", 2)
    os.utime(photos[0].file)  # just now: it could change again without its time changing
    PixelCache(tmp_path / "cache").load(photos, 22, Silent())
    connection = sqlite3.connect(cache_root(tmp_path / "cache") / "pixels" / "store.sqlite")
    known = [Path(row[0]).name for row in connection.execute("SELECT key FROM entries WHERE key LIKE 'file:%'")]
    connection.close()
    assert known == ["1.png"]
