"""Photos without regard to their labels: from files and folders, and from what holds photos, by names people know."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.cli.in_process import unseen
from tests.conftest import TinyRun
from tests.photos.pictures import write_tree
from unseen.pipelines.stages.listed_photos import listed_photos


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))


def names(paths: list[Path]) -> list[str]:
    called, _ = listed_photos(paths)
    assert all(file.is_file() for file in called)
    return list(called.values())


def test_files_and_folders_are_called_as_they_are_and_none_comes_twice(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "in", "1.png", "deep/2.png")
    paths = [root / "1.png", root]
    assert names(paths) == [str(root / "1.png"), str(root / "deep/2.png")]


def test_what_a_zip_an_array_or_a_table_holds(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "in", "1.png", "2.png", "notes.txt")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for file in sorted(root.iterdir()):
            packed.write(file, f"flat/{file.name}")
    (root / "some.csv").write_text("path,label\n2.png,A\ngone.png,B\n")
    (tmp_path / "arrays").mkdir()
    np.save(tmp_path / "arrays" / "X.npy", np.zeros((2, 8, 8), np.uint8))
    np.save(tmp_path / "arrays" / "Y.npy", [0, 1])
    assert names([tmp_path / "a.zip"]) == [f"{tmp_path}/a.zip/flat/1.png", f"{tmp_path}/a.zip/flat/2.png"]
    assert names([root / "some.csv"]) == [str(root / "2.png")]
    assert names([tmp_path / "arrays"]) == [f"{tmp_path}/arrays/X.npy/{i}.png" for i in range(2)]
    _, rejected = listed_photos([tmp_path / "a.zip", root / "some.csv", tmp_path / "absent"])
    assert {row.path: row.reason for row in rejected} == {
        f"{tmp_path}/a.zip/flat/notes.txt": "not a photo: .txt",
        f"{root}/some.csv/gone.png": "file is not there",
        str(tmp_path / "absent"): "not there: check the path",
    }


def test_an_address_is_said_to_be_one() -> None:
    _, rejected = listed_photos([Path("https://example.org/hand.jpg")])
    assert [row.reason for row in rejected] == ["an address, not a file: download it"]


def test_predict_and_explain_take_a_zip(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tiny_run: TinyRun, tmp_path: Path
) -> None:
    photo = next((tiny_run.photos / "red").glob("s*.png"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.write(photo, "red/1.png")
    _, plain, _ = unseen(capfd, monkeypatch, "predict", tiny_run.root, photo)
    code, out, err = unseen(capfd, monkeypatch, "predict", tiny_run.root, tmp_path / "a.zip")
    assert code == 0, err
    assert out.split()[:2] == plain.split()[:2]
    assert out.split()[2] == f"{tmp_path}/a.zip/red/1.png"
    code, out, err = unseen(capfd, monkeypatch, "explain", tiny_run.root, tmp_path / "a.zip")
    assert code == 0, err
    assert out.startswith(f"{tmp_path}/a.zip/red/1.png: ")


def test_an_empty_argument_is_not_the_current_folder(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tiny_run: TinyRun
) -> None:
    for verb in (("predict", tiny_run.root), ("evaluate", tiny_run.root), ("train",)):
        code, out, err = unseen(capfd, monkeypatch, *verb, "")
        assert (code, out) == (1, "")
        assert err == "unseen: an argument is empty: check the variable that stands there\n"
