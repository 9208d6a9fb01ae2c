import numpy as np
import pytest

from tests.masks.planted import GREEN, SKIN
from unseen.masks.backdrop import Backdrop, backdrop_distance, layer_distance, to_lab
from unseen.records import Float32Array


def _colour(*rgb: float) -> Float32Array:
    return to_lab(np.array([[rgb]]).round().astype(np.uint8))


def _darker(rgb: tuple[int, int, int], factor: float) -> Float32Array:
    """The colour in less light: sRGB is about a power of 2.2 of it."""
    return _colour(*(channel * factor ** (1 / 2.2) for channel in rgb))


@pytest.mark.parametrize("factor", [1.0, 0.6, 0.3])
def test_felt_in_shadow_is_felt(factor: float) -> None:
    away, light = layer_distance(_darker(GREEN, factor), _colour(*GREEN))
    assert away.item() < 4
    assert light.item() == pytest.approx(factor ** (1 / 3), abs=0.06)


def test_skin_is_far_from_felt_and_a_dark_sleeve_from_a_grey_wall() -> None:
    assert layer_distance(_colour(*SKIN), _colour(*GREEN))[0].item() > 40
    assert layer_distance(_colour(70, 70, 72), _colour(200, 200, 200))[0].item() > 15


def test_the_nearest_layer_counts() -> None:
    layers = (_colour(*GREEN), _colour(200, 200, 200))
    backdrop = Backdrop(layers, (1.3, 2.0), 1.0)
    for layer in layers:
        assert backdrop_distance(layer, backdrop)[0].item() < 0.5
    assert backdrop.noise == 2.0
    assert backdrop.main().layers == layers[:1]
    assert backdrop.main().chroma > 40
