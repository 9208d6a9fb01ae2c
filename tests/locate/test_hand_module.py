"""The search for hands as a module to export finds the boxes that the locator finds."""

import torch

from tests.locate.bright import TwoThings, bright_locator
from unseen.locate.box_crop import View
from unseen.locate.hand_module import HandModule


def test_four_parts_looked_at_together_give_the_boxes_of_one_after_another() -> None:
    """One photo is sure at first sight, one only in a corner, one shows nothing."""
    photos = torch.zeros(3, 240, 320, 3, dtype=torch.uint8)
    photos[0, 60:140, 80:160] = 255
    photos[1, 20:200, 20:200] = 120  # the larger thing, of which the first passes are not sure
    photos[1, 190:235, 265:310] = 255
    locator = bright_locator(TwoThings())
    view, extent = View(locator.view_px)(photos)
    with torch.no_grad():
        expected = locator.find(view, extent)[0]
        found = HandModule(locator.reader, branches=False)(view, extent)[0]
    assert torch.equal(torch.isnan(expected[:, 0]), torch.tensor([False, False, True]))
    assert float(expected[1, 0]) > 0.7  # found in the corner, by the second look alone
    assert torch.allclose(found, expected, atol=1e-6, equal_nan=True)
