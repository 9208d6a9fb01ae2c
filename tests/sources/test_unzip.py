import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.photos.pictures import encoded, noisy, write_tree
from unseen.errors import UnseenError
from unseen.photos.natural import natural_key
from unseen.sources.open_photos import open_photos
from unseen.sources.unzip import ZipLimits, unpack

PNG = encoded(noisy(1), "PNG")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def zipped(path: Path, files: Mapping[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def left_over(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_zip_is_unpacked_once_without_hidden_files(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("set/A/1.png", "set/B/2.png", "set/手/3.png", "__MACOSX/set/A/._1.png", "set/A/.DS_Store")
    source = zipped(tmp_path / "a.zip", {**dict.fromkeys(names, PNG), "set/A/notes.txt": "x", "set/C/": ""})
    photos = open_photos(source)
    assert [photo.path for photo in photos.photos] == ["set/A/1.png", "set/B/2.png", "set/手/3.png"]
    assert [row.path for row in photos.rejected] == ["set/A/notes.txt"]
    assert len(left_over(cache)) == 4
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("unpacked twice"))
    assert open_photos(source) == photos


@pytest.mark.parametrize(
    "name", ["../evil.png", "A/../../evil.png", "/etc/evil.png", "C:/evil.png", "c:evil.png", "..\\evil.png"]
)
def test_names_that_lead_out_are_refused_and_nothing_is_written(tmp_path: Path, cache: Path, name: str) -> None:
    source = zipped(tmp_path / "a.zip", {"A/1.png": PNG, name: PNG})
    with pytest.raises(UnseenError, match="leads out of it"):
        open_photos(source)
    assert left_over(cache) == []
    assert not list(tmp_path.rglob("evil*"))


def test_links_are_refused(tmp_path: Path, cache: Path) -> None:
    link = zipfile.ZipInfo("A/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UnseenError, match="link or device"):
        open_photos(tmp_path / "a.zip")
    assert left_over(cache) == []


def test_encrypted_damaged_and_doubled(tmp_path: Path, cache: Path) -> None:
    content = bytearray(zipped(tmp_path / "a.zip", {"A/1.png": PNG}).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(content)
    with pytest.raises(UnseenError, match="is encrypted"):
        open_photos(tmp_path / "locked.zip")
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[200] ^= 255
    (tmp_path / "broken.zip").write_bytes(content)
    with pytest.raises(UnseenError, match="is damaged"):
        open_photos(tmp_path / "broken.zip")
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr("A/1.png", PNG)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("A/1.png", PNG)
    with pytest.raises(UnseenError, match="twice"):
        open_photos(tmp_path / "twice.zip")
    assert left_over(cache) == []


def test_bombs_are_stopped_by_the_bytes_that_come_out(tmp_path: Path) -> None:
    source = zipped(tmp_path / "bomb.zip", {f"A/{i}.png": bytes(3 * 2**20) for i in range(4)})
    cache = tmp_path / "out"
    with pytest.raises(UnseenError, match="unpacks to over 4 MiB"):
        unpack(source, cache, ZipLimits(free_bytes=4 * 2**20))  # the ratio, about 1000 here
    with pytest.raises(UnseenError, match="unpacks to over 5 MiB"):
        unpack(source, cache, ZipLimits(total_bytes=5 * 2**20))
    with pytest.raises(UnseenError, match="holds 4 files"):
        unpack(source, cache, ZipLimits(files=3))
    assert left_over(cache) == []


def test_a_header_that_lies_about_its_size_is_not_believed(tmp_path: Path) -> None:
    source = zipped(tmp_path / "a.zip", {"A/1.png": bytes(2**20)})
    content = source.read_bytes().replace((2**20).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    source.write_bytes(content)
    with pytest.raises(UnseenError, match="is damaged"):
        unpack(source, tmp_path / "out")
    assert left_over(tmp_path / "out") == []


def test_manifest_in_a_zip_may_not_reach_out(tmp_path: Path) -> None:
    outside = write_tree(tmp_path, "secret.png") / "secret.png"
    text = f"path,label\n1.png,A\n2.png,B\n../../../../secret.png,B\n{outside.as_posix()},A\n"
    photos = open_photos(zipped(tmp_path / "a.zip", {"list.csv": text, "1.png": PNG, "2.png": PNG}))
    assert [photo.path for photo in photos.photos] == ["1.png", "2.png"]
    assert {row.reason for row in photos.rejected} == {"path leads out of the zip"}


@pytest.mark.parametrize(
    ("encoding", "folders"),
    [("utf-8", ("été", "手势")), ("gbk", ("石头", "剪刀")), ("cp437", ("übung", "año")), ("ascii", ("A", "B"))],
)
def test_names_without_the_utf8_flag_are_read_as_they_were_written(
    tmp_path: Path, encoding: str, folders: tuple[str, str]
) -> None:
    names = [f"{folder}/{i}.png" for i, folder in enumerate(folders)]
    # zipfile sets the flag for any name that is not ASCII: ASCII names of the same length are written over
    stand_ins = [name.encode(encoding) for name in names]
    source = zipped(tmp_path / "a.zip", {f"{'xy'[i]}" * len(raw): PNG for i, raw in enumerate(stand_ins)})
    content = source.read_bytes()
    for i, raw in enumerate(stand_ins):
        content = content.replace(b"xy"[i : i + 1] * len(raw), raw)
    source.write_bytes(content)
    assert [photo.path for photo in open_photos(source).photos] == sorted(names, key=natural_key)


def test_zips_in_a_zip_say_what_to_do(tmp_path: Path, cache: Path) -> None:
    inner = zipped(tmp_path / "train.zip", {"A/1.png": PNG}).read_bytes()
    with pytest.raises(UnseenError, match=r"holds zips instead of photos \(rps/train.zip\): unpack it and them"):
        open_photos(zipped(tmp_path / "a.zip", {"rps/train.zip": inner, "rps/readme.txt": "x"}))
    assert left_over(cache) == []
    beside = open_photos(zipped(tmp_path / "b.zip", {"rps/train.zip": inner, "A/1.png": PNG, "B/1.png": PNG}))
    assert [row.path for row in beside.rejected] == ["rps/train.zip"]


def test_unwritable_cache_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    photos = open_photos(zipped(tmp_path / "a.zip", {"A/1.png": PNG, "B/1.png": PNG}))
    assert len(photos.photos) == 2
    assert any("cannot be written" in note for note in photos.notes)
