import zipfile
from pathlib import Path

import numpy as np
import pytest

from unseen.containers.npy_pairs import find_pairs, read_npy
from unseen.errors import UnseenError
from unseen.photos.decode import decode
from unseen.records import PhotoSet, Uint8Array
from unseen.sources.open_photos import open_photos

RAMP = np.arange(48, dtype=np.uint8).reshape(3, 4, 4) * 5


def save(folder: Path, pictures: object, labels: object, names: tuple[str, str] = ("X", "Y")) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{names[0]}.npy", np.asarray(pictures))
    np.save(folder / f"{names[1]}.npy", np.asarray(labels))
    return folder


def pixels(photos: PhotoSet) -> Uint8Array:
    return np.stack([decode(photo.file, 28)[..., :3] for photo in photos.photos])


@pytest.mark.parametrize(
    "pictures", [RAMP, RAMP / 255, RAMP.astype(np.float32)[..., None], RAMP[:, None], RAMP.astype(np.int64)]
)
def test_every_way_of_writing_grey_pictures_gives_the_same_pixels(tmp_path: Path, pictures: object) -> None:
    photos = open_photos(save(tmp_path, pictures, [0, 1, 1]))
    assert (pixels(photos) == RAMP[..., None]).all()
    assert [photo.label for photo in photos.photos] == ["0", "1", "1"]


@pytest.mark.parametrize(
    ("labels", "meant"),
    [
        (np.eye(3)[[2, 0, 1]], ["2", "0", "1"]),
        (np.array([[2], [0], [1]]), ["2", "0", "1"]),
        (np.array([2.0, 0.0, 1.0]), ["2", "0", "1"]),
        (np.array(["手", "b", "c"]), ["手", "b", "c"]),
        (np.array([b"a", b"b", b"c"]), ["a", "b", "c"]),
    ],
)
def test_labels_are_numbers_texts_or_one_hot_rows(tmp_path: Path, labels: object, meant: list[str]) -> None:
    photos = read_npy(save(tmp_path, RAMP, labels) / "X.npy")
    assert [photo.label for photo in photos.photos] == meant


def test_colours_keep_their_places_whether_channels_come_last_or_first(tmp_path: Path) -> None:
    colour = np.random.default_rng(0).integers(0, 256, (3, 5, 4, 3), np.uint8)
    last = read_npy(save(tmp_path / "last", colour, [0, 1, 1]))
    first = read_npy(save(tmp_path / "first", np.moveaxis(colour, -1, 1), [0, 1, 1]))
    assert (pixels(last) == colour).all()
    assert (pixels(first) == colour).all()


def test_names_that_differ_in_the_part_are_parts(tmp_path: Path) -> None:
    save(tmp_path, RAMP, [0, 1, 1], ("X_train", "y_train"))
    save(tmp_path, RAMP[:1], [0], ("testX", "testY"))
    np.save(tmp_path / "mean.npy", RAMP)
    assert [(pair.pictures.name, pair.part) for pair in find_pairs(tmp_path)] == [
        ("X_train.npy", "train"),
        ("testX.npy", "test"),
    ]
    assert [(photo.label, photo.part) for photo in open_photos(tmp_path).photos] == [
        *(("0", "train"), ("1", "train"), ("1", "train"), ("0", "test"))
    ]


def test_pairs_of_the_same_names_in_part_folders_of_a_zip(tmp_path: Path) -> None:
    save(tmp_path / "set" / "train", RAMP, [0, 1, 1])
    save(tmp_path / "set" / "test", RAMP[:1], [1])
    with zipfile.ZipFile(tmp_path / "digits.zip", "w") as archive:
        for file in (tmp_path / "set").rglob("*.npy"):
            archive.write(file, file.relative_to(tmp_path))
    photos = open_photos(tmp_path / "digits.zip").photos
    assert [(photo.path, photo.part) for photo in photos] == [
        ("set/test/X.npy/0.png", "test"),
        *((f"set/train/X.npy/{i}.png", "train") for i in range(3)),
    ]


def test_an_npz_is_a_zip_of_pairs(tmp_path: Path) -> None:
    np.savez(tmp_path / "mnist.npz", x_train=RAMP, y_train=np.array([0, 1, 1]), x_test=RAMP[:1], y_test=np.array([1]))
    photos = open_photos(tmp_path / "mnist.npz").photos
    assert sorted((photo.label, str(photo.part)) for photo in photos) == [
        *(("0", "train"), ("1", "test"), ("1", "train"), ("1", "train"))
    ]


@pytest.mark.parametrize(
    ("pictures", "labels", "message"),
    [
        (RAMP, [0, 1], "3 pictures, .* 2 labels"),
        (RAMP / 255 - 0.5, [0, 1, 1], "values from -0.5 to"),
        (np.full((3, 4, 4), np.nan), [0, 1, 1], "values from nan"),
        (RAMP.reshape(3, 16), [0, 1, 1], r"shape \(3, 16\)"),
        (RAMP, np.array([None, 1, 2], dtype=object), "Python objects"),
        (RAMP, [0.5, 1, 2], "labels must be"),
        (RAMP, np.zeros((3, 2)), "one label a picture"),
    ],
)
def test_arrays_that_are_no_pictures_or_labels_are_one_line(
    tmp_path: Path, pictures: object, labels: object, message: str
) -> None:
    with pytest.raises(UnseenError, match=message):
        read_npy(save(tmp_path, pictures, labels))


def test_a_file_without_its_partner_says_what_to_add(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", RAMP)
    with pytest.raises(UnseenError, match=r"no partner: put X.npy \(pictures\) and Y.npy"):
        open_photos(tmp_path / "X.npy")


def test_a_damaged_header_is_one_line(tmp_path: Path) -> None:
    save(tmp_path, RAMP, [0, 1, 1])
    content = (tmp_path / "X.npy").read_bytes()
    for damaged in (content.replace(b"{", b"(", 1), content.replace(b"}", b"{", 1), content[:12]):
        (tmp_path / "X.npy").write_bytes(damaged)
        with pytest.raises(UnseenError, match=r"cannot be read \(.+\): save it again") as said:
            read_npy(tmp_path / "X.npy")
        assert "\n" not in str(said.value)
