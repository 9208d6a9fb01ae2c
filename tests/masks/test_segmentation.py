import numpy as np

from tests.masks.planted import GREEN, hand, paste, wall
from unseen.masks.backdrop import to_lab
from unseen.masks.border import border_backdrop
from unseen.masks.segmentation import overlap, segment


def test_both_methods_agree_on_a_hand_on_felt() -> None:
    rgb = np.ascontiguousarray(paste(hand(), wall(GREEN))[..., :3])
    lab = to_lab(rgb)
    found = segment(rgb, lab, border_backdrop(lab))
    assert found is not None
    assert found.agreement > 0.93
    assert overlap(found.mask, hand() > 0.5) > 0.9  # a pixel wide: alpha narrows it
    assert found.median_distance > 4 * found.noise_floor
    assert np.median(found.normalised_distance[hand() > 0.9]) > 0.85
    assert found.normalised_distance[hand() < 0.01].max() < 0.3


def test_nothing_stands_out_of_a_bare_wall() -> None:
    rgb = np.ascontiguousarray(paste(np.zeros((144, 176), np.float32), wall(GREEN))[..., :3])
    lab = to_lab(rgb)
    assert segment(rgb, lab, border_backdrop(lab)) is None
