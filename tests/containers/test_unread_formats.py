"""Files that are not read are named with what to do, and where it can be done here, it works."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.photos.pictures import write_tree
from unseen.errors import UnseenError
from unseen.sources.open_photos import open_photos


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("train_signs.h5", "is HDF5, which is not read: save its pictures and labels as X.npy and Y.npy"),
        ("data.pickle", r"is a pickle \(they can run programs\), which is not read: save its pictures"),
        ("hands.mat", "is MATLAB's format"),
        ("hands.tar.gz", "is an archive, which is not read: unpack it, and name the folder"),
        ("hands.rar", "is an archive"),
        ("hands.tfrecord", "is records of TensorFlow, which is not read: name the folder that tfds wrote"),
    ],
)
def test_a_format_that_is_not_read_is_named(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_bytes(b"some bytes")
    for source in (tmp_path / "data" / name, tmp_path / "data"):
        with pytest.raises(UnseenError, match=f"{name} {said}") as error:
            open_photos(source)
        assert "\n" not in str(error.value)


def test_arrays_in_one_file_are_read_once_it_is_named(tmp_path: Path) -> None:
    pictures = np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8)
    np.savez(tmp_path / "hands.npz", x_train=pictures, y_train=[0, 1, 0, 1], x_test=pictures[:2] + 1, y_test=[0, 1])
    with pytest.raises(
        UnseenError, match=r"hands.npz is a file of NumPy arrays, which is not read: name the file itself"
    ):
        open_photos(tmp_path)
    photos = open_photos(tmp_path / "hands.npz")
    assert [photo.part for photo in photos.photos].count("test") == 2
    np.savez(tmp_path / "odd.npz", pictures, [0, 1, 0, 1])
    with pytest.raises(
        UnseenError, match=r"is an array without its partner.*call pictures X.npy and their labels Y.npy"
    ):
        open_photos(tmp_path / "odd.npz")
    np.savez(tmp_path / "odd.npz", X=pictures, Y=[0, 1, 0, 1])
    assert open_photos(tmp_path / "odd.npz").classes == ("0", "1")


def test_a_folder_of_zips_is_unpacked_as_the_line_says(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("Rock", "Paper"):  # Teachable Machine
        photo = write_tree(tmp_path / "photos", f"{name}.jpg") / f"{name}.jpg"
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as packed:
            packed.write(photo, "0.jpg")
    with pytest.raises(UnseenError, match="holds 2 zips: unpack each into a folder of its own name"):
        open_photos(folder)
    for file in folder.glob("*.zip"):
        with zipfile.ZipFile(file) as packed:
            packed.extractall(file.with_suffix(""))
    assert open_photos(folder).classes == ("Paper", "Rock")
