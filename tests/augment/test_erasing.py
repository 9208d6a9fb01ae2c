import pytest
import torch

from tests.augment.planted import CPU
from unseen.augment.batch_rng import BatchRng
from unseen.augment.erasing import LARGEST_SHARE, SMALLEST_SHARE, Erase
from unseen.augment.policy import Policy


def erased(given: torch.Tensor, policy: Policy) -> torch.Tensor:
    return Erase.draw(BatchRng(0, CPU), (len(given), *given.shape[2:]), policy).apply(given.clone())


def test_a_rectangle_of_the_share_asked_is_hidden_and_nothing_else() -> None:
    given = torch.full((400, 3, 40, 40), -1.0)
    found = erased(given, Policy(erase=1.0, p_unchanged=0.0))
    hidden = (found != -1).all(dim=1)
    for mask in hidden:
        rows, columns = mask.any(dim=1).nonzero(), mask.any(dim=0).nonzero()
        area = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
        assert int(mask.sum()) == int(area)
    shares = hidden.float().mean(dim=(1, 2))
    assert SMALLEST_SHARE <= float(shares.min()) < 0.04
    assert 0.15 < float(shares.max()) < LARGEST_SHARE + 0.05
    assert float(found.max()) <= 255
    spread = found.masked_fill(~hidden[:, None], float("nan"))
    flat = torch.tensor([bool(p[0][~p[0].isnan()].std() < 1e-3) for p in spread])
    assert 0.35 < float(flat.float().mean()) < 0.65  # one colour, or noise


def test_only_the_share_asked_is_touched() -> None:
    given = torch.full((600, 3, 8, 8), -1.0)
    found = erased(given, Policy(erase=0.25, p_unchanged=0.0))
    assert float((found != given).flatten(1).any(dim=1).float().mean()) == pytest.approx(0.25, abs=0.06)
    assert torch.equal(erased(given, Policy()), given)
