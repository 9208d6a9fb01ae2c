import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.in_process import unseen
from tests.clips.made_clips import write_clip
from tests.conftest import TinyRun
from unseen.errors import UnreadablePhoto
from unseen.inference.clip_predictions import ClipPrediction, predict_files, together
from unseen.inference.predictor import Prediction, Predictor
from unseen.records import Rejected

CLASSES = ("a", "b", "c")


def said(*shares: float) -> Prediction:
    return Prediction(CLASSES[int(np.argmax(shares))], max(shares), shares, CLASSES)


def test_frames_together_multiply() -> None:
    both = together([said(0.6, 0.3, 0.1), said(0.2, 0.6, 0.2)])
    mixed = np.sqrt([0.6 * 0.2, 0.3 * 0.6, 0.1 * 0.2])
    assert both.probabilities == pytest.approx(mixed / mixed.sum())
    assert (both.label, both.frames) == ("b", 2)
    assert together([said(1, 0, 0), said(0.4, 0.5, 0.1)]).label == "a"  # b is certain not to be on the first
    assert together([said(0.2, 0.7, 0.1)]).probabilities == pytest.approx((0.2, 0.7, 0.1))


@pytest.fixture
def clip(tiny_run: TinyRun, tmp_path: Path) -> Path:
    files = sorted((tiny_run.photos / "green").glob("*.png"))[:6]
    pictures = [np.asarray(Image.open(file).convert("RGB").resize((96, 96))) for file in files]
    return write_clip(tmp_path / "green.mp4", [picture for picture in pictures for _ in range(5)])


def test_a_clip_gives_its_frames_and_then_itself(tiny_run: TinyRun, clip: Path) -> None:
    photo = tiny_run.photos / "red" / "s1_001.png"
    broken = clip.with_name("broken.webm")
    broken.write_bytes(b"nothing")
    predictor = Predictor(tiny_run.root, threads=1)
    rows = list(predict_files(predictor, [photo, clip, broken, photo]))
    assert rows[0] == rows[-1] == (photo, predictor.predict(photo))
    assert isinstance(rows[-2][1], Rejected)
    path, whole = rows[-3]
    frames = [row for _, row in rows[1:-3] if isinstance(row, Prediction)]
    assert path == clip
    assert isinstance(whole, ClipPrediction)
    assert whole == together(frames)
    assert all(path.parent == clip for path, _ in rows[1:-3])


def test_a_path_of_a_clip_is_predicted_in_python_too(tiny_run: TinyRun, clip: Path) -> None:
    photo, predictor = tiny_run.photos / "red" / "s1_001.png", Predictor(tiny_run.root, threads=1)
    *_, (_, whole) = predict_files(predictor, [clip])
    assert predictor.predict(clip) == predictor.predict(str(clip)) == whole
    assert predictor.predict([clip, photo]) == [whole, predictor.predict(photo)]
    broken = clip.with_name("broken.webm")
    broken.write_bytes(b"nothing")
    with pytest.raises(UnreadablePhoto):
        predictor.predict(broken)


def test_the_command_line_shows_both(
    tiny_run: TinyRun, clip: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = unseen(capfd, monkeypatch, "predict", tiny_run.root, clip, "--json")
    content = json.loads(out)
    (whole,) = content["clips"]
    assert (code, whole["path"], whole["frames"]) == (0, str(clip), len(content["predictions"]))
    assert sum(whole["probabilities"].values()) == pytest.approx(1)
    _, out, _ = unseen(capfd, monkeypatch, "predict", tiny_run.root, clip)
    assert f"{whole['label']}  {clip} ({whole['frames']} frames together)" in out.splitlines()[-1].replace(
        "1 frame t", "1 frames t"
    )
    _, out, _ = unseen(capfd, monkeypatch, "predict", tiny_run.root, clip, "--csv")
    assert len(out.splitlines()) == 1 + whole["frames"] + 1
