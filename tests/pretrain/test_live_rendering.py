"""Hands rendered beside a run are those that the renderer makes of the same numbers, in their order."""

import multiprocessing
import time

import numpy as np

from pretrain.any_hand import any_hand
from pretrain.live_rendering import rendered_beside
from pretrain.render import SIDE_PX


def test_two_processes_fill_one_set() -> None:
    with rendered_beside(2, 5, seed=77) as hands:
        # of five rows four can be shared out evenly
        assert len(hands) == 4
        for number in range(4):
            seen = any_hand(77 + number, SIDE_PX, samples=1).seen
            assert np.array_equal(hands.photos[number], seen.rgba)
            np.testing.assert_allclose(hands.places[number], seen.joints * SIDE_PX)
            assert hands.pose.left[number] == seen.left
            # a palm's length is the unit of its joints
            assert np.isclose(np.linalg.norm(hands.pose.joints[number][9]), 1, atol=1e-4)
    time.sleep(0.1)
    assert not multiprocessing.active_children()
