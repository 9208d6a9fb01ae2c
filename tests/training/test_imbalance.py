import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unseen.training.imbalance import epoch_order, resolve_imbalance

LABELS = np.array([0] * 60 + [1] * 20 + [3] * 10, dtype=np.int64)  # class 2 is absent


def make_rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("counts", "found"), [((30, 20), "none"), ((31, 20), "weights"), ((10, 10, 0), "none"), ((), "none")]
)
def test_auto_weighs_from_a_ratio_of_one_and_a_half(counts: tuple[int, ...], found: str) -> None:
    labels = np.repeat(np.arange(len(counts)), counts).astype(np.int64)
    assert resolve_imbalance("auto", labels, max(1, len(counts))) == found
    assert resolve_imbalance("sampling", labels, max(1, len(counts))) == "sampling"


@pytest.mark.parametrize("imbalance", ["none", "weights"])
def test_plain_epochs_hold_every_photo_once(imbalance: str) -> None:
    order = epoch_order(LABELS, imbalance, make_rng())
    assert sorted(order.tolist()) == list(range(90))
    assert order.tolist() != list(range(90))
    assert order.tolist() != epoch_order(LABELS, imbalance, make_rng(1)).tolist()


def test_sampling_draws_every_class_equally_in_full_rounds() -> None:
    order = epoch_order(LABELS, "sampling", make_rng())
    assert len(order) == 90
    assert np.bincount(LABELS[order], minlength=4).tolist() == [30, 30, 0, 30]
    times = np.bincount(order, minlength=90)
    assert set(times[:60]) == {0, 1}  # of the large class a half, none twice
    assert set(times[60:80]) == {1, 2}
    assert set(times[80:]) == {3}
    assert not (LABELS[order[:30]] == 0).all()  # mixed, not class by class


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 99))
def test_sampling_is_even_to_within_the_rounding(counts: list[int], seed: int) -> None:
    labels = np.repeat(np.arange(len(counts)), counts).astype(np.int64)
    order = epoch_order(labels, "sampling", make_rng(seed))
    drawn = np.bincount(labels[order], minlength=len(counts))
    assert len(order) == len(labels)
    assert drawn.max() - drawn.min() < len(counts) + 1
    for label in range(len(counts)):
        times = np.bincount(order, minlength=len(labels))[labels == label]
        share = -(-len(labels) // len(counts))
        assert times.max() <= -(-share // counts[label])
