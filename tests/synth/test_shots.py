"""Plans: everybody shows everything, groups hold people and rooms together, factors can be tied and fixed."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from unseen.errors import UnseenError
from unseen.records import Uint8Array
from unseen.synth.photograph import photograph
from unseen.synth.poses import RPS
from unseen.synth.shots import HEADER, RenderConfig, factor_rows, groups_of, plan_shots

SMALL = RenderConfig("rps", people=6, rooms=4, photos=90, image_size=40, seed=3)
WALL: Uint8Array = np.full((60, 60, 3), 128, dtype=np.uint8)


def test_everybody_shows_every_sign_equally_often() -> None:
    shots = plan_shots(SMALL)
    assert set(Counter((shot.label, shot.person) for shot in shots).values()) == {5}
    assert len({shot.path for shot in shots}) == len(shots)
    assert {shot.room for shot in shots} == set(range(4))


@pytest.mark.parametrize(("people", "rooms"), [(6, 4), (4, 6), (5, 5), (1, 3), (3, 1)])
def test_no_group_shares_a_person_or_a_room_with_another(people: int, rooms: int) -> None:
    shots = plan_shots(replace(SMALL, people=people, rooms=rooms))
    groups = groups_of(shots)
    for factor in ("person", "room"):
        owners: dict[int, set[str]] = {}
        for shot, group in zip(shots, groups, strict=True):
            owners.setdefault(getattr(shot, factor), set()).add(group)
        assert all(len(found) == 1 for found in owners.values())
    assert len(set(groups)) == min(people, rooms)


def test_factors_that_are_tied_to_the_label_stay_tied_in_the_table() -> None:
    shots = plan_shots(SMALL)
    classes = sorted({shot.label for shot in shots})
    tied = [replace(shot, room=classes.index(shot.label)) for shot in shots]
    rows = [dict(zip(HEADER, row, strict=True)) for row in factor_rows(tied, SMALL.seed)]
    assert {(row["label"], row["room"]) for row in rows} == {(name, i + 1) for i, name in enumerate(classes)}
    assert {row["group"] for row in rows} == {"person001"}, "people who share rooms cannot be told apart by group"


def test_a_photo_is_the_same_again_and_a_fixed_factor_changes_what_it_says() -> None:
    shot = plan_shots(SMALL)[0]
    taken, again = photograph(shot, RPS, SMALL, WALL), photograph(shot, RPS, SMALL, WALL)
    assert taken.jpeg() == again.jpeg()
    dark = photograph(replace(shot, light=0.1), RPS, SMALL, WALL)
    assert dark.pixels.mean() < 0.6 * taken.pixels.mean()
    mirrored = photograph(replace(shot, left=not shot.left), RPS, SMALL, WALL)
    assert mirrored.hand.left != taken.hand.left
    assert mirrored.jpeg() != taken.jpeg()


def test_only_the_named_factor_changes() -> None:
    shot = plan_shots(SMALL)[4]
    here, there = (photograph(replace(shot, room=room), RPS, SMALL, WALL) for room in (0, 1))
    assert (here.hand.joints == there.hand.joints).all()
    assert here.pixels.tobytes() != there.pixels.tobytes()
    other = photograph(replace(shot, person=5), RPS, SMALL, WALL)
    assert (here.hand.joints_mm != other.hand.joints_mm).any()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"signs": "morse"}, "signs is 'morse'"),
        ({"people": 0}, "people is 0"),
        ({"photos": -1}, "photos is -1"),
        ({"image_size": 8}, "image_size is 8"),
    ],
)
def test_what_cannot_be_rendered_is_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(UnseenError, match=told):
        replace(SMALL, **change)  # type: ignore[arg-type]
