"""What a bundle keeps of its training is found again, and tells a photo like training's from one that is not."""

from pathlib import Path

import numpy as np

from unseen.explanation.coverage import FILE, cover, read_coverage, write_coverage
from unseen.explanation.known_training import Known
from unseen.explanation.usual_values import IN_GENERAL

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
    assert read_coverage(tmp_path) is None
