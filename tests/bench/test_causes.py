"""Every way of spoiling does what its cause says, and the table counts what is named."""

from typing import Any

import numpy as np
import pytest

from bench.causes import NOTHING, spoiled, table, upright
from bench.planted_ways import STRENGTHS, WAYS
from tests.explanation.brightness_model import RIGHT_IN_THE_DARK, subject_photo

PHOTO, OTHER = subject_photo("left", 125, 50), subject_photo("right", 90, 7)


@pytest.mark.parametrize("name", WAYS)
def test_every_way_changes_a_photo_and_stronger_ones_do_no_less(name: str) -> None:
    way = WAYS[name]
    made = [upright(way.change(PHOTO, OTHER, strength), way.orientation) for strength in STRENGTHS]
    assert all(one.dtype == np.uint8 and one.shape[2] == 3 for one in made)
    assert all(one.shape != PHOTO.shape or (one != PHOTO).any() for one in made)


def test_a_tag_turns_a_photo_as_it_does_in_a_file() -> None:
    marked = np.zeros((4, 6, 3), np.uint8)
    marked[0, 0] = 255  # tag 6: the first row is the right side
    assert upright(marked, 6).shape == (6, 4, 3)
    assert upright(marked, 6)[0, 3].all()
    assert upright(marked, None) is marked


def test_a_photo_is_spoiled_as_little_as_makes_the_model_wrong() -> None:
    said = RIGHT_IN_THE_DARK.predict_proba([PHOTO])[0].argmax()
    for way in ("dark", "mirrored"):
        made = spoiled(RIGHT_IN_THE_DARK, (PHOTO, int(said)), OTHER, way)
        if made is not None:
            assert RIGHT_IN_THE_DARK.predict_proba([made[0]])[0].argmax() != said
            assert made[1] in STRENGTHS
            break
    else:
        pytest.fail("the model withstands both")


def test_the_table_counts_first_and_three_and_what_was_accused() -> None:
    rows: list[dict[str, Any]] = [
        {"way": "dark", "cause": "too_dark", "causes": [["too_dark", -0.1, None]]},
        {"way": "dark", "cause": "too_dark", "causes": [["rotated", -0.1, None], ["too_dark", -2, None]]},
        {"way": "dark", "cause": "too_dark", "causes": []},
        {"way": f"{NOTHING}, right", "cause": NOTHING, "causes": [["jpeg", -0.2, None]]},
        {"way": "far", "cause": "withstood", "causes": []},
    ]
    found = table(rows)
    assert "| dark | 1 of 3 | 2 | {'rotated': 1, 'nothing': 1} |" in found
    assert "accused 1 of 1" in found
    assert "| far | withstood" in found
    assert "first 33.3%, among three 66.7% of 3" in found
