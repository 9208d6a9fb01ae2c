"""Folders as people have them: what each layout is read as, or the question that is asked."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.photos.pictures import write_tree
from unseen.errors import UnseenError
from unseen.records import PhotoSet
from unseen.sources.open_photos import open_photos


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))


def opened(tmp_path: Path, *folders: str, photos: int = 2) -> PhotoSet:
    """Write `photos` files into each of `folders`, no two alike, and read them."""
    root = tmp_path / "root"
    for folder in folders:
        for i in range(photos):
            path = write_tree(root, f"{folder}/{i}.png") / folder / f"{i}.png"
            path.write_bytes(f"{folder} {i}".encode())
    return open_photos(root)


def labels(photos: PhotoSet) -> dict[str, tuple[str, str | None, str | None]]:
    return {photo.path.rpartition("/")[0]: (photo.label, photo.group, photo.part) for photo in photos.photos}


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("training_set", "test_set"),
        ("Train_Alphabet", "Test_Alphabet"),
        ("TrainingData", "TestData"),
        ("asl_alphabet_train", "asl_alphabet_test"),
        ("TRAIN-images", "test images"),
        ("trainset", "testset"),
        ("train", "eval"),
        ("01_train", "02_holdout"),
    ],
)
def test_part_words_inside_names_are_parts(tmp_path: Path, train: str, test: str) -> None:
    photos = opened(tmp_path, f"{train}/A", f"{train}/B", f"{test}/A", f"{test}/B")
    assert photos.classes == ("A", "B")
    assert labels(photos)[f"{train}/A"] == ("A", None, "train")
    assert labels(photos)[f"{test}/B"] == ("B", None, "test")


@pytest.mark.parametrize("validation", ["valid", "dev", "Validation_Set", "val2017", "development"])
def test_validation_goes_by_many_names(tmp_path: Path, validation: str) -> None:
    photos = opened(tmp_path, "train/A", "train/B", f"{validation}/A", f"{validation}/B")
    assert labels(photos)[f"{validation}/A"] == ("A", None, "validation")


def test_eval_beside_test_is_what_a_run_is_chosen_by(tmp_path: Path) -> None:
    photos = opened(tmp_path, *(f"{part}/{name}" for part in ("train", "eval", "test") for name in "AB"))
    assert labels(photos)["eval/A"][2] == "validation"
    assert labels(photos)["test/A"][2] == "test"


def test_parts_inside_class_folders(tmp_path: Path) -> None:
    photos = opened(tmp_path, *(f"{name}/{part}" for part in ("train", "test") for name in ("rock", "paper")))
    assert labels(photos)["rock/test"] == ("rock", None, "test")
    assert photos.classes == ("paper", "rock")


@pytest.mark.parametrize("flat", ["test", "valid", "unlabelled_test"])
def test_a_flat_part_is_set_aside_with_a_line(tmp_path: Path, flat: str) -> None:
    photos = opened(tmp_path, "train/fist", "train/open", flat)
    assert labels(photos) == {"train/fist": ("fist", None, None), "train/open": ("open", None, None)}
    assert any(note.startswith(f"{flat}: 2 photos not used") for note in photos.notes)
    assert [row.path for row in photos.rejected] == [f"{flat}/0.png", f"{flat}/1.png"]


def test_a_flat_part_does_not_undo_the_others(tmp_path: Path) -> None:
    photos = opened(tmp_path, "set/train/a", "set/train/b", "set/test/a", "set/test/b", "set/validation")
    assert {photo.part for photo in photos.photos} == {"train", "test"}
    assert any("validation: 2 photos not used" in note for note in photos.notes)


def test_a_flat_test_folder_beside_class_folders_is_no_class(tmp_path: Path) -> None:
    photos = opened(tmp_path, "rock", "paper", "test")
    assert photos.classes == ("paper", "rock")
    assert any(note.startswith("test: 2 photos not used") for note in photos.notes)
    kept = open_photos(tmp_path / "root", known=["rock", "paper", "test"])
    assert kept.classes == ("paper", "rock", "test")


def test_wrappers_are_skipped_in_each_part(tmp_path: Path) -> None:
    outer, inner = "archive/asl_train/asl_train", "archive/asl_test/asl_test"
    photos = opened(tmp_path, f"{outer}/A", f"{outer}/B", inner)
    assert photos.classes == ("A", "B")
    assert {photo.part for photo in photos.photos} == {None}
    both = open_photos(write_tree(tmp_path / "both", *(f"{p}/{p}/{c}/1.png" for p in ("train", "test") for c in "AB")))
    assert labels(both)["test/test/B"] == ("B", None, "test")


@pytest.mark.parametrize("classes", [("A", "B"), ("test", "train")])
def test_names_that_are_words_for_parts_and_nothing_else_are_refused(tmp_path: Path, classes: Sequence[str]) -> None:
    if classes == ("A", "B"):
        assert opened(tmp_path, *classes).classes == classes
        return
    with pytest.raises(UnseenError, match=r"test, train hold photos, but no class folders.*path,label.*--classes"):
        opened(tmp_path, *classes)
    assert open_photos(tmp_path / "root", known=classes).classes == classes


def test_test_tubes_are_no_test_photos(tmp_path: Path) -> None:
    assert opened(tmp_path, "test_tube", "beaker", "flask").classes == ("beaker", "flask", "test_tube")


def test_a_folder_that_repeats_the_class_folders_beside_it_is_left_out(tmp_path: Path) -> None:
    names = ("paper", "rock", "scissors")
    photos = opened(tmp_path, *names, *(f"rps-cv-images/{name}" for name in names))
    assert photos.classes == names
    assert any("'rps-cv-images' is left out" in note for note in photos.notes)
    assert len(photos.rejected) == 6


def test_a_folder_with_copies_of_all_files_is_left_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("a", "b", "all"):
        (root / name).mkdir(parents=True)
    for i in range(4):
        for name in ("a", "b"):
            for folder in (name, "all"):
                (root / folder / f"{name}{i}.png").write_bytes(f"{name} {i}".encode())
    assert open_photos(root).classes == ("a", "b")
    (root / "all" / "a1.png").write_bytes(b"another")
    (root / "all" / "b1.png").write_bytes(b"another still")
    assert open_photos(root).classes == ("a", "all", "b")  # a class of its own, whose files have the same names


@pytest.mark.parametrize(
    ("people", "classes"),
    [
        (("anna", "boris", "chen"), ("thumbs_up", "open_hand", "victory")),
        (("anna", "boris"), ("A", "B", "C")),
        (("kitchen", "garden"), ("rock", "paper", "scissors")),
        (("p1", "p2", "p3"), ("cat", "dog")),
        (("2024-05-01", "2024-05-02 evening"), ("cat", "dog")),
        (("left_hand", "right_hand"), ("fist", "palm")),
    ],
)
def test_people_who_all_show_the_same_classes_are_groups(
    tmp_path: Path, people: Sequence[str], classes: Sequence[str]
) -> None:
    photos = opened(tmp_path, *(f"{person}/{name}" for person in people for name in classes))
    assert set(photos.classes) == set(classes)
    assert {photo.group for photo in photos.photos} == set(people)
    assert any("--layout class/group" in note for note in photos.notes)


def test_a_person_who_lacks_a_class_is_still_one(tmp_path: Path) -> None:
    cells = [f"{person}/{name}" for person in ("ann", "bob", "cleo", "dan") for name in ("fist", "palm", "ok")]
    assert opened(tmp_path, *cells[:-1]).classes == ("fist", "ok", "palm")


@pytest.mark.parametrize("hand", ["left", "right_hand"])
def test_sides_of_the_body_are_no_classes(tmp_path: Path, hand: str) -> None:
    other = "right" if hand == "left" else "left_hand"
    photos = opened(tmp_path, *(f"{name}/{side}" for name in ("wolf", "swan") for side in (hand, other)))
    assert photos.classes == ("swan", "wolf")


def test_what_names_cannot_tell_is_asked(tmp_path: Path) -> None:
    cells = [f"{outer}/{inner}" for outer in ("kiwi", "mango") for inner in ("basket", "tree")]
    with pytest.raises(UnseenError, match=r"either kiwi, mango or basket, tree are the classes.*--layout group/class"):
        opened(tmp_path, *cells)
    root = tmp_path / "root"
    assert open_photos(root, layout="group/class").classes == ("basket", "tree")
    assert open_photos(root, layout="class/group").classes == ("kiwi", "mango")
    assert open_photos(root, known=("basket", "tree")).classes == ("basket", "tree")  # the model's own classes


def test_digits_of_people_are_asked_about_and_takes_of_classes_are_not(tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match=r"either anna, ben or 0, 1, 2 are the classes"):
        opened(tmp_path, *(f"{name}/{digit}" for name in ("anna", "ben") for digit in (0, 1, 2)))
    takes = opened(tmp_path / "takes", *(f"{name}/{take}" for name in ("kiwi", "mango") for take in (1, 2, 3)))
    signs = opened(tmp_path / "signs", *(f"{name}/{take}" for name in ("rock", "paper") for take in (0, 1, 2)))
    assert (takes.classes, signs.classes) == (("kiwi", "mango"), ("paper", "rock"))


def test_a_folder_that_everyone_has_around_their_photos_is_left_out(tmp_path: Path) -> None:
    photos = opened(tmp_path, *(f"{name}/phone/{sign}" for name in ("anna", "ben") for sign in ("rock", "paper")))
    assert photos.classes == ("paper", "rock")
    assert {photo.group for photo in photos.photos} == {"anna", "ben"}
    assert any("'phone', which each outer folder has" in note for note in photos.notes)


def test_classes_whose_photos_are_of_a_format_that_is_not_read_are_still_classes(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", "rock/1.png", "paper/1.png", "scissors/1.psd", "scissors/2.psd")
    photos = open_photos(root)
    assert [(row.label, row.is_photo) for row in photos.rejected] == [("scissors", True), ("scissors", True)]


def test_classes_spelt_in_another_case_in_another_part_are_one(tmp_path: Path) -> None:
    photos = opened(tmp_path, "Train/rock", "Train/paper", "TEST/Rock", "TEST/PAPER")
    assert photos.classes == ("paper", "rock")
    assert labels(photos)["TEST/Rock"] == ("rock", None, "test")
    assert [note for note in photos.notes if "PAPER as paper, Rock as rock" in note]
    apart = opened(tmp_path / "apart", "train/rock", "train/Rock", "test/rock", "test/Rock")
    assert apart.classes == ("Rock", "rock")


@pytest.mark.parametrize(
    "versions", [("original", "augmented"), ("64x64", "128x128"), ("RGB", "gray"), ("raw_images", "resized")]
)
def test_versions_of_photos_are_no_groups(tmp_path: Path, versions: tuple[str, str]) -> None:
    photos = opened(tmp_path, *(f"{version}/{name}" for version in versions for name in ("A", "B", "C")))
    assert photos.classes == ("A", "B", "C")
    assert {photo.group for photo in photos.photos} == {None}
    assert any("name versions of photos" in note for note in photos.notes)


def test_what_windows_and_storage_boxes_leave_behind_is_passed_over(tmp_path: Path) -> None:
    photos = opened(tmp_path, "A", "B", "$RECYCLE.BIN", "System Volume Information", "#recycle", "__MACOSX/A")
    assert photos.classes == ("A", "B")
    assert not photos.rejected


def test_numbered_names_below_numbered_people_are_classes(tmp_path: Path) -> None:
    people = [f"{i:02}" for i in range(10)]  # leapGestRecog
    photos = opened(
        tmp_path, *(f"leap/{person}/{sign}" for person in people for sign in ("01_palm", "02_l", "03_fist"))
    )
    assert photos.classes == ("01_palm", "02_l", "03_fist")
    assert labels(photos)["leap/04/02_l"] == ("02_l", "04", None)


def test_digits_are_still_classes_above_people(tmp_path: Path) -> None:
    photos = opened(tmp_path, *(f"{digit}/{person}" for digit in range(10) for person in ("anna", "boris")))
    assert photos.classes == tuple("0123456789")


def test_a_question_about_the_layout_is_not_hidden_by_file_names(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *(f"{a}/{b}/{a}_{b}_{i}.png" for a in "AB" for b in "CD" for i in range(3)))
    with pytest.raises(UnseenError, match="--layout group/class"):
        open_photos(root)


def test_what_stands_beside_its_own_test_set_is_for_training(tmp_path: Path) -> None:
    signs = ("paper", "rock", "scissors")
    photos = opened(
        tmp_path, *(f"{part}/{sign}" for part in ("rps", "rps-test-set") for sign in signs), "rps-validation"
    )
    assert photos.classes == signs
    assert labels(photos)["rps/rock"] == ("rock", None, "train")
    assert labels(photos)["rps-test-set/rock"] == ("rock", None, "test")
    assert any("rps-validation: 2 photos not used" in note for note in photos.notes)
    apart = opened(tmp_path / "apart", "tube", "test_tube", "beaker")
    assert apart.classes == ("beaker", "test_tube", "tube")


def test_a_copy_of_a_class_folder_is_left_out_or_named(tmp_path: Path) -> None:
    root = tmp_path / "root"
    opened(tmp_path, "A", "B", "C")
    shutil.copytree(root / "A", root / "A - Copy")
    write_tree(root, "B (2)/7.png", "B (2)/8.png")
    photos = open_photos(root)
    assert photos.classes == ("A", "B", "B (2)", "C")
    assert any("'A - Copy' is left out: it holds the files of 'A' again" in note for note in photos.notes)
    assert any("'B (2)' is a class of its own beside 'B'" in note for note in photos.notes)


def test_a_part_whose_only_folder_is_called_images_holds_no_class(tmp_path: Path) -> None:
    photos = opened(tmp_path, "train/n01/images", "train/n02/images", "val/images", "test/images")  # Tiny ImageNet
    assert photos.classes == ("n01", "n02")
    assert {photo.part for photo in photos.photos} == {None}
    for part in ("val", "test"):
        assert any(note.startswith(f"{part}: 2 photos not used") for note in photos.notes)


def test_a_split_of_the_class_folders_that_lies_beside_them_is_left_out(tmp_path: Path) -> None:
    cells = [f"split/{part}/{name}" for part in ("train", "val") for name in ("fist", "palm")]
    photos = opened(tmp_path, "fist", "palm", *cells)
    assert photos.classes == ("fist", "palm")
    assert any("'split' is left out: it holds fist, palm again" in note for note in photos.notes)


def test_a_copy_of_a_part_is_left_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    opened(tmp_path, "train/A", "train/B", "test/A", "test/B")
    shutil.copytree(root / "train", root / "train (1)")
    photos = open_photos(root)
    assert len(photos.photos) == 8
    assert any("'train (1)' is left out: it holds the files of 'train' again" in note for note in photos.notes)
    (root / "train (1)" / "A" / "0.png").write_bytes(b"another")
    assert len(open_photos(root).photos) == 12  # of its own, and still for training


def test_folds_that_each_divide_the_photos_are_asked_about(tmp_path: Path) -> None:
    cells = [f"fold_{k}/{part}/{name}" for k in (1, 2) for part in ("train", "val") for name in ("fist", "palm")]
    with pytest.raises(UnseenError, match=r"fold_1, fold_2 divide the same photos each in another way: name one of"):
        opened(tmp_path, *cells)
    assert open_photos(tmp_path / "root" / "fold_1").classes == ("fist", "palm")


def test_folds_without_parts_are_no_people(tmp_path: Path) -> None:
    photos = opened(tmp_path, *(f"fold{k}/{name}" for k in (0, 1, 2) for name in ("kiwi", "mango")))
    assert photos.classes == ("kiwi", "mango")
    assert {photo.group for photo in photos.photos} == {None}


@pytest.mark.parametrize("names", [("images", "masks"), ("rgb", "depth"), ("original", "gray")])
def test_words_for_photos_are_no_classes_unless_they_are_named(tmp_path: Path, names: tuple[str, str]) -> None:
    with pytest.raises(UnseenError, match=r"are words for photos, not for classes: .*--classes"):
        opened(tmp_path, *names)
    assert set(open_photos(tmp_path / "root", known=names).classes) == set(names)


def test_numbers_above_numbers_are_asked_about(tmp_path: Path) -> None:
    cells = [
        f"{signer}/{part}/{word}" for signer in ("01", "02") for part in ("train", "test") for word in ("0001", "0002")
    ]
    with pytest.raises(UnseenError, match="either 01, 02 or 0001, 0002 are the classes"):
        opened(tmp_path, *cells)
    photos = open_photos(tmp_path / "root", layout="group/class")
    assert labels(photos)["02/test/0001"] == ("0001", "02", "test")


def test_classes_that_differ_only_in_zeros_are_named(tmp_path: Path) -> None:
    assert any("zeros in front are kept apart: 01, 1" in note for note in opened(tmp_path, "01", "1", "2").notes)


@pytest.mark.parametrize("inside", [("data/{}",), ("dataset/train/{}", "dataset/test/{}"), ("labeled/{}",)])
def test_what_lies_beside_the_data_is_set_aside(tmp_path: Path, inside: tuple[str, ...]) -> None:
    photos = opened(
        tmp_path, *(form.format(name) for form in inside for name in ("kiwi", "mango")), "docs", "static/img"
    )
    assert photos.classes == ("kiwi", "mango")
    assert any(note.startswith("docs: 2 photos not used: beside the folder") for note in photos.notes)
    assert any(note.startswith("static: 2 photos not used") for note in photos.notes)


def test_kinds_of_classes_are_no_groups(tmp_path: Path) -> None:
    photos = opened(tmp_path, "digits/0", "digits/1", "digits/2", "letters/A", "letters/B")
    assert photos.classes == ("0", "1", "2", "A", "B")
    assert {photo.group for photo in photos.photos} == {None}
    people = opened(tmp_path / "people", "session1/A", "session1/B", "session2/C", "session2/D")
    assert {photo.group for photo in people.photos} == {"session1", "session2"}


def test_one_folder_of_photos_whose_names_hold_labels_is_told_the_pattern(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *(f"images/{name}_{i}.png" for name in ("rock", "paper") for i in range(4)))
    with pytest.raises(UnseenError, match=r"one class only .*file names look like LABEL_NUMBER, use --labels-from"):
        open_photos(root)


@pytest.mark.parametrize("copy", ["A - Kopie", "A - copie (2)", "A - Copia"])
def test_copies_by_the_names_of_other_systems_are_left_out(tmp_path: Path, copy: str) -> None:
    opened(tmp_path, "A", "B")
    shutil.copytree(tmp_path / "root" / "A", tmp_path / "root" / copy)
    assert open_photos(tmp_path / "root").classes == ("A", "B")


def test_two_levels_that_no_name_tells_apart_are_read_with_a_line_about_both(tmp_path: Path) -> None:
    photos = opened(tmp_path, "animals/cat", "animals/dog", "vehicles/bus", "vehicles/car")
    assert labels(photos)["animals/cat"] == ("animals", "cat", None)
    (line,) = [note for note in photos.notes if "--layout group/class" in note]
    assert "classes (animals, vehicles)" in line
    assert "people or sessions (bus, car, cat and 1 more)" in line
