import numpy as np
import pytest

from tests.masks.planted import GREEN, SKIN, WALL, hand, paste, wall
from unseen.masks.backdrop import to_lab
from unseen.masks.border import border_backdrop, strip_of
from unseen.records import Float32Array


def _lab(photo: "np.typing.NDArray[np.uint8]") -> Float32Array:
    return to_lab(np.ascontiguousarray(photo[..., :3]))


@pytest.mark.parametrize("fall", [0.0, 0.3, 0.5])
def test_the_surface_follows_the_light_under_the_hand(fall: float) -> None:
    bare = _lab(paste(np.zeros((144, 176), np.float32), wall(WALL, fall=fall)))
    backdrop = border_backdrop(_lab(paste(hand(), wall(WALL, fall=fall))))
    off = np.linalg.norm(backdrop.layers[0] - bare, axis=-1)
    assert np.median(off) < 2.5
    assert np.median(off[hand() > 0.5]) < 3.5


def test_an_arm_across_a_side_does_not_become_the_backdrop() -> None:
    truth = np.zeros((144, 176), np.float32)
    truth[20:130, 60:] = 1  # most of the right side
    main = border_backdrop(_lab(paste(truth, wall(GREEN)))).main()
    green = _lab(np.full((1, 1, 3), GREEN, np.uint8))[0, 0]
    assert np.linalg.norm(main.layers[0][72, 120] - green) < 6


def test_two_colours_of_the_edge_are_two_layers() -> None:
    behind = wall(WALL)
    behind[90:] = wall((90, 60, 40))[90:]
    backdrop = border_backdrop(_lab(paste(np.zeros((144, 176), np.float32), behind)))
    assert len(backdrop.layers) == 2
    assert backdrop.support > 0.95


def test_the_support_is_the_share_of_the_edge_that_is_explained() -> None:
    truth = hand()
    backdrop = border_backdrop(_lab(paste(truth, wall(WALL), SKIN)))
    covered = truth[strip_of(144, 176)].mean()
    assert backdrop.support == pytest.approx(1 - covered, abs=0.03)


def test_the_strip_is_the_edge_alone() -> None:
    strip = strip_of(100, 60)
    assert strip[0].all()
    assert strip[:, -1].all()
    assert not strip[50, 30]
