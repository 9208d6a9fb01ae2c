"""Drawn signs whose meaning is known: arrows turn under reflection, 6 and 9 upside down, rings and bars never."""

from collections.abc import Callable

import numpy as np
import pytest

from unseen.augment.alterations import ORIENTATIONS
from unseen.augment.transforms import Transform
from unseen.inputs.label_safety import INVERSE, Exchange, LabelSafety, measure_safety
from unseen.records import Float32Array, Int64Array, Uint8Array

SIDE = 24
HOW = {one.name: one.apply for one in ORIENTATIONS}


def sign(name: str, rng: np.random.Generator) -> Uint8Array:
    """One noisy drawing, a little shifted."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] - SIDE / 2 + rng.integers(-2, 3, (2, 1, 1))
    ink = {
        "right": np.abs(rows) < (6 - columns) / 2 * (columns > -6),
        "left": np.abs(rows) < (6 + columns) / 2 * (columns < 6),
        "up": np.abs(columns) < (6 + rows) / 2 * (rows < 6),
        "6": (np.hypot(rows - 3, columns) < 5) | ((np.abs(columns + 4) < 1.5) & (rows < 3) & (rows > -9)),
        "9": (np.hypot(rows + 3, columns) < 5) | ((np.abs(columns - 4) < 1.5) & (rows > -3) & (rows < 9)),
        "ring": np.abs(np.hypot(rows, columns) - 6) < 2,
        "blob": np.hypot(rows, columns) < 4,
    }[name]
    noisy = np.where(ink, 200, 60) + rng.normal(0, 25, (SIDE, SIDE))
    return noisy.clip(0, 255).astype(np.uint8)


def safety_of(names: tuple[str, ...], photos: int = 60) -> LabelSafety:
    rng = np.random.default_rng(0)
    drawn = [sign(name, rng) for name in names for _ in range(photos)]
    labels: Int64Array = np.repeat(np.arange(len(names)), photos)
    groups = [f"person {i % 12}" for i in range(len(labels))]

    def features(how: Callable[[Uint8Array], Uint8Array]) -> Float32Array:
        return np.stack([how(photo).ravel() for photo in drawn]).astype(np.float32)

    altered = {name: features(how) for name, how in HOW.items()}
    return measure_safety(features(lambda photo: photo), altered, labels, groups, len(names), 0)


def turned(names: tuple[str, ...]) -> set[tuple[str, str, str]]:
    found = safety_of(names)
    assert found.known.all()
    return {(pair.alteration, names[pair.first], names[pair.second]) for pair in found.exchanges}


def test_a_mirrored_left_is_a_right() -> None:
    assert ("flipped", "left", "right") in turned(("left", "right", "ring"))


def test_a_six_on_its_head_is_a_nine_but_a_mirrored_one_is_not() -> None:
    found = turned(("6", "9", "ring"))
    assert ("upside-down", "6", "9") in found
    assert not any(how == "flipped" for how, *_ in found)


def test_an_arrow_turned_by_a_quarter_is_another_arrow() -> None:
    found = turned(("left", "right", "up", "ring"))
    assert any(how.startswith("rotated") and "up" in pair for how, *pair in found)


@pytest.mark.parametrize("names", [("ring", "blob"), ("6", "ring", "blob"), ("right", "ring", "blob")])
def test_signs_that_turn_into_no_other_class_are_safe(names: tuple[str, ...]) -> None:
    assert turned(names) == set()


def test_classes_that_the_probe_cannot_tell_apart_prove_nothing() -> None:
    """Two names for one sign: half of each is taken for the other, altered or not."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 20)).astype(np.float32)
    labels = np.arange(200) % 2
    found = measure_safety(x, {"flipped": x}, labels, [str(i % 20) for i in range(200)], 3, 0)
    assert found.exchanges == ()
    assert not found.known[2]


def test_every_inverse_undoes_its_alteration() -> None:
    photo = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for name, inverse in INVERSE.items():
        assert np.array_equal(HOW[inverse](HOW[name](photo)), photo)


@pytest.mark.parametrize(
    ("exchanged", "known", "safe"),
    [
        ((), (1, 1, 0), (1, 1, 1)),  # nothing turns what is known: the one class that is not goes with the others
        ((), (1, 0, 0), (1, 0, 0)),  # most are not known, so nothing is known of them
        (((0, 1),), (1, 1, 0), (0, 0, 0)),
        (((0, 1),), (1, 1, 1), (0, 0, 1)),
    ],
)
def test_a_class_is_allowed_what_exchanges_neither_it_nor_those_like_it(
    exchanged: tuple[tuple[int, int], ...], known: tuple[int, ...], safe: tuple[int, ...]
) -> None:
    pairs = tuple(Exchange("flipped", a, b, (0.9, 0.9)) for a, b in exchanged)
    safety = LabelSafety(pairs, np.array(known, dtype=bool))
    assert safety.allows(Transform.FLIP).tolist() == [bool(one) for one in safe]
    assert safety.allows(Transform.ROTATE).tolist() == LabelSafety((), safety.known).allows(Transform.FLIP).tolist()


@pytest.mark.parametrize(("names", "upright"), [(("up", "6", "9"), True), (("ring", "blob"), False)])
def test_photos_of_what_stands_upright_show_it(names: tuple[str, ...], upright: bool) -> None:
    assert safety_of(names).upright == upright
