import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.in_process import unseen
from tests.clips.made_clips import textured, write_clip
from tests.photos.pictures import write_tree
from unseen.api import frames
from unseen.errors import UnseenError
from unseen.sources.open_photos import open_photos


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))


def clip(path: Path, *seeds: int) -> Path:
    return write_clip(path, [textured(seed) for seed in seeds for _ in range(5)])


def test_what_is_written_trains_as_the_source_does(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", "train/A/1.png", "train/B/2.png", "test/B/ann/2.png", "test/A/bob/3.png")
    clip(root / "train" / "A" / "one.mp4", 1, 2)
    (root / "train" / "B" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    shown = frames(root, tmp_path / "out")
    source, written = open_photos(root), open_photos(tmp_path / "out")

    def facts(path: Path) -> list[tuple[str, str | None, bytes]]:
        photos = [photo for photo in open_photos(path).photos if "broken" not in photo.path]
        return sorted((photo.label, photo.part, photo.file.read_bytes()) for photo in photos)

    assert facts(root) == facts(tmp_path / "out")
    assert written.classes == source.classes
    assert [row.path for row in shown.rejected] == ["train/B/broken.png"]
    of_clip = [photo for photo in written.photos if photo.path.endswith("s.jpg")]
    assert len(of_clip) == 2
    assert {photo.group for photo in of_clip} == {"train_A_one.mp4"}


def test_the_sheet_has_a_row_a_class(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name, colour in (("red", (250, 0, 0)), ("blue", (0, 0, 250))):
        (root / name).mkdir(parents=True)
        for i in range(10):
            Image.new("RGB", (150 + i, 150), colour).save(root / name / f"{i}.png")
    shown = frames(root, tmp_path / "out")
    assert shown.rows == {"blue": 10, "red": 10}
    sheet = np.asarray(Image.open(shown.sheet))
    assert sheet.shape[1] == 8 * 120 + 7 * 4
    assert (sheet[60, 60::124] == (0, 0, 250)).all()
    assert (sheet[-60, 60::124] == (250, 0, 0)).all()


def test_one_clip_and_a_flat_folder_of_clips(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wave = clip(tmp_path / "clips" / "wave.webm", 1, 2, 3)
    clip(tmp_path / "clips" / "point.mp4", 4)
    code, out, _ = unseen(capfd, monkeypatch, "frames", wave, "--out", tmp_path / "one", "--json")
    content = json.loads(out)
    assert (code, content["rows"]) == (0, {"wave.webm": 3})
    assert [Path(path).parts[0] for path in content["photos"]] == ["wave.webm"] * 3
    assert all((tmp_path / "one" / path).is_file() for path in content["photos"])
    assert frames(tmp_path / "clips", tmp_path / "both").rows == {"point.mp4": 1, "wave.webm": 3}
    code, _, err = unseen(capfd, monkeypatch, "frames", wave, "--out", tmp_path / "one")
    assert (code, "is taken: name another --out" in err) == (1, True)


def test_a_clip_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"nothing")
    with pytest.raises(UnseenError, match=r"a\.mp4: damaged clip, or not a video"):
        frames(tmp_path / "a.mp4", tmp_path / "out")
    assert not (tmp_path / "out").exists()
