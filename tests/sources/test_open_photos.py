from pathlib import Path

import pytest

from tests.photos.pictures import write_tree
from tests.real_photos import DATA
from unseen.errors import UnseenError
from unseen.photos.class_names import check_classes, select_classes
from unseen.records import PhotoSet
from unseen.sources.open_photos import open_photos


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))


def rows(photos: PhotoSet) -> dict[str, tuple[str, str | None, str | None]]:
    return {photo.path: (photo.label, photo.group, photo.part) for photo in photos.photos}


def tree(tmp_path: Path, *paths: str) -> Path:
    return write_tree(tmp_path / "root", *paths)


def test_class_folders_with_and_without_people(tmp_path: Path) -> None:
    root = tree(tmp_path, "10/a.png", "2/ann/b.png", "2/bob/day1/c.png", "10/bob/d.png")
    photos = open_photos(root)
    assert photos.classes == ("2", "10")
    assert photos.labels.tolist() == [0, 0, 1, 1]
    assert rows(photos) == {
        "2/ann/b.png": ("2", "ann", None),
        "2/bob/day1/c.png": ("2", "bob", None),
        "10/a.png": ("10", None, None),
        "10/bob/d.png": ("10", "bob", None),
    }
    assert any("class/group" in note for note in photos.notes)


@pytest.mark.parametrize("people", [("person1", "person2"), ("Signer_A", "signer_b"), ("2024-03-01", "2024-03-02")])
def test_folders_that_name_people_or_sessions_are_groups(tmp_path: Path, people: tuple[str, str]) -> None:
    one, two = people
    photos = open_photos(tree(tmp_path, f"{one}/rock/a.png", f"{one}/paper/b.png", f"{two}/rock/c.png"))
    assert rows(photos)[f"{two}/rock/c.png"] == ("rock", two, None)
    assert any("group/class" in note and "--layout class/group" in note for note in photos.notes)


def test_the_same_letters_under_every_name_are_classes(tmp_path: Path) -> None:
    photos = open_photos(tree(tmp_path, "ann/A/1.png", "ann/B/1.png", "bob/A/1.png", "bob/B/1.png"))
    assert photos.classes == ("A", "B")
    assert rows(photos)["bob/B/1.png"] == ("B", "bob", None)


@pytest.mark.parametrize(
    "paths",
    [
        ("rock/1/a.png", "rock/2/a.png", "paper/1/a.png", "paper/2/a.png"),
        ("cat/1/a.png", "cat/2/a.png", "dog/1/a.png", "dog/2/a.png"),
        ("A/ann/a.png", "A/bob/a.png", "B/ann/a.png", "B/bob/a.png"),
        ("A/person1/a.png", "A/person2/a.png", "B/person1/a.png", "B/person2/a.png"),
    ],
)
def test_unclear_or_plain_layouts_stay_class_first_and_say_how_to_change_it(
    tmp_path: Path, paths: tuple[str, ...]
) -> None:
    root = tree(tmp_path, *paths)
    photos = open_photos(root)
    assert set(photos.classes) == {path.split("/")[0] for path in paths}
    assert any("--layout group/class" in note for note in photos.notes)
    swapped = open_photos(root, layout="group/class")
    assert set(swapped.classes) == {path.split("/")[1] for path in paths}
    with pytest.raises(UnseenError, match="layout 'x' is unknown"):
        open_photos(root, layout="x")


def test_ready_made_parts_in_any_case_and_below_a_wrapper(tmp_path: Path) -> None:
    root = tree(tmp_path, "set/Train/A/1.png", "set/Train/B/2.png", "set/VALID/A/3.png", "set/testing/C/p1/4.png")
    photos = open_photos(root)
    assert photos.classes == ("A", "B", "C")
    assert rows(photos) == {
        "set/Train/A/1.png": ("A", None, "train"),
        "set/Train/B/2.png": ("B", None, "train"),
        "set/VALID/A/3.png": ("A", None, "validation"),
        "set/testing/C/p1/4.png": ("C", "p1", "test"),
    }


def test_folders_outside_the_parts_are_rejected_and_a_single_part_is_a_wrapper(tmp_path: Path) -> None:
    photos = open_photos(tree(tmp_path, "train/A/1.png", "test/B/2.png", "extra/A/3.png"))
    assert [(row.path, row.reason) for row in photos.rejected] == [
        ("extra/A/3.png", "outside the train, validation and test folders")
    ]
    single = open_photos(write_tree(tmp_path / "other", "train/A/1.png", "train/B/2.png"))
    assert {photo.part for photo in single.photos} == {None}
    assert single.classes == ("A", "B")


def test_vehicles_called_train_are_a_class(tmp_path: Path) -> None:
    photos = open_photos(tree(tmp_path, "train/1.png", "bus/1.png", "car/1.png"))
    assert photos.classes == ("bus", "car", "train")


def test_one_folder_in_every_class_is_no_group(tmp_path: Path) -> None:
    photos = open_photos(tree(tmp_path, "A/images/1.png", "B/images/2.png"))
    assert {photo.group for photo in photos.photos} == {None}
    assert any("not taken for a group" in note for note in photos.notes)


def test_accents_stored_apart_and_case_twins(tmp_path: Path) -> None:
    photos = open_photos(tree(tmp_path, "train/e\u0301t\u00e9/1.png", "test/\u00e9te\u0301/1.png", "train/A/1.png"))
    assert photos.classes == ("A", "\u00e9t\u00e9")
    if (tmp_path / "ROOT").exists():
        pytest.skip("this file system does not tell case apart")
    twins = open_photos(write_tree(tmp_path / "twins", "A/1.png", "a/1.png"))
    assert any("differ only in case" in note for note in twins.notes)


def test_junk_and_empty_folders_are_noted_and_loose_photos_rejected(tmp_path: Path) -> None:
    root = tree(tmp_path, "A/1.png", "B/1.png", "loose.png", "B/notes.txt")
    (root / "C").mkdir()
    photos = open_photos(root)
    assert photos.classes == ("A", "B")
    assert {row.path: row.reason for row in photos.rejected} == {
        "loose.png": "not in a class folder",
        "B/notes.txt": "not a photo: .txt",
    }
    assert "empty folders: C" in photos.notes
    assert any("1 not a photo: .txt" in note for note in photos.notes)


def test_errors_are_one_line_with_the_next_step(tmp_path: Path) -> None:
    def message(source: Path) -> str:
        with pytest.raises(UnseenError) as caught:
            open_photos(source)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "is not there: check the path" in message(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    assert "no usable photos" in message(tmp_path / "empty")
    assert "3 not in a class folder" in message(write_tree(tmp_path / "flat", "1.png", "2.png", "3.png"))
    assert "one class only" in message(write_tree(tmp_path / "one", "A/1.png", "A/2.png"))
    assert "one class only" in message(write_tree(tmp_path / "people", "A/person1/1.png", "A/person2/2.png"))
    (tmp_path / "a.zip").write_bytes(b"PK but not really")
    assert "not a zip file" in message(tmp_path / "a.zip")
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    assert "write path,label" in message(tmp_path / "a.csv")
    (tmp_path / "a.png").write_text("x")
    assert "name the folder" in message(tmp_path / "a.png")


def test_small_classes_are_named_and_classes_can_be_chosen(tmp_path: Path) -> None:
    names = [f"{name}/{i}.png" for name in "AC" for i in range(3)]
    photos = open_photos(tree(tmp_path, *names, "B/1.png", "B/2.png"))
    with pytest.raises(UnseenError) as caught:
        check_classes(photos)
    assert str(caught.value) == (
        "class 'B' has 2 photos, 3 are the least: add photos, or leave the class out with --classes A,C"
    )
    chosen = select_classes(photos, ["C", "A"])
    check_classes(chosen)
    assert chosen.classes == ("A", "C")
    assert chosen.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert "classes left out: B" in chosen.notes
    decoded = chosen.select([0, 1, 2])  # a class may vanish while decoding
    with pytest.raises(UnseenError, match="class 'C' has 0 photos"):
        check_classes(decoded)
    with pytest.raises(UnseenError, match="no class 'D': the classes are A, B, C"):
        select_classes(photos, ["A", "D"])
    with pytest.raises(UnseenError, match="one class only"):
        check_classes(select_classes(photos, ["A"]))


@pytest.mark.real_photos
@pytest.mark.parametrize(
    ("folder", "classes", "photos"),
    [("sign_digits", 10, 2062), ("rps_freeman", 3, 2188), ("fingers_subhi", 6, 1381), ("asl_kept", 29, 4350)],
)
def test_real_folders_are_understood(folder: str, classes: int, photos: int) -> None:
    opened = open_photos(DATA / folder)
    assert (len(opened.classes), len(opened.photos), opened.rejected) == (classes, photos, ())
    assert {photo.part for photo in opened.photos} == ({"train", "test"} if folder == "asl_kept" else {None})
