"""What a bundle keeps of its training is found again, and tells a photo like training's from one that is not."""

from pathlib import Path

import numpy as np
import pytest

from unseen.errors import BadBundle
from unseen.explanation.coverage import cover, read_coverage, write_coverage
from unseen.explanation.known_training import Known, know
from unseen.explanation.measures.usual_values import IN_GENERAL
from unseen.inference.photo_index import FILE

RNG = np.random.default_rng(0)
CENTRES = RNG.normal(0, 4, (3, 16)).astype(np.float32)
LABELS = np.repeat(np.arange(3), 20)
TRAIN = CENTRES[LABELS] + RNG.normal(0, 1, (60, 16)).astype(np.float32)
HELD_OUT = CENTRES[LABELS] + RNG.normal(0, 1, (60, 16)).astype(np.float32)


def test_near_photos_are_found_after_a_round_trip(tmp_path: Path) -> None:
    made = cover(TRAIN, LABELS, np.arange(60), HELD_OUT, Known(rates={"flipped": 0.25}))
    write_coverage(tmp_path, made)
    found = read_coverage(tmp_path)
    assert found is not None
    assert found.known.rates == {"flipped": 0.25}
    assert found.known.usual.quantiles == IN_GENERAL.quantiles
    near = found.covered(TRAIN[25], ("a", "b", "c"), {25: "b/25.jpg"})
    assert (near.nearest[0].path, near.nearest[0].label) == ("b/25.jpg", "b")
    assert {one.label for one in near.nearest} == {"b"}
    assert near.percentile < 0.9


def test_a_photo_unlike_training_is_beyond_the_held_out_ones() -> None:
    made = cover(TRAIN, LABELS, np.arange(60), HELD_OUT, Known())
    assert made.covered(-CENTRES.mean(axis=0) * 9, ("a", "b", "c"), {}).percentile > 0.98


def test_bundles_without_it_are_none(tmp_path: Path) -> None:
    assert read_coverage(tmp_path) is None
    (tmp_path / FILE).write_bytes(b"no such file")
    with pytest.raises(BadBundle, match=r"index\.safetensors cannot be read"):
        read_coverage(tmp_path)


def test_hands_are_kept_and_compared_with_those_of_the_class(tmp_path: Path) -> None:
    hands = np.full((60, 21, 2), np.nan, np.float32)
    hands[[5, 25, 45]] = RNG.uniform(0, 1, (3, 21, 2))
    write_coverage(tmp_path, cover(TRAIN, LABELS, np.arange(100, 160), HELD_OUT, Known(), hands))
    found = read_coverage(tmp_path)
    assert found is not None
    mine = hands[25].copy()
    mine[14:17] += [0, 1]  # the ring finger but for its root
    apart = found.difference(mine, found.of_class(1))
    assert apart is not None
    assert (apart.finger, found.rows[apart.near]) == ("ring finger", 125)
    assert found.difference(hands[25], found.of_class(1)) is None


def test_features_are_given_back_and_photos_that_are_wrong_are_left_out() -> None:
    made = cover(TRAIN, LABELS, np.arange(60), HELD_OUT, Known())
    back = made.network_features(np.arange(60))
    limit = TRAIN.mean(axis=0) + 3 * TRAIN.std(axis=0)
    assert np.abs(back - TRAIN.clip(2 * TRAIN.mean(axis=0) - limit, limit)).max() < 0.05

    def nearest_centre(features: np.ndarray) -> np.ndarray:
        said: np.ndarray = -np.square(features[:, None] - CENTRES).sum(axis=2)
        said[features[:, 0] == back[27, 0]] = [1, 0, 0]  # one photo of class 1 is taken for class 0
        return said

    assert made.of_class(1).tolist() == list(range(20, 40))
    assert made.of_class(1, nearest_centre).tolist() == [i for i in range(20, 40) if i != 27]


def test_layouts_are_found_again(tmp_path: Path) -> None:
    known = know([RNG.integers(0, 256, (40, 50, 3)).astype(np.uint8) for _ in range(5)], None, [0, 0, 1, 1, 2])
    write_coverage(tmp_path, cover(TRAIN, LABELS, np.arange(60), HELD_OUT, known))
    found = read_coverage(tmp_path)
    assert found is not None
    assert found.known.layouts is not None
    assert known.layouts is not None
    np.testing.assert_array_equal(found.known.layouts.edges.rows, known.layouts.edges.rows)
    assert found.known.layouts.edges.usual == known.layouts.edges.usual
    assert found.known.layouts.edges.usual_own == known.layouts.edges.usual_own
    assert found.known.layouts.edges.labels is not None
    assert found.known.layouts.edges.labels.tolist() == [0, 0, 1, 1, 2]


def test_thumbnails_are_kept_where_they_are_asked_for(tmp_path: Path) -> None:
    made = cover(TRAIN, LABELS, np.arange(60), HELD_OUT, Known())
    assert made.thumbnail(3) is None
    photos = {row: np.full((40 + row, 300, 4), 4 * row, np.uint8) for row in range(60)}
    write_coverage(tmp_path, made.with_thumbnails(photos))
    found = read_coverage(tmp_path)
    assert found is not None
    for place in (0, 25, 59):
        picture = found.thumbnail(place)
        assert picture is not None
        assert max(picture.shape) == 96
        assert abs(float(picture.mean()) - 4 * place) < 3
    near = found.covered(TRAIN[25], ("a", "b", "c"), {}).nearest[0]
    assert near.picture is not None
    assert abs(float(near.picture.mean()) - 100) < 3
    assert set(near.as_dict()) == {"path", "label", "distance"}
