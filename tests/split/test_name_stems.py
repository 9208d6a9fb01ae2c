from collections.abc import Sequence

import pytest

from unseen.split.name_stems import MOST_COPIES, Stems, name_stems

from .scenes import photos

HASH = "0123456789abcdef0123456789abcdef"
UUID = "12345678-1234-1234-1234-123456789abc"
OTHERS = [f"A/other {word}.jpg" for word in ("qx", "wr", "zk", "mu", "vv", "wd", "ry", "ty")]


def stems_of(paths: Sequence[str]) -> Stems:
    return name_stems(photos(paths).photos)


def sources(names: list[str], label: str = "A") -> list[str | None]:
    """The sources of photos called `names` in one class, beside others that have nothing to do with them."""
    found = stems_of([*(f"{label}/{name}" for name in names), *(path.replace("A/", f"{label}/") for path in OTHERS)])
    assert set(found.sources[len(names) :]) == {None}
    return list(found.sources[: len(names)])


def joined(names: list[str], label: str = "A") -> bool:
    found = sources(names, label)
    return len(set(found)) == 1 and found[0] is not None


@pytest.mark.parametrize(
    "names",
    [
        [f"IMG_7_jpg.rf.{HASH}.jpg", f"IMG_7_jpg.rf.{HASH[::-1]}.jpg"],
        ["IMG_7.jpg", f"IMG_7_jpg.rf.{HASH}.jpg"],
        ["IMG_7.jpg", f"A_original_IMG_7.jpg_{UUID}.jpg"],
        ["IMG_7.jpg", "IMG_7_aug1.jpg", "IMG_7_aug2.jpg"],
        ["IMG_7.jpg", "IMG_7_flip.jpg", "IMG_7_rot15.jpg", "IMG_7_rot_-15.5.jpg", "IMG_7-bright.jpg"],
        ["IMG_7_hflip.png", "IMG_7_horizontal_flip.png", "IMG_7_flip_rot90.png", "IMG_7_gaussian_noise.png"],
        ["IMG_7.jpg", "flip_IMG_7.jpg", "rot15_IMG_7.jpg", "aug_3_IMG_7.jpg", "augmented_3_IMG_7.jpg"],
        ["001.jpg", "rot_001.jpg", "mirrored-001.jpg"],
        ["IMG_7.jpg", "gaussian_IMG_7.jpg", "median_blur_IMG_7.jpg", "IMG_7_solarize.jpg"],
        ["IMG_7.jpg", "IMG_7 (1).jpg", "IMG_7 (2).jpg"],
        [
            "IMG_7.jpg",
            "IMG_7 - Copy.jpg",
            "IMG_7 - Copy (2).jpg",
            "IMG_7_copy.jpg",
            "Copy of IMG_7.jpg",
            "IMG_7 copy 2.jpg",
        ],
    ],
)
def test_copies_named_after_one_photo_have_one_source(names: list[str]) -> None:
    assert joined(names)


@pytest.mark.parametrize(
    "names",
    [
        ["IMG_7.jpg", "IMG_8.jpg"],
        ["IMG_7_flip.jpg", "IMG_8_flip.jpg"],
        ["A (1).jpg", "A (2).jpg", "A (3).jpg"],  # numbered by a file manager: no `A.jpg` is there
        ["A.jpg", *(f"A ({i}).jpg" for i in range(1, 30))],  # a browser that saves every photo as `A`
        [f"hand_aug_{i}.jpg" for i in range(3)],  # of which hand, nobody knows
        [f"hand7_aug_{i}.jpg" for i in range(MOST_COPIES + 1)],
        ["7_1.jpg", "7_2.jpg"],
        ["left_7.jpg", "right_7.jpg"],
    ],
)
def test_numbers_and_other_words_make_no_source(names: list[str]) -> None:
    assert set(sources(names)) == {None}


def test_a_class_that_is_called_like_an_alteration_is_none() -> None:
    assert set(sources(["7_rotate.jpg", "7.jpg"], label="rotate")) == {None}
    assert joined(["7_rotate.jpg", "7.jpg"], label="A")


def test_the_same_stem_in_two_classes_or_folders_is_two_sources() -> None:
    paths = ["A/1.jpg", "A/1_flip.jpg", "B/1.jpg", "B/1_flip.jpg", "anna/A/1.jpg", "anna/A/1_flip.jpg"]
    assert len(set(stems_of(paths).sources)) == 3


def test_a_random_number_of_keras_is_not_the_source_but_a_repeated_number_is() -> None:
    keras = [f"A/aug_{i}_{number}.jpeg" for i, number in ((0, 4711), (0, 93), (1, 5555), (1, 812), (2, 7), (2, 3131))]
    assert [source and source[-1] for source in stems_of(keras).sources] == list("001122")
    unnamed = [path.replace("aug_", "_") for path in keras]  # without save_prefix
    assert [source and source[-1] for source in stems_of(unnamed).sources] == list("001122")
    numbered = [f"A/aug_{copy}_{i:03d}.jpeg" for copy in (1, 2) for i in range(3)]
    assert [source and source[-1] for source in stems_of(numbered).sources] == list("012012")


def test_one_photo_augmented_by_keras_again_and_again_is_no_source() -> None:
    assert set(stems_of([f"A/aug_0_{7 * i}.jpeg" for i in range(9)]).sources) == {None}


def test_names_that_may_tell_a_session_are_those_of_sources() -> None:
    stems = stems_of(["A/anna_1.jpg", "A/flip_anna_1.jpg", "A/aug_3_12.jpg", "A/ben_2.jpg"])
    assert stems.telling(range(4)) == [0, 3]
    assert stems.altered == (False, True, True, False)
    assert stems.photos[1].path == "A/anna_1.jpg"
