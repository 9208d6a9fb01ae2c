import sys
from pathlib import Path

import numpy as np
import pytest

from tests.clips.made_clips import textured, turn, write_clip
from unseen.clips.read_frames import is_clip, read_frames
from unseen.errors import UnreadablePhoto
from unseen.records import Uint8Array


def cornered() -> Uint8Array:
    """48 rows of 64 pixels, black, red in the top left corner."""
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:24, :32] = (250, 0, 0)
    return pixels


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".avi", ".mov", ".gif"])
def test_every_container_gives_its_frames_in_order(tmp_path: Path, suffix: str) -> None:
    planted = [textured(seed) for seed in range(4)]
    clip = write_clip(tmp_path / f"a{suffix}", planted)
    read = list(read_frames(clip))
    assert [seconds for seconds, _ in read] == pytest.approx([0, 0.1, 0.2, 0.3], abs=0.01)
    for (_, pixels), truth in zip(read, planted, strict=True):
        assert np.abs(pixels.astype(int) - truth).mean() < 25  # chroma at half resolution, 256 colours in a GIF
    assert is_clip(clip)


@pytest.mark.parametrize(("degrees", "corner"), [(90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_frames_are_turned_as_the_camera_was_held(tmp_path: Path, degrees: int, corner: tuple[int, int]) -> None:
    clip = turn(write_clip(tmp_path / "a.mp4", [cornered()] * 3), degrees)
    _, pixels = next(iter(read_frames(clip)))
    assert pixels.shape == ((64, 48, 3) if degrees % 180 else (48, 64, 3))
    red = {(y, x): int(pixels[y, x, 0]) > 200 for y in (0, -1) for x in (0, -1)}
    assert [at for at, is_red in red.items() if is_red] == [corner]


def test_of_many_frames_a_second_ten_are_read(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", [textured(seed) for seed in range(60)], rate=30)
    assert [round(seconds, 1) for seconds, _ in read_frames(clip)] == [round(i / 10, 1) for i in range(20)]


def test_what_is_no_video_says_so(tmp_path: Path) -> None:
    for name, content in {
        "text.mp4": b"no video",
        "empty.mov": b"",
        "list.mp4": b"#EXTM3U\n#EXTINF:9,\na.mp4\n",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadablePhoto, match="damaged clip, or not a video"):
            list(read_frames(tmp_path / name))


def test_without_pyav_the_reason_is_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = write_clip(tmp_path / "a.mp4", [textured(0)])
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UnreadablePhoto, match=r"pip install 'unseen\[video\]'"):
        list(read_frames(clip))


def test_a_gif_of_one_frame_is_a_photo(tmp_path: Path) -> None:
    assert not is_clip(write_clip(tmp_path / "a.gif", [textured(0)]))
    (tmp_path / "b.gif").write_bytes(b"GIF89a")
    assert not is_clip(tmp_path / "b.gif")
