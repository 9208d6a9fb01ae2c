import pytest
import torch

from tests.augment.planted import CPU, Told
from unseen.augment.batch_rng import BatchRng
from unseen.augment.light import LOW_LIGHT_NOISE, SHADE_DEPTH, LowLight, Shade
from unseen.augment.policy import Policy


def grey(count: int = 300, side_px: int = 16) -> torch.Tensor:
    return torch.full((count, 3, side_px, side_px), 150.0)


def lit(act: type[Shade | LowLight], given: torch.Tensor, policy: Policy, rng: BatchRng) -> torch.Tensor:
    return act.draw(rng, (len(given), *given.shape[2:]), policy).apply(given)


def test_nothing_asked_changes_nothing() -> None:
    assert torch.equal(lit(Shade, grey(), Policy(), BatchRng(0, CPU)), grey())
    assert torch.equal(lit(LowLight, grey(), Policy(), BatchRng(0, CPU)), grey())


def test_shade_falls_off_to_one_side_and_keeps_the_middle() -> None:
    found = lit(Shade, grey(1, 33), Policy(shade=1.0, p_unchanged=0.0), Told(0.75, chosen=True))[0, 0]
    assert float(found[16, 16]) == pytest.approx(150)
    assert float(found[16, -1]) == pytest.approx(150 * (1 + SHADE_DEPTH / 2), rel=0.01)
    assert float(found[0, 0]) == pytest.approx(150 * (1 - SHADE_DEPTH), rel=0.01)


def test_only_the_share_asked_is_touched_and_never_a_photo_left_alone() -> None:
    for act, policy in (
        (Shade, Policy(shade=0.3, p_unchanged=0.5)),
        (LowLight, Policy(low_light=0.3, p_unchanged=0.5)),
    ):
        rng = BatchRng(3, CPU)
        alone = rng.unchanged(600, policy.p_unchanged)
        changed = (lit(act, grey(600), policy, rng) != 150).flatten(1).any(dim=1)
        assert not bool((changed & alone).any())
        assert float(changed.float().mean()) == pytest.approx(0.15, abs=0.05)


def test_low_light_is_darker_and_noisier_the_brighter_the_noisier() -> None:
    found = lit(LowLight, grey(), Policy(low_light=1.0, p_unchanged=0.0), BatchRng(0, CPU))
    assert float(found.mean(dim=(1, 2, 3)).max()) < 125
    assert float(found.mean(dim=(1, 2, 3)).min()) > 10
    assert 2 < float(found.std(dim=(1, 2, 3)).mean()) < LOW_LIGHT_NOISE
    halves = torch.cat([torch.full((300, 3, 16, 8), 60.0), torch.full((300, 3, 16, 8), 230.0)], dim=3)
    noise = lit(LowLight, halves, Policy(low_light=1.0, p_unchanged=0.0), BatchRng(0, CPU))
    assert float(noise[..., 8:].std(dim=(1, 2, 3)).mean()) > 1.2 * float(noise[..., :8].std(dim=(1, 2, 3)).mean())
