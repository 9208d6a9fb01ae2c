"""Pre-training of signs on planted readings: bones that vary from person to person are not what is learnt."""

import torch

from pretrain.sign_sets import WIDTHS
from pretrain.signs import LabelledReadings, accuracy, describe, teach
from unseen.locate.hand_pose import DESCRIPTORS


def planted(name: str, person: float, seed: int) -> LabelledReadings:
    """Two signs that differ by one joint; `person` moves another joint of every photo."""
    generator = torch.Generator().manual_seed(seed)
    readings = 0.05 * torch.randn(40, sum(WIDTHS), generator=generator)
    hand = torch.linspace(-1, 1, WIDTHS[1])
    start = WIDTHS[0]
    readings[:, start : start + WIDTHS[1]] += hand
    readings[:20, start + 3 * 8] += 1.0  # the index finger's tip
    readings[:, start + 3 * 20] += person
    readings[:, -6:] = torch.tensor([1.0, 0, 0, 0, 1, 0])
    return LabelledReadings(name, "toy", readings, readings[None], ["bent"] * 20 + ["straight"] * 20)


def test_what_two_people_share_carries_over_to_a_third() -> None:
    teacher = teach([planted("first", -0.5, 0), planted("second", 0.5, 1)], steps=120)
    assert accuracy(teacher, planted("third", 1.5, 2)) >= 0.95


def test_readings_are_varied_only_with_a_generator() -> None:
    readings = planted("first", 0.0, 0).photos
    assert describe(readings).shape == (40, 2 * DESCRIPTORS)
    assert torch.equal(describe(readings), describe(readings))
    varied = describe(readings, torch.Generator().manual_seed(0))
    assert not torch.allclose(varied, describe(readings), atol=0.01)
