from pathlib import Path

import numpy as np
import pytest

from tests.photos.pictures import write_tree
from unseen.errors import UnseenError
from unseen.photos.decode import decode
from unseen.sources import pixel_csv
from unseen.sources.open_photos import open_photos


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize(("separator", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-8")])
def test_manifest_with_all_columns(tmp_path: Path, separator: str, encoding: str) -> None:
    write_tree(tmp_path, "in/手.png", "in/2.png", "3.png")
    lines = ["Path,Label,Group,Part", "in/手.png,été,ann,Train", r"in\2.png,B,,val", "3.png,B,bob,"]
    (tmp_path / "list.csv").write_text("\n".join(lines).replace(",", separator) + "\n\n", encoding=encoding)
    photos = open_photos(tmp_path / "list.csv")
    assert [(p.path, p.label, p.group, p.part) for p in photos.photos] == [
        ("in/手.png", "été", "ann", "train"),
        ("in/2.png", "B", None, "validation"),
        ("3.png", "B", "bob", None),
    ]
    assert photos.rejected == ()
    assert all(photo.file.is_file() for photo in photos.photos)


def test_bad_manifest_rows_are_rejected_with_reasons(tmp_path: Path) -> None:
    write_tree(tmp_path, "1.png", "2.png", "3.png", "4.png", "notes.txt")
    absolute = (tmp_path / "4.png").as_posix()
    text = (
        "path,label,part,extra\n1.png,A,train,x\n2.png,B,,\ngone.png,A,,\n,A,,\n3.png,,,\nnotes.txt,A,,\n"
        f"1.png,A,train,\n3.png,A,,\n3.png,B,,\n2.png,B,elsewhere,\n{absolute},B,,\n4\n"
    )
    (tmp_path / "list.csv").write_text(text)
    photos = open_photos(tmp_path / "list.csv")
    assert [photo.path for photo in photos.photos] == ["1.png", "2.png", absolute]
    assert sorted((row.path, row.reason) for row in photos.rejected) == sorted(
        [
            ("gone.png", "file is not there"),
            ("list.csv line 5", "no path"),
            ("3.png", "no label"),
            ("notes.txt", "not a photo: .txt"),
            ("1.png", "listed twice"),
            ("3.png", "labelled both A and B"),
            ("3.png", "labelled both A and B"),
            ("2.png", "part is 'elsewhere', not train, validation or test"),
            ("4", "no label"),
        ]
    )
    assert any("columns not used: extra" in note for note in photos.notes)


def test_manifests_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("path,label\ncafé.png,A\n".encode("latin-1"))
    with pytest.raises(UnseenError, match="save it as 'CSV UTF-8'"):
        open_photos(tmp_path / "latin.csv")
    (tmp_path / "two.csv").write_text("path,path,label\na,b,c\n")
    with pytest.raises(UnseenError, match=r"it must be path,label"):
        open_photos(tmp_path / "two.csv")


def test_a_manifest_at_the_top_of_a_folder_is_used(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", "images/1.png", "images/2.png")
    (root / "labels.csv").write_text("path,label\nimages/1.png,A\nimages/2.png,B\n")
    assert open_photos(root).classes == ("A", "B")
    (root / "more.csv").write_text("path,label\nimages/1.png,A\n")
    with pytest.raises(UnseenError, match="holds 2 tables of labels"):
        open_photos(root)


def pixel_table(path: Path, *rows: str, values: int = 16) -> Path:
    header = ",".join(["label", *(f"pixel{i}" for i in range(1, values + 1))])
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_pixel_rows_become_photos_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ramp = [0, 17, 34, 51, 68, 85, 102, 119, 136, 153, 170, 187, 204, 221, 238, 255]
    good = ",".join(map(str, ramp))
    table = pixel_table(
        tmp_path / "signs.csv",
        *(f"24,{good}", f"3,{good}", "3,1,2", f"3,{good.replace('255', '256')}", f"3,{good.replace('17,', 'x,')}"),
        *(f"3,{good.replace('17,', 'nan,')}", f",{good}"),
    )
    photos = open_photos(table)
    assert photos.classes == ("3", "24")
    assert (decode(photos.photos[0].file, 28)[..., 0] == np.array(ramp).reshape(4, 4)).all()
    assert [(row.path, row.reason) for row in photos.rejected] == [
        ("signs.csv/3.png", "2 pixels, 16 expected"),
        ("signs.csv/4.png", "a pixel is not a whole number 0..255"),
        ("signs.csv/5.png", "a pixel is not a number"),
        ("signs.csv/6.png", "a pixel is not a whole number 0..255"),
        ("signs.csv/7.png", "no label"),
    ]
    monkeypatch.setattr(pixel_csv, "_rows", lambda *_: pytest.fail("drawn twice"))
    assert open_photos(table) == photos


def test_colour_rows_keep_their_channels_and_odd_counts_are_refused(tmp_path: Path) -> None:
    table = pixel_table(
        tmp_path / "c.csv", "a," + ",".join(["9", "8", "7"] * 4), "b," + ",".join(["1"] * 12), values=12
    )
    assert tuple(decode(open_photos(table).photos[0].file, 28)[1, 1]) == (9, 8, 7, 255)
    with pytest.raises(UnseenError, match="7 pixels a row, neither a square"):
        open_photos(pixel_table(tmp_path / "odd.csv", values=7))


def test_tables_in_a_folder_state_their_parts_and_count_once(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "sign_mnist_train").mkdir(parents=True)
    rows = [f"{label}," + ",".join([str(label)] * 16) for label in (0, 1, 25)]
    pixel_table(root / "sign_mnist_train.csv", *rows)
    pixel_table(root / "sign_mnist_train/sign_mnist_train.csv", *rows)
    pixel_table(root / "sign_mnist_test.csv", rows[0])
    write_tree(root, "poster.png")
    photos = open_photos(root)
    assert photos.classes == ("0", "1", "25")
    assert sorted((photo.label, str(photo.part)) for photo in photos.photos) == [
        *(("0", "test"), ("0", "train"), ("1", "train"), ("25", "train"))
    ]
    assert [row.reason for row in photos.rejected] == ["beside a table of pixels"]
