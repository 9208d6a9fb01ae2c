import subprocess
import sys

import torch
from torch import Tensor

from unseen.training.adamw import HeadAdamW


def planted() -> list[Tensor]:
    rng = torch.Generator().manual_seed(0)
    return [torch.randn(5, 7, generator=rng).requires_grad_(), torch.randn(5, generator=rng).requires_grad_()]


def loss_of(parameters: list[Tensor], step: int) -> Tensor:
    weight, bias = parameters
    x = torch.randn(16, 7, generator=torch.Generator().manual_seed(step))
    return ((x @ weight.T + bias).sin() * (step + 1)).square().mean()


def test_weights_go_the_way_that_torch_takes() -> None:
    ours, theirs = planted(), planted()
    mine, peer = HeadAdamW(ours, 0.02), torch.optim.AdamW(theirs, lr=1.0, weight_decay=0.02)
    for step in range(50):
        rate = 1e-2 / (step + 1)
        mine.step(loss_of(ours, step), rate)
        peer.param_groups[0]["lr"] = rate
        peer.zero_grad()
        loss_of(theirs, step).backward()  # type: ignore[no-untyped-call]
        peer.step()
    for one, other, start in zip(ours, theirs, planted(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)
        assert (one - start).abs().max() > 0.01


def test_a_head_is_fitted_without_the_compiler() -> None:
    code = (
        "import sys, numpy as np; from unseen.training import linear_probe as p; from unseen.models.head import Head;"
        "from unseen.features.feature_set import FeatureSet; from unseen.progress import Silent;"
        "few = FeatureSet(np.eye(4, dtype=np.float32), np.arange(4));"
        "p.fit_head(Head(4, 4, ()), few, few, p.ProbeOptions(0, 'none', 0.0, 0.0, steps=2), Silent());"
        "import unseen.export.graph;"
        "print([name for name in ('torch._dynamo', 'sympy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
