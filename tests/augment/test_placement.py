from dataclasses import replace

import pytest
import torch

from tests.augment.planted import CPU
from unseen.augment.batch_rng import BatchRng
from unseen.augment.geometry import fit_maps, random_maps
from unseen.augment.placement import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Placement,
    Subjects,
    find_subjects,
    place,
)
from unseen.augment.policy import POLICIES, Policy

HEIGHT, WIDTH = 90, 120
SHAPES = torch.tensor([[HEIGHT, WIDTH]])


def mattes(*boxes: tuple[int, int, int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Rectangles (left, top, right, bottom) on one canvas that is larger than the photos."""
    alpha = torch.zeros(len(boxes), HEIGHT + 10, WIDTH + 20, dtype=torch.uint8)
    for plane, (left, top, right, bottom) in zip(alpha, boxes, strict=True):
        plane[top:bottom, left:right] = 255
    return alpha, SHAPES.repeat(len(boxes), 1)


def test_boxes_edges_and_segments_are_found() -> None:
    alpha, shapes = mattes((30, 20, 70, 60), (60, 30, 120, 50), (0, 0, 40, 90))
    found = find_subjects(alpha, shapes)
    assert found.known.tolist() == [True] * 3
    assert found.box.tolist() == [[30, 20, 70, 60], [60, 30, 120, 50], [0, 0, 40, 90]]
    assert found.touches.tolist() == [[False] * 4, [False, True, False, False], [True, False, True, True]]
    assert found.segments[1, RIGHT].tolist() == [[120, 30], [120, 50]]
    assert found.segments[2, LEFT].tolist() == [[0, 0], [0, 90]]
    assert found.segments[2, TOP].tolist() == [[0, 0], [40, 0]]
    assert found.segments[2, BOTTOM].tolist() == [[0, 90], [40, 90]]


def test_alpha_of_255_everywhere_is_not_known_and_of_0_is() -> None:
    alpha, shapes = mattes((0, 0, WIDTH, HEIGHT), (0, 0, 0, 0))
    found = find_subjects(alpha, shapes)
    assert found.known.tolist() == [False, True]
    assert found.box[1].tolist() == [0, 0, WIDTH, HEIGHT]  # no subject: the whole photo
    assert not bool(found.touches[1].any())


def seen(subjects: Subjects, maps: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Where source points (N, K, 2) appear in the view, [-1, 1]."""
    out = torch.linalg.inv(fit_maps(SHAPES.repeat(len(maps), 1), "squash") @ maps)
    mapped = torch.cat([points, torch.ones_like(points[..., :1])], dim=2) @ out.transpose(1, 2)
    on_view: torch.Tensor = mapped[..., :2] / mapped[..., 2:]
    return on_view


def placed(box: tuple[int, int, int, int], policy: Policy, count: int = 300) -> tuple[Subjects, torch.Tensor]:
    alpha, shapes = mattes(*[box] * count)
    subjects = find_subjects(alpha, shapes)
    rng = BatchRng(2, CPU)
    maps = random_maps(count, policy, rng)
    return subjects, place(maps, subjects, shapes, "squash", Placement.draw(rng, count, policy))


def test_a_free_subject_goes_everywhere_at_every_size_asked_and_stays_in_view() -> None:
    policy = Policy(p_unchanged=0.0, smallest=0.3, largest=0.8)
    subjects, maps = placed((30, 30, 90, 60), policy)
    corners = seen(subjects, maps, subjects.box[:, [0, 1, 2, 3]].reshape(-1, 2, 2))
    low, high = corners[:, 0], corners[:, 1]
    longest = (high - low).amax(dim=1) / 2
    assert float(longest.min()) == pytest.approx(0.3, abs=0.02)
    assert float(longest.max()) == pytest.approx(0.8, abs=0.02)
    middle = (low + high) / 2
    assert float(middle.amin()) < -0.5
    assert float(middle.amax()) > 0.5
    cut = torch.maximum(high - 1, -1 - low).amax(dim=1) / (high - low).amax(dim=1)
    assert float(cut.max()) < 0.1


@pytest.mark.parametrize("flip", [0.0, 1.0])
@pytest.mark.parametrize(
    ("box", "edge"),
    [((0, 30, 60, 60), LEFT), ((50, 30, 120, 60), RIGHT), ((40, 0, 70, 50), TOP), ((40, 40, 70, 90), BOTTOM)],
)
def test_an_arm_that_the_photo_cuts_is_cut_by_the_view(box: tuple[int, int, int, int], edge: int, flip: float) -> None:
    policy = replace(POLICIES["unseen"], p_unchanged=0.0, anchored=1.0, flip=flip)
    subjects, maps = placed(box, policy)
    ends = seen(subjects, maps, subjects.segments[:, edge])
    assert bool((ends.abs().amax(dim=2) > 1).all())
    box_middle = (subjects.box[:, :2] + subjects.box[:, 2:])[:, None] / 2
    assert float((seen(subjects, maps, box_middle).abs().amax(dim=(1, 2)) < 1.1).float().mean()) > 0.95


def test_an_arm_floats_as_often_as_the_policy_lets_it() -> None:
    policy = Policy(p_unchanged=0.0, smallest=0.3, largest=0.5, anchored=0.6)
    subjects, maps = placed((50, 30, 120, 60), policy, 2000)
    outside = (seen(subjects, maps, subjects.segments[:, RIGHT]).abs().amax(dim=2) > 1).all(dim=1)
    assert 0.6 < float(outside.float().mean()) < 0.75  # the rest lies anywhere, and there sometimes too


def test_what_enters_on_two_opposite_sides_spans_the_view() -> None:
    policy = Policy(p_unchanged=0.0, smallest=0.3, largest=0.5, anchored=1.0)
    subjects, maps = placed((0, 30, 120, 60), policy)
    for edge in (LEFT, RIGHT):
        assert bool((seen(subjects, maps, subjects.segments[:, edge]).abs().amax(dim=2) > 0.99).all())
