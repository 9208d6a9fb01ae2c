from pathlib import Path

import pytest

from tests.containers.written_records import example, tfds_folder, tfrecord
from tests.photos.pictures import encoded, noisy
from unseen.containers.readers import reader_of
from unseen.errors import UnseenError
from unseen.records import PhotoSet
from unseen.sources.open_photos import open_photos

PNG = [encoded(noisy(i), "PNG") for i in range(6)]
FIELDS = {"image": "Image", "label": "ClassLabel"}


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def write(folder: Path, split: str, *shards: list[bytes]) -> None:
    for at, records in enumerate(shards):
        tfrecord(folder / f"signs-{split}.tfrecord-{at:05d}-of-{len(shards):05d}", records)


def rows(photos: PhotoSet) -> list[tuple[str, str, str | None, str | None]]:
    return [(photo.path, photo.label, photo.group, photo.part) for photo in photos.photos]


def test_splits_are_parts_and_bytes_stay_as_they_are(data_dir: Path) -> None:
    folder = tfds_folder(data_dir / "signs" / "3.0.0", ["rock", "paper"], FIELDS)
    write(folder, "train", [example(image=PNG[0], label=0)], [example(image=PNG[1], label=1)])
    write(folder, "test", [example(image=PNG[2], label=1)])
    write(folder, "extra", [example(image=PNG[3], label=0)])
    photos = open_photos(Path("tfds:signs"))
    assert rows(photos) == [
        ("train/1", "rock", None, "train"),
        ("train/2", "paper", None, "train"),
        ("test/1", "paper", None, "test"),
    ]
    assert [photo.file.read_bytes() for photo in photos.photos] == PNG[:3]
    assert any("splits left out: extra; read one with tfds:signs:extra" in note for note in photos.notes)
    alone = open_photos(Path("tfds:signs:extra"), least_classes=1)
    assert rows(alone) == [("extra/1", "rock", None, None)]
    assert open_photos(folder).photos == open_photos(Path(f"tfds:{folder}")).photos == photos.photos
    with pytest.raises(UnseenError, match="no split 'val': use one of extra, test, train"):
        open_photos(Path("tfds:signs:val"))


def test_names_persons_and_missing_answers(data_dir: Path) -> None:
    fields = FIELDS | {"file_name": "Text", "signer": "Text"}
    folder = tfds_folder(data_dir / "signs" / "1.0.0", ["A", "B"], fields)
    named = [
        example(image=PNG[0], label=0, file_name="ann/IMG_1.jpg", signer="ann"),
        example(image=PNG[1], label=1, file_name="bob/IMG_1.jpg", signer="bob"),
        example(image=PNG[2], label=-1, file_name="c.jpg", signer="bob"),
        example(label=1, file_name="d.jpg"),
        example(image=b"text", label=1, file_name="e.jpg"),
        b"\x0f",
    ]
    write(folder, "train", named)
    photos = open_photos(Path("tfds:signs"))
    assert rows(photos) == [("train/IMG_1.jpg", "A", "ann", None), ("train/2-IMG_1.jpg", "B", "bob", None)]
    assert [(row.path, row.reason) for row in photos.rejected] == [
        ("train/c.jpg", "no label"),
        ("train/d.jpg", "no image"),
        ("train/e.jpg", "not an image"),
        ("train/6", "not an Example"),
    ]


def test_the_newest_version_is_read_unless_one_is_named(data_dir: Path) -> None:
    for version, label in (("2.0.0", 0), ("10.0.0", 1)):
        folder = tfds_folder(data_dir / "signs" / version, ["old", "new"], FIELDS)
        write(folder, "train", [example(image=PNG[0], label=label)])
    assert open_photos(Path("tfds:signs"), least_classes=1).classes == ("new",)
    assert open_photos(Path("tfds:signs:2.0.0"), least_classes=1).classes == ("old",)
    assert open_photos(Path("tfds:signs:2.0.0:train"), least_classes=1).classes == ("old",)


def test_other_label_names_and_several_configurations(data_dir: Path) -> None:
    for config in ("small", "large"):
        folder = tfds_folder(
            data_dir / "signs" / config / "1.0.0", [config], {"photo": "Image", "sign": "ClassLabel"}, label="sign"
        )
        write(folder, "train", [example(photo=PNG[0], sign=0)])
    assert open_photos(Path("tfds:signs/small"), least_classes=1).classes == ("small",)
    with pytest.raises(UnseenError, match=r"several configurations \(signs/large, signs/small\)"):
        open_photos(Path("tfds:signs"))


def test_what_is_missing_is_said(data_dir: Path) -> None:
    with pytest.raises(UnseenError, match=r"nothing is there.*tfds.builder\('signs'\)"):
        open_photos(Path("tfds:signs"))
    boxes = tfds_folder(data_dir / "boxes" / "1.0.0", [], {"image": "Image", "bbox": "BBoxFeature"})
    with pytest.raises(UnseenError, match=r"no image with a class label .*bbox: BBoxFeature"):
        open_photos(boxes)
    folder = tfds_folder(data_dir / "signs" / "1.0.0", ["A"], FIELDS)
    with pytest.raises(UnseenError, match="no tfrecord or array_record"):
        open_photos(folder)
    write(folder, "train", [b""], [b""], [b""])
    (folder / "signs-train.tfrecord-00001-of-00003").unlink()
    with pytest.raises(UnseenError, match="2 of 3 files of 'train'"):
        open_photos(folder)


def test_array_record_files_hold_the_same(data_dir: Path) -> None:
    from array_record.python.array_record_module import ArrayRecordWriter

    folder = tfds_folder(data_dir / "signs" / "1.0.0", ["A", "B"], FIELDS)
    writer = ArrayRecordWriter(str(folder / "signs-train.array_record-00000-of-00001"), "group_size:1")
    for label in (0, 1):
        writer.write(example(image=PNG[label], label=label))
    writer.close()
    photos = open_photos(Path("tfds:signs"))
    assert [(photo.label, photo.file.read_bytes()) for photo in photos.photos] == [("A", PNG[0]), ("B", PNG[1])]


def test_a_folder_that_is_called_like_a_source_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tfds:signs").mkdir()
    assert reader_of(Path("tfds:signs")) is None
