import numpy as np
import pytest

from unseen.generating.kernel_distance import kernel_distance, standardised
from unseen.records import Float32Array


def _drawn(count: int, seed: int, shift: float = 0.0) -> Float32Array:
    return (np.random.default_rng(seed).standard_normal((count, 12)) + shift).astype(np.float32)


def test_two_draws_of_the_same_are_at_0_whatever_their_number() -> None:
    for count in (30, 60, 240):
        values = [kernel_distance(_drawn(240, seed), _drawn(240, 100 + seed), count) for seed in range(8)]
        mean = np.mean([value.value for value in values if value])
        assert abs(mean) < 0.05, count


def test_it_is_the_value_that_the_kernel_has_by_hand() -> None:
    a, b = np.eye(20, 2, dtype=np.float32), np.zeros((20, 2), np.float32)
    # k(0, 0) = k(0, x) = 1; among the 20 rows of `a` only two are not 0, and those two are at a right angle: 1 as well
    assert kernel_distance(a, b, 20) is not None
    assert kernel_distance(a, b, 20).value == pytest.approx(0, abs=1e-9)  # type: ignore[union-attr]
    ones = np.ones((20, 2), np.float32)  # k(1, 1) = 2**3
    assert kernel_distance(ones, b, 20).value == pytest.approx(8 + 1 - 2 * 1)  # type: ignore[union-attr]


def test_a_shift_is_farther_the_larger_it_is() -> None:
    values = [kernel_distance(_drawn(100, 1), _drawn(100, 2, shift), 100) for shift in (0.0, 0.3, 1.0)]
    found = [value.value for value in values if value]
    assert found[0] < found[1] < found[2]


def test_few_photos_say_nothing_and_constant_features_are_left_out() -> None:
    assert kernel_distance(_drawn(19, 0), _drawn(100, 1), 100) is None
    features = np.concatenate([_drawn(50, 3), np.full((50, 1), 7, np.float32)], axis=1)
    (out,) = standardised(features, features)
    assert out.shape == (50, 12)
    assert np.allclose(out.std(axis=0), 1, atol=1e-3)
