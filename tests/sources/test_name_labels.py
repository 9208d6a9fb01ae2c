import re
from pathlib import Path

import pytest

from tests.photos.pictures import write_tree
from unseen.errors import UnseenError
from unseen.sources.name_labels import suggest_pattern
from unseen.sources.open_photos import open_photos


@pytest.mark.parametrize(
    ("form", "looks"),
    [
        ("{label}_{i:03d}.png", "LABEL_NUMBER"),
        ("{label}{i}.png", "LABEL_NUMBER"),
        ("{label} ({i}).png", "LABEL_NUMBER"),
        ("{label}.{i}.png", "LABEL_NUMBER"),
        ("img_{label}_{i}.png", "PREFIX_LABEL_NUMBER"),
        ("{i:04d}_{label}.png", "NUMBER_LABEL"),
        ("0a{i}b-4c6b_{label}.png", "NAME_LABEL"),
        ("{label}.4c1f{i}a2k.ingestion-7f{i}.png", "LABEL.ID"),
    ],
)
@pytest.mark.parametrize("labels", [("A", "B"), ("rock", "scissors")])
def test_a_flat_folder_is_told_the_pattern_and_the_pattern_works(
    tmp_path: Path, form: str, looks: str, labels: tuple[str, str]
) -> None:
    named = {form.format(label=label, i=i): label for label in labels for i in range(4)}
    root = write_tree(tmp_path / "root", *named)
    with pytest.raises(UnseenError, match=f"no class folders; file names look like {looks} ") as error:
        open_photos(root)
    pattern = re.search(r"use --labels-from '(.*)'$", str(error.value))
    assert pattern
    photos = open_photos(root, labels_from=pattern[1])
    assert {photo.path: photo.label for photo in photos.photos} == named


def test_numbers_before_a_counter_are_labels() -> None:
    names = [f"{label}_{i:04d}.jpg" for label in range(10) for i in range(5)]
    suggested = suggest_pattern(names)
    assert suggested
    assert {match[1] for name in names if (match := re.search(suggested[1], name))} == set("0123456789")


@pytest.mark.parametrize("form", ["IMG_{i:04d}.jpg", "DSC{i}.jpg", "{i}.jpg", "2024-05-{i:02d} 10.11.12.jpg"])
def test_names_that_only_count_suggest_nothing(form: str) -> None:
    assert suggest_pattern([form.format(i=i) for i in range(1, 30)]) is None


def test_groups_parts_and_what_does_not_match(tmp_path: Path) -> None:
    names = ("train/ann_5L_1.png", "train/bob_2L_1.png", "test/eve_5L_1.png", "test/other.png", "train/cat_2L_2.jxl")
    photos = open_photos(write_tree(tmp_path, *names), labels_from="(?P<group>[a-z]+)_(?P<label>[0-9])[LR]")
    assert [(photo.path, photo.label, photo.group, photo.part) for photo in photos.photos] == [
        ("test/eve_5L_1.png", "5", "eve", "test"),
        ("train/ann_5L_1.png", "5", "ann", "train"),
        ("train/bob_2L_1.png", "2", "bob", "train"),
    ]
    reasons = {row.path: row.reason for row in photos.rejected}
    assert reasons["test/other.png"] == "name does not match --labels-from"


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "no regular expression"),
        ("([A-Z]+)_", "no group named label"),
        ("(?P<label>x)_", "matches none of 2 names"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_said(tmp_path: Path, pattern: str, message: str) -> None:
    root = write_tree(tmp_path, "A_1.png", "B_1.png")
    with pytest.raises(UnseenError, match=message):
        open_photos(root, labels_from=pattern)
