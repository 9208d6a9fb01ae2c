"""Strengths of 1 are the default; every policy that a search may try is one that a file may hold."""

import itertools
from dataclasses import asdict

import pytest
import torch

from tests.augment.planted import CPU, spot, varied
from unseen.augment.batch_rng import BatchRng
from unseen.augment.geometry import random_maps
from unseen.augment.policy import POLICIES, SavedPolicy
from unseen.augment.transforms import AllowedTransforms
from unseen.searching.policy_space import SPANS, USUAL, Kind, policy_of, searchable

ALL = searchable(turned=True, all_turned=True, flipped=True, backgrounds=True)


def test_the_usual_strengths_are_the_default_to_the_last_digit() -> None:
    assert policy_of(USUAL) == policy_of({}) == SavedPolicy(POLICIES["unseen"])


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_alone_changes_the_policy_and_none_that_another_changes(kind: Kind) -> None:
    ends = [asdict(policy_of({kind: end})) for end in (SPANS[kind].least, SPANS[kind].most) if end != USUAL[kind]]
    default = asdict(policy_of({}))
    changed = {
        name
        for end in ends
        for name, value in {**end["policy"], "mixup": end["mixup"]}.items()
        if value != {**default["policy"], "mixup": default["mixup"]}[name]
    }
    assert changed
    others = [
        {name for name, value in asdict(policy_of({other: SPANS[other].least}))["policy"].items()
         if value != default["policy"][name]}
        for other in Kind if other is not kind
    ]  # fmt: skip
    assert not changed & set(itertools.chain(*others))


def test_every_corner_of_the_space_can_be_saved() -> None:
    for ends in itertools.product((0, 1), repeat=4):
        kinds = (Kind.DISTANCE, Kind.LIGHT, Kind.COLOUR, Kind.SHARE)
        corner = {kind: (SPANS[kind].least, SPANS[kind].most)[end] for kind, end in zip(kinds, ends, strict=True)}
        policy = policy_of(corner).policy  # raises where a value is out of range
        assert policy.smallest <= policy.largest
    assert policy_of(dict.fromkeys(Kind, 0.0)).policy.zoom == 1


def test_a_search_turns_nothing_that_would_change_a_label() -> None:
    spans = searchable(turned=False, all_turned=False, flipped=False, backgrounds=False)
    assert set(ALL) - set(spans) == {Kind.TURNING, Kind.FLIP, Kind.BACKGROUND}
    assert (ALL[Kind.ROTATION].most, spans[Kind.ROTATION].most) == (1.5, 1.0)
    strongest = policy_of({kind: span.most for kind, span in ALL.items()}).policy
    allowed = AllowedTransforms(torch.tensor([True, False]), torch.tensor([True, False]))
    labels = torch.arange(400) % 2
    maps = random_maps(400, strongest, BatchRng(0, CPU), allowed.of(labels))
    mirrored = torch.linalg.det(maps[:, :2, :2]) < 0
    degrees = torch.rad2deg(torch.atan2(maps[:, 1, 0], maps[:, 0, 0])).abs()
    assert mirrored[labels == 0].any()
    assert not mirrored[labels == 1].any()
    assert float(degrees[labels == 1].max()) < 60
    assert float(degrees[(labels == 0) & ~mirrored].max()) > 120


def test_more_light_reaches_darker_photos_than_the_default() -> None:
    photo = spot(64, 64, 32, 32, 20.0) // 2 + 60

    def darkest(strength: float) -> float:
        policy = policy_of({Kind.LIGHT: strength, Kind.SHARE: 1.1}).policy
        return float(varied([photo] * 120, policy, 32).mean(dim=(1, 2, 3)).quantile(0.1))

    assert darkest(2.5) < darkest(1) < darkest(0)
