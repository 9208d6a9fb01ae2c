import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from tests.clips.made_clips import textured, write_clip
from tests.photos.pictures import write_tree
from unseen.clips.clip_photos import expand_clips, frames_of
from unseen.dataset.load import Source, named_photos
from unseen.errors import UnreadablePhoto, UnseenError
from unseen.photos.decode import decode
from unseen.records import Photo, PhotoSet
from unseen.sources.open_photos import open_photos


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))


def clip(path: Path, *seeds: int) -> Path:
    return write_clip(path, [textured(seed) for seed in seeds for _ in range(5)])


def test_clips_in_class_folders_are_groups_of_frames_beside_photos(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", "A/1.png", "B/2.png")
    clip(root / "A" / "one.mp4", 1, 2)
    clip(root / "B" / "two.gif", 3, 4, 5)
    clip(root / "B" / "ann" / "three.webm", 6)
    (root / "B" / "broken.avi").write_bytes(b"RIFF")
    photos = open_photos(root)
    by_group: dict[tuple[str, str | None], list[Photo]] = defaultdict(list)
    for photo in photos.photos:
        by_group[photo.label, photo.group].append(photo)
    assert {key: len(some) for key, some in by_group.items()} == {
        ("A", None): 1,
        ("A", "A/one.mp4"): 2,
        ("B", None): 1,
        ("B", "B/two.gif"): 3,
        ("B", "ann"): 1,
    }
    assert [(row.path, row.reason) for row in photos.rejected] == [("B/broken.avi", "damaged clip, or not a video")]
    assert any("6 frames taken from 3 clips, each clip one group" in note for note in photos.notes)
    frames = by_group["A", "A/one.mp4"]
    assert [frame.path for frame in frames] == [f"A/one.mp4/{Path(frame.path).name}" for frame in frames]
    for frame, seed in zip(frames, (1, 2), strict=True):
        assert np.abs(decode(frame.file, 96)[..., :3].astype(int) - textured(seed)).mean() < 25


def test_frames_are_kept_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = frames_of(clip(tmp_path / "a.mp4", 1, 2))
    (tmp_path / "a.mp4").rename(tmp_path / "b.mov")
    monkeypatch.setattr("unseen.clips.clip_photos.read_frames", lambda _: pytest.fail("decoded twice"))
    assert frames_of(tmp_path / "b.mov") == first


def test_a_recording_that_was_cut_off_gives_what_it_has(tmp_path: Path) -> None:
    whole = clip(tmp_path / "a.mkv", *range(8))
    (tmp_path / "cut.mkv").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert 0 < len(frames_of(tmp_path / "cut.mkv")) < len(frames_of(whole)) == 8


def test_a_class_of_clips_that_cannot_be_read_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_tree(tmp_path / "root", "A/1.png", "B/2.png")
    clip(root / "C" / "one.mp4", 1)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UnseenError, match=r"class 'C' has 1 file .*pip install 'unseen\[video\]'"):
        named_photos(Source(str(root)))


def test_a_set_without_clips_is_the_same_set(tmp_path: Path) -> None:
    root = write_tree(tmp_path, "A/1.png")
    photos = PhotoSet((Photo("A/1.png", root / "A/1.png", "A"),), (), ("A",))
    assert expand_clips(photos) is photos
    with pytest.raises(UnreadablePhoto, match="cannot be opened"):
        frames_of(tmp_path / "gone.mp4")
