"""Looking in ONNX Runtime finds what torch finds, leaves nothing behind, and is not for networks without a finder."""

import pytest
import torch

from tests.locate.test_hand_focus import SIDE
from unseen.locate.hand_focus import HandFocus, hand_finder
from unseen.locate.onnx_locator import quick_looks
from unseen.models.preprocess import IMAGENET, Preprocess


@pytest.mark.parametrize("photos", [1, 4, 6])
def test_both_runtimes_see_the_same_square(photos: int) -> None:
    focus = HandFocus(SIDE, "crop", IMAGENET, hand_finder())
    views = torch.randint(0, 256, (photos, 3, 128, 128), generator=torch.Generator().manual_seed(photos)).float()
    with torch.inference_mode():
        places, present = focus.look(views)
        with quick_looks(focus):
            assert focus.look != focus.look_in_torch
            quick_places, quick_present = focus.look(views)
    assert focus.look == focus.look_in_torch
    assert quick_places.shape == (photos, 21, 2)
    assert torch.allclose(places, quick_places, atol=1e-3)
    assert torch.allclose(present, quick_present, atol=1e-3)


def test_what_looks_at_whole_photos_is_left_alone() -> None:
    plain = Preprocess(SIDE, "crop", IMAGENET)
    with quick_looks(plain):
        assert not hasattr(plain, "look")
