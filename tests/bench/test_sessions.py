from pathlib import Path

import pytest
from PIL import Image

from bench.sessions import session_of, write_folds
from unseen.runs import read_rows
from unseen.sources.open_photos import open_photos


@pytest.mark.parametrize(
    ("path", "session"),
    [
        ("0/16_pic00012_0.jpg", "16"),
        ("3/3_1528499009.07_pic00012_0.jpg", "3_1528499009.07"),
        ("5/pic00044_1.jpg", "pic"),
        ("5/Hand_0009484_0.jpg", "Hand"),
    ],
)
def test_the_session_is_what_stands_before_pic(path: str, session: str) -> None:
    assert session_of(path) == session


def test_each_photo_is_tested_once_by_a_fold_that_never_saw_its_session(tmp_path: Path) -> None:
    for label in ("one", "two"):
        for session in range(5):
            for i in range(3):
                photo = tmp_path / "photos" / label / f"{session}_pic{i}_0.png"
                photo.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (8, 8)).save(photo)
    tested: list[str] = []
    for train, test in write_folds(tmp_path / "photos", tmp_path / "folds", 3):
        seen, held_out = read_rows(train), read_rows(test)
        assert not {row["group"] for row in seen} & {row["group"] for row in held_out}
        assert len(seen) + len(held_out) == 30
        assert open_photos(test).classes == ("one", "two")
        assert len(open_photos(test).photos) == len(held_out)
        tested += [row["path"] for row in held_out]
    assert len(set(tested)) == len(tested) == 30
