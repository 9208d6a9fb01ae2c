"""Wherever a verb prints a number, it says how many photos are not in it, and why: on the screen and in its JSON."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cli.in_process import unseen
from tests.conftest import TinyRun
from tests.planted_photos import write_photos

LOST = {"truncated": 1, "too narrow: 600 x 1 px": 1, "PSD is not read: convert it to JPEG or PNG": 1, "broken link": 1}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good photos of two classes, and for each reason in `LOST` one that cannot be used; a note is no photo."""
    root = write_photos(tmp_path_factory.mktemp("lost") / "photos", ("blue", "red"), photos=4, sessions=2, seed=5)
    good = (root / "red" / "s0_000.png").read_bytes()
    (root / "red" / "cut.png").write_bytes(good[: len(good) // 2])
    Image.new("RGB", (600, 1)).save(root / "red" / "narrow.png")
    (root / "blue" / "layers.psd").write_bytes(b"8BPS")
    (root / "blue" / "link.jpg").symlink_to("nowhere.jpg")
    (root / "notes.txt").write_text("a note")
    return root


@pytest.mark.parametrize(
    "words",
    [
        ("evaluate", "RUN", "PHOTOS", "--out", "OUT"),
        ("estimate", "RUN", "PHOTOS"),
        ("compare", "RUN", "RUN", "PHOTOS"),
        ("stress", "RUN", "PHOTOS", "--photos", "2", "--page", "OUT/page.html"),
        ("explain", "RUN", "PHOTOS", "--page", "OUT/page.html"),
        ("doctor", "RUN", "PHOTOS", "--out", "OUT"),
        ("segment", "PHOTOS", "--out", "OUT/sheet.png"),
    ],
    ids=lambda words: words[0],
)
def test_what_is_not_measured_is_counted_with_its_reason(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tiny_run: TinyRun,
    photos: Path,
    tmp_path: Path,
    words: tuple[str, ...],
) -> None:
    known = {"RUN": tiny_run.root, "PHOTOS": photos}
    said = [str(known.get(word, word)).replace("OUT", str(tmp_path)) for word in words]
    code, out, err = unseen(capfd, monkeypatch, *said, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    lost = found.get("not_measured") or found["metrics"]["not_measured"]
    expected = dict(LOST)
    if words[0] == "stress":  # the photos are drawn from those whose names can be used
        expected = {reason: number for reason, number in LOST.items() if reason in lost["reasons"]}
        assert lost["photos"] >= 2
    assert lost == {"photos": sum(expected.values()), "reasons": expected}
    pages = [page.read_text() for page in tmp_path.rglob("*.html")]
    assert all("broken link" in page for page in pages)
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    code, out, err = unseen(capfd, monkeypatch, *said)
    assert code == 0, err
    assert "broken link" in out + err


@pytest.mark.parametrize("verb", ["predict", "frames", "audit"])
def test_what_is_not_used_is_listed(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tiny_run: TinyRun,
    photos: Path,
    tmp_path: Path,
    verb: str,
) -> None:
    words = [verb, tiny_run.root, photos] if verb == "predict" else [verb, photos, "--out", tmp_path / "out"]
    code, out, err = unseen(capfd, monkeypatch, *words, "--json")
    assert code == 0, err
    rows = json.loads(out)["rejected"]
    assert {row["reason"]: 1 for row in rows if "notes.txt" not in row["path"]} == LOST


def test_photos_of_classes_that_not_both_runs_know_are_counted(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tiny_run: TinyRun, photos: Path, tmp_path: Path
) -> None:
    shutil.copytree(photos / "blue", tmp_path / "photos" / "violet", symlinks=True)
    shutil.copytree(photos / "red", tmp_path / "photos" / "Red")  # in another case, as for `evaluate`
    code, out, err = unseen(capfd, monkeypatch, "compare", tiny_run.root, tiny_run.root, tmp_path / "photos", "--json")
    assert code == 0, err
    assert json.loads(out)["not_measured"]["reasons"]["class 'violet' is not one of both runs'"] == 4
