"""Of two hands beside each other one is chosen, by the search, by its module and by the exported graph alike."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.locate.bright import BrightFinder, bright_locator
from tests.real_photos import DATA
from unseen.inference.predictor import Predictor
from unseen.locate.box_crop import View
from unseen.locate.hand_module import HandModule
from unseen.locate.handnet import HandReading
from unseen.locate.hands import HandLocator
from unseen.locate.locator import find_locator
from unseen.locate.two_hands import half_of, keypoint_overlap, larger_of_two
from unseen.records import Uint8Array


def squares(*places: tuple[float, float, float]) -> Tensor:
    """Joints (N, 21, 2) at the corners of squares: left, top, side."""
    return torch.stack([torch.tensor([[x, y]] * 10 + [[x + side, y + side]] * 11) for x, y, side in places])


def test_two_are_apart_and_the_right_one_must_be_larger_by_a_tenth() -> None:
    left = squares((-1, 0, 0.5), (-1, 0, 0.5), (-1, 0, 0.5), (-0.6, 0, 0.5))
    right = squares((0, 0, 0.5), (0, 0, 0.54), (0, 0, 0.56), (-0.3, 0, 0.5))
    two, larger = larger_of_two(left, right)
    assert two.tolist() == [True, True, True, False]  # the last share two fifths
    assert larger.tolist() == [False, False, True, False]


def test_overlap_of_boxes() -> None:
    found = keypoint_overlap(squares((0, 0, 1), (0, 0, 1), (0, 0, 1)), squares((0, 0, 1), (0.5, 0, 1), (2, 0, 1)))
    assert found.tolist() == pytest.approx([1, 1 / 3, 0])


def test_each_half_is_seen_with_a_tenth_of_the_other_one_and_its_bands() -> None:
    view, narrow = torch.full((1, 3, 8, 8), 7.0), torch.tensor([[0.5, 1.0]])
    rows = [half_of(view, narrow, side)[0, 0, 0].tolist() for side in (-1, 1)]
    assert rows == [[7.0] * 4 + [128.0] * 4, [128.0] * 4 + [7.0] * 4]
    assert half_of(view, torch.ones(1, 2), 1)[0, 0, 0].tolist() == [128.0] * 3 + [7.0] * 5


class Between(BrightFinder):
    """Sees a small thing between two bright ones, the smaller the closer it looks."""

    def read(self, x: Tensor) -> HandReading:
        found = super().read(x)
        steps = (torch.arange(x.shape[3]) + 0.5) * (2 / x.shape[3]) - 1
        for i, view in enumerate(x[:, 0]):
            columns = (view > 0.5).any(0).nonzero()[:, 0]
            gaps = columns.diff()
            if len(gaps) and int(gaps.max()) > 1:
                k = int(gaps.argmax())
                middle = float(steps[columns[k]] + steps[columns[k + 1]]) / 2
                found.places[i] = torch.tensor([[middle - 0.1, -0.1]] * 10 + [[middle + 0.1, 0.1]] * 11)
        return found


def planted() -> Tensor:
    """Photos of two hands with a gap between them: equal, the right one larger, and one hand alone."""
    photos = torch.zeros(3, 160, 320, 3, dtype=torch.uint8)
    photos[:, 40:100, 40:100] = 255
    photos[0, 40:100, 200:260] = 255
    photos[1, 40:120, 200:280] = 255
    return photos


def middles(boxes: Tensor) -> list[float]:
    return ((boxes[:, 0] + boxes[:, 2]) / 2 * 320).tolist()


def test_one_of_two_planted_hands_is_chosen() -> None:
    locator = bright_locator(Between())
    view, extent = View(locator.view_px)(planted())
    with torch.no_grad():
        boxes, joints, scores = locator.find(view, extent)
        found = HandModule(locator.reader, branches=False)(view, extent)
    assert torch.equal(found[0], boxes)
    assert torch.equal(found[1], scores)
    assert middles(boxes) == pytest.approx([70, 240, 70], abs=6)
    assert joints is not None
    assert (scores > 0.99).all()


def beside(name: str, other: str, folder: str) -> tuple[Uint8Array, Uint8Array, Uint8Array]:
    """Two photos of a person's right hand, the second mirrored, and both side by side."""
    places = [min((DATA / "people" / folder / sign).iterdir()) for sign in (name, other)]
    one, two = (np.asarray(Image.open(place).convert("RGB").resize((200, 200))) for place in places)
    two = np.ascontiguousarray(two[:, ::-1])
    return one, two, np.concatenate([one, two], axis=1)


def joints_of(photos: list[Uint8Array]) -> np.ndarray:
    found = Predictor("signs:letters", threads=1).run(photos).regions
    assert found is not None
    assert found.keypoints is not None
    return found.keypoints


@pytest.mark.real_photos
def test_of_two_real_hands_one_is_read_where_it_is() -> None:
    signs = (("B", "L"), ("Y", "A"), ("V", "C"), ("W", "I"), ("A", "F"), ("C", "Y"))
    chosen = []
    for name, other in signs:
        one, two, both = beside(name, other, "asl_t32rahman")
        left, right, found = joints_of([one, two, both])
        places = np.stack([left * [0.5, 1], right * [0.5, 1] + [0.5, 0]])
        # how far the joints are from those of either hand alone, in extents of a hand
        chosen.append(float(np.abs(found - places).mean(axis=(1, 2)).min() / 0.25))
    assert sum(far < 0.2 for far in chosen) >= 5, chosen


@pytest.mark.real_photos
def test_torch_and_the_graph_choose_the_same_of_two_real_hands() -> None:
    photos = [beside(*signs, "asl_t32rahman")[2] for signs in (("B", "L"), ("V", "C"), ("C", "Y"))]
    locator = find_locator("hand")
    assert isinstance(locator, HandLocator)
    with torch.inference_mode():
        joints = locator.find(*View(locator.view_px)(torch.from_numpy(np.stack(photos))))[1]
    assert joints is not None
    assert np.allclose(joints_of(photos), joints.numpy(), atol=1e-3)
