from pathlib import Path

import pytest

from unseen.dataset.known_classes import known_only
from unseen.errors import UnseenError
from unseen.photos.class_names import photo_set
from unseen.records import Photo


def test_a_class_in_another_case_or_a_number_as_a_word_is_the_models(tmp_path: Path) -> None:
    photos = [Photo(f"{i}.png", tmp_path / f"{i}.png", name) for i, name in enumerate(("One", "2", "ROCK", "ten", "a"))]
    found = known_only(photo_set(photos, [], []), ("1", "two", "rock", "A", "a"))
    assert [(photo.path, photo.label) for photo in found.photos] == [
        ("0.png", "1"),
        ("1.png", "two"),
        ("2.png", "rock"),
        ("4.png", "a"),
    ]
    assert found.labels.tolist() == [0, 1, 2, 4]
    assert [row.reason for row in found.rejected] == ["class 'ten' is not one of the model's"]
    assert found.notes == (
        "classes by other names: 2 is the model's two, One is the model's 1, ROCK is the model's rock",
    )
    either = photo_set([Photo("1.png", tmp_path / "1.png", "One")], [], [])
    with pytest.raises(UnseenError, match="known are one, 1 , ONE"):
        known_only(either, ("one", "1 ", "ONE"))
