import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.photos.pictures import encoded, noisy, write_tree
from unseen.errors import UnseenError
from unseen.records import PhotoSet
from unseen.sources.open_photos import open_photos

PNG = [encoded(noisy(i), "PNG") for i in range(6)]
FEATURES = {"image": {"_type": "Image"}, "answer": {"_type": "ClassLabel", "names": ["rock", "paper"]}}


@pytest.fixture(autouse=True)
def _caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UNSEEN_CACHE", "HF_DATASETS_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / name))


def table(images: list[Any], features: dict[str, Any] | None = None, **columns: list[Any]) -> pa.Table:
    made = pa.table({"image": images, **columns})
    return made.replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": features}})} if features else {}
    )


def struct(*numbers: int) -> list[dict[str, Any]]:
    return [{"bytes": PNG[i], "path": f"IMG_{i}.png"} for i in numbers]


def save(folder: Path, content: pa.Table) -> None:
    folder.mkdir(parents=True)
    with (
        pa.OSFile(str(folder / "data-00000-of-00001.arrow"), "wb") as sink,
        pa.ipc.new_stream(sink, content.schema) as stream,
    ):
        stream.write_table(content)
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}))
    (folder / "dataset_info.json").write_text("{}")


def rows(photos: PhotoSet) -> list[tuple[str, str, str | None, str | None]]:
    return [(photo.path, photo.label, photo.group, photo.part) for photo in photos.photos]


EXPECTED = [
    ("train/IMG_0.png", "rock", None, "train"),
    ("train/IMG_1.png", "paper", None, "train"),
    ("test/IMG_2.png", "paper", None, "test"),
]


def test_parquet_files_with_features_state_classes_and_parts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    pq.write_table(table(struct(0, 1), FEATURES, answer=[0, 1]), data / "train-00000-of-00001.parquet")
    pq.write_table(table(struct(2), FEATURES, answer=[1]), data / "test-00000-of-00001.parquet")
    photos = open_photos(tmp_path / "data")
    assert rows(photos) == EXPECTED
    assert [photo.file.read_bytes() for photo in photos.photos] == PNG[:3]
    alone = open_photos(data / "train-00000-of-00001.parquet")
    assert {photo.part for photo in alone.photos} == {None}


def test_a_saved_data_set_is_read_by_split(tmp_path: Path) -> None:
    root = tmp_path / "saved"
    save(root / "train", table(struct(0, 1), FEATURES, answer=[0, 1]))
    save(root / "test", table(struct(2), FEATURES, answer=[1]))
    (root / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    assert rows(open_photos(root)) == EXPECTED
    assert [photo.label for photo in open_photos(root / "train").photos] == ["rock", "paper"]


def test_the_copy_that_datasets_keeps_is_found_without_network(tmp_path: Path) -> None:
    folder = tmp_path / "HF_DATASETS_CACHE" / "ann___signs" / "default" / "0.0.0" / "abc"
    for split, content in (
        ("train", table(struct(0, 1), FEATURES, answer=[0, 1])),
        ("test", table(struct(2), FEATURES, answer=[1])),
    ):
        save(tmp_path / split, content)
        folder.mkdir(parents=True, exist_ok=True)
        (tmp_path / split / "data-00000-of-00001.arrow").rename(folder / f"signs-{split}.arrow")
    (folder / "dataset_info.json").write_text("{}")
    assert rows(open_photos(Path("hf:ann/signs"))) == EXPECTED
    assert rows(open_photos(Path("hf:ann/signs:test"), least_classes=1)) == [("test/IMG_2.png", "paper", None, None)]


def test_the_parquet_files_of_the_hub_are_downloaded_once_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str | None, bool]] = []

    def snapshot_download(name: str, *, revision: str | None, local_files_only: bool, **_: object) -> str:
        asked.append((revision, local_files_only))
        assert name == "ann/signs"
        if local_files_only:
            raise OSError("not here")
        folder = tmp_path / str(revision).replace("/", "-")
        folder.mkdir()
        if revision:  # the hub's own conversion; the data set itself has no Parquet
            (folder / "default" / "train").mkdir(parents=True)
            (folder / "default" / "test").mkdir()
            pq.write_table(table(struct(0, 1), FEATURES, answer=[0, 1]), folder / "default/train/0000.parquet")
            pq.write_table(table(struct(2), FEATURES, answer=[1]), folder / "default/test/0000.parquet")
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    monkeypatch.setattr("unseen.containers.hub.ask_hub", lambda: None)
    assert rows(open_photos(Path("hf:ann/signs"))) == EXPECTED
    assert asked == [(None, True), ("refs/convert/parquet", True), (None, False), ("refs/convert/parquet", False)]


def test_a_hub_that_cannot_be_reached_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def snapshot_download(_: str, *, local_files_only: bool, **__: object) -> str:
        asked.append(local_files_only)
        raise OSError("Name or service not known\nsecond line")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    monkeypatch.setattr("unseen.containers.hub.ask_hub", lambda: None)
    with pytest.raises(UnseenError, match=r"hf:ann/signs cannot be read \(Name or service not known\): check the name"):
        open_photos(Path("hf:ann/signs"))
    assert asked == [True, True, False]


def test_a_client_is_not_let_try_a_hub_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    def snapshot_download(_: str, *, local_files_only: bool, **__: object) -> str:
        assert local_files_only
        raise OSError("not here")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UnseenError, match=r"hf:ann/signs cannot be read \(http://127.0.0.1:9 is out of reach"):
        open_photos(Path("hf:ann/signs"))


def test_columns_without_features_are_told_by_type_and_name(tmp_path: Path) -> None:
    write_tree(tmp_path, "photos/5.png")
    images = [
        {"bytes": PNG[0], "path": None},
        {"bytes": None, "path": "photos/5.png"},
        {"bytes": None, "path": "../gone.png"},
    ]
    pq.write_table(
        table([*images, None], None, label=["A", "B", "B", None], Person=["ann", "bob", "bob", ""], note=["x"] * 4),
        tmp_path / "signs.parquet",
    )
    photos = open_photos(tmp_path / "signs.parquet")
    assert rows(photos) == [("signs/1", "A", "ann", None), ("signs/5.png", "B", "bob", None)]
    assert photos.photos[1].file.read_bytes() == (tmp_path / "photos/5.png").read_bytes()
    assert [row.reason for row in photos.rejected] == ["path leads out of the folder", "no label"]
    plain = pa.table({"jpg": PNG[:2], "class": [3, 4]})
    pq.write_table(plain, tmp_path / "plain.parquet")
    assert open_photos(tmp_path / "plain.parquet").classes == ("3", "4")


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    pq.write_table(pa.table({"image": PNG[:1], "boxes": [[1, 2]]}), tmp_path / "boxes.parquet")
    with pytest.raises(UnseenError, match=r"no column of labels \(image, boxes\)"):
        open_photos(tmp_path / "boxes.parquet")
    pq.write_table(pa.table({"text": ["a"], "label": [1]}), tmp_path / "text.parquet")
    with pytest.raises(UnseenError, match=r"no column of images \(bytes\) \(text, label\)"):
        open_photos(tmp_path / "text.parquet")
    stream = io.BytesIO()
    pq.write_table(pa.table({"image": PNG[:1], "label": [1]}), stream)
    (tmp_path / "cut.parquet").write_bytes(stream.getvalue()[:-9])
    with pytest.raises(UnseenError, match=r"cut.parquet cannot be read"):
        open_photos(tmp_path / "cut.parquet")
