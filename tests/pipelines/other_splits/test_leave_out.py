"""A planted room in which the classes look different is told wrong once it is left out; the others are told."""

import numpy as np
import pytest
import torch

from unseen.evaluation.results import Count
from unseen.evaluation.took_part import Whose
from unseen.models.head import Head
from unseen.pipelines.other_splits.leave_out import in_turn
from unseen.records import Float32Array, Int64Array
from unseen.training.linear_probe import ProbeOptions

PHOTOS, ROOMS, TURNED = 120, 4, 2
LABELS: Int64Array = np.arange(PHOTOS) % 2
ROOM: Int64Array = np.arange(PHOTOS) // 2 % ROOMS
OPTIONS = ProbeOptions(0, "none", 0.02, 0.05, steps=300)


def features(turned: int | None) -> Float32Array:
    """Return features that tell the class, the other way round in the room `turned`, and the room."""
    rng = np.random.default_rng(0)
    sign = np.where(turned == ROOM, -1, 1) * (2 * LABELS - 1)
    columns = [sign + rng.normal(0, 0.1, PHOTOS), *(ROOM[:, None] == np.arange(ROOMS)).T]
    return np.stack(columns, axis=1).astype(np.float32)


def of(number: Int64Array) -> Whose:
    count = Count(len(set(number.tolist())), 1, 9, "looks")
    return Whose(count, np.arange(len(number)), number)


def new_head() -> Head:
    torch.manual_seed(0)
    return Head(1 + ROOMS, 2, (8,))


def test_the_room_where_classes_are_turned_is_the_worst_once_it_is_left_out() -> None:
    found = in_turn(new_head(), features(TURNED), LABELS, of(ROOM), OPTIONS, None, ROOMS)
    assert found is not None
    assert (found.n, found.clusters, found.told_by) == (PHOTOS, ROOMS, "looks")
    assert found.worst == 0
    assert found.value is not None
    assert found.low is not None
    assert 0.4 < found.value <= 0.75
    assert found.low < found.value
    whole = in_turn(new_head(), features(None), LABELS, of(ROOM), OPTIONS, None, ROOMS)
    assert whole is not None
    assert whole.value == whole.worst == 1


def test_a_head_that_has_seen_all_rooms_helps_none_of_its_twins() -> None:
    head = new_head()
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.fill_(100.0)  # what a fitted head would pass on
    assert in_turn(head, features(TURNED), LABELS, of(ROOM), OPTIONS, None, ROOMS) == in_turn(
        new_head(), features(TURNED), LABELS, of(ROOM), OPTIONS, None, ROOMS
    )


def test_fewer_fits_than_rooms_leave_several_out_at_once_and_name_every_room() -> None:
    found = in_turn(new_head(), features(None), LABELS, of(ROOM), OPTIONS, None, 2)
    assert found is not None
    assert (found.clusters, found.value) == (ROOMS, 1)


@pytest.mark.parametrize(("shown", "told"), [((0, 1), False), ((0,), True)])
def test_photos_whose_class_no_other_room_shows_do_not_count(shown: tuple[int, ...], told: bool) -> None:
    """Each class in a room of its own is no test; where one room has the only photos of class 1, the rest is asked."""
    number = LABELS if len(shown) == 2 else np.where(LABELS == 1, 0, ROOM)
    plain = features(None) * np.array([1, 0, 0, 0, 0], np.float32)
    found = in_turn(new_head(), plain, LABELS, of(number), OPTIONS, None, ROOMS)
    assert (found is not None) == told
    if found is not None:
        assert (found.n, found.value) == (60, 1)
