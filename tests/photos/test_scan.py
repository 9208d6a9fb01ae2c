import os
import time
from pathlib import Path

import pytest

from tests.photos.pictures import write_tree
from unseen.photos.natural import natural_key
from unseen.photos.scan import list_photos, scan
from unseen.runs import write_json


def test_numbers_in_names_order_by_value() -> None:
    names = ["b", "10", "a", "2", "B", "img10", "img9", "02", "É", "1" * 6000, "1" * 5999]
    expected = ["02", "2", "10", "1" * 5999, "1" * 6000, "a", "B", "b", "img9", "img10", "É"]
    assert sorted(names, key=natural_key) == expected


def test_photos_in_natural_order_junk_counted_and_system_files_passed_over(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        *("A/10.png", "A/2.PNG", "手/фото.JpG", "A/notes.txt", "A/raw.CR2", "A/live.jxl", "A/bare", "x.mp4"),
        *("A/Thumbs.db", "A/.DS_Store", "A/desktop.ini", ".git/a.png", "__MACOSX/A/1.png", "A/._2.png"),
    )
    (tmp_path / "empty").mkdir()
    found = scan(tmp_path)
    assert [item.path for item in found.found] == ["A/2.PNG", "A/10.png", "x.mp4", "手/фото.JpG"]
    assert found.found[0].parts == ("A",)
    assert found.empty_folders == ["empty"]
    assert {row.path: row.reason for row in found.refused} == {
        "A/bare": "not a photo: no extension",
        "A/live.jxl": "JPEG XL is not read: convert it to JPEG or PNG",
        "A/notes.txt": "not a photo: .txt",
        "A/raw.CR2": "RAW (CR2) is not read: convert it to JPEG or PNG",
    }


def test_link_loops_end_and_links_are_followed_once(tmp_path: Path) -> None:
    write_tree(tmp_path, "root/B/1.png", "elsewhere/2.png")
    try:
        (tmp_path / "root/A").symlink_to(tmp_path / "root/B", target_is_directory=True)
    except OSError:
        pytest.skip("this system does not let tests make links")
    (tmp_path / "root/B/loop").symlink_to(tmp_path / "root", target_is_directory=True)
    (tmp_path / "root/C").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "root/B/gone.png").symlink_to(tmp_path / "nowhere.png")
    found = scan(tmp_path / "root")
    assert [item.path for item in found.found] == ["B/1.png", "C/2.png"]  # the real B, not the link A
    assert {row.path: row.reason for row in found.refused} == {
        "A": "link to a folder already read",
        "B/gone.png": "broken link",
        "B/loop": "link to a folder already read",
    }


def test_an_unreadable_folder_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, "A/1.png", "B/2.png")
    real = os.scandir

    def guarded(folder: Path) -> object:
        if Path(folder).name == "B":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr("os.scandir", guarded)  # root in a container reads everything, chmod or not
    found = scan(tmp_path)
    assert [item.path for item in found.found] == ["A/1.png"]
    assert [(item.path, item.parts) for item in found.unusable] == [("B", ("B",))]
    assert found.unusable[0].reason == "folder cannot be read (Permission denied)"


def test_a_class_folder_whose_name_is_no_text_is_not_lost(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")).mkdir()
    except OSError:
        pytest.skip("this file system refuses such names")
    (item,) = scan(tmp_path).unusable
    assert (item.parts, item.reason) == (("caf\\udce9",), "name is not valid text: rename it")


def test_photos_that_only_the_cloud_holds_are_said(tmp_path: Path) -> None:
    write_tree(tmp_path, "fist/.IMG_1.HEIC.icloud", "fist/.notes.txt.icloud", "fist/.hidden.png")
    (item,) = scan(tmp_path).unusable
    assert (item.path, item.parts, item.reason) == ("fist/IMG_1.HEIC", ("fist",), "only in iCloud: download it")


def test_photos_without_an_extension_are_known_by_their_first_bytes(tmp_path: Path) -> None:
    write_tree(tmp_path, "fist/1.jpg", "fist/LICENSE")
    (tmp_path / "fist" / "1.jpg").rename(tmp_path / "fist" / "photo-1518")
    assert [item.path for item in scan(tmp_path).found] == ["fist/photo-1518"]
    assert [row.reason for row in scan(tmp_path).rejected] == ["not a photo: no extension"]
    (tmp_path / "fist" / "photo-1518").rename(tmp_path / "shot.jpg_large")
    assert list_photos([tmp_path / "shot.jpg_large"]) == ([tmp_path / "shot.jpg_large"], [])


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode and sockets no files on Windows")
def test_names_that_are_no_text_and_files_that_are_no_files(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.png")).touch()
    except OSError:
        pytest.skip("this file system refuses such names")
    os.mkfifo(tmp_path / "pipe.png")
    found = scan(tmp_path)
    rows = {row.path: row.reason for row in found.refused}
    assert rows == {"bad\\udcff.png": "name is not valid text: rename it", "pipe.png": "not a file"}


def test_50_000_files_in_one_folder_take_under_two_seconds(tmp_path: Path) -> None:
    for number in range(50_000):
        os.close(os.open(tmp_path / f"{number}.jpg", os.O_CREAT))
    start = time.process_time()
    found = scan(tmp_path)
    assert time.process_time() - start < 2.0
    assert [item.path for item in found.found[:3]] == ["0.jpg", "1.jpg", "2.jpg"]
    assert len(found.found) == 50_000


def test_list_photos_takes_files_and_folders_once_each(tmp_path: Path) -> None:
    write_tree(tmp_path, "in/2.png", "in/10.png", "in/deep/1.jpg", "in/notes.txt", "one.png", "two.txt")
    given = ("one.png", "in", "in/2.png", "two.txt", "absent")
    photos, rejected = list_photos([tmp_path / name for name in given])
    names = [photo.relative_to(tmp_path).as_posix() for photo in photos]
    assert names == ["one.png", "in/2.png", "in/10.png", "in/deep/1.jpg"]
    assert [row.reason for row in rejected] == [*["not a photo: .txt"] * 2, "not there: check the path"]
    assert rejected[-1].path == (tmp_path / "absent").as_posix()


def test_what_this_program_wrote_is_no_photo_and_what_lies_beside_a_bundle_is(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        *("A/1.png", "runs/photos/varied.png", "runs/photos/checkpoint/sheet.png", "runs/a-segments.png"),
        *("B/app/2.png", "shoot/run/3.png", "B/b-segments.png", "runs/photos-audit/x.png"),
    )
    for record in (
        "runs/photos/run.json",
        "runs/photos-audit/audit.json",
        "B/app/bundle.json",
        "copy/model/bundle.json",
    ):
        write_json(tmp_path / record, {})
    (tmp_path / "shoot/run/run.json").write_text('{"distance": 3}')  # somebody else's
    found = scan(tmp_path)
    assert [item.path for item in found.found] == ["A/1.png", "B/app/2.png", "B/b-segments.png", "shoot/run/3.png"]
    assert found.own == ["copy/model", "runs/a-segments.png", "runs/photos", "runs/photos-audit"]
    assert {row.path for row in found.refused} == {"B/app/bundle.json", "shoot/run/run.json"}
    assert len(scan(tmp_path / "runs/photos").found) == 2  # named itself, it is what the user means
