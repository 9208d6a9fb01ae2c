"""Batch-norm statistics that move towards new photos by the stated share, and nothing else that moves."""

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from unseen.errors import UnseenError
from unseen.models.backbone import Backbone
from unseen.models.preprocess import UNIT, Preprocess
from unseen.progress import Silent
from unseen.records import Uint8Array
from unseen.training.batchnorm_adaptation import adapt_statistics


class Tiny(Backbone):
    """Two batch norms, one after the other, and the mean of each channel."""

    features = 3

    def __init__(self, norm: bool = True) -> None:
        super().__init__()
        self.first = nn.BatchNorm2d(3) if norm else nn.Identity()
        self.second = nn.BatchNorm2d(3) if norm else nn.Identity()

    def stages(self) -> list[tuple[str, list[nn.Module]]]:
        return [("first", [self.first]), ("second", [self.second])]

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.second(self.first(x)).mean(dim=(2, 3))
        return out


def photos(count: int, level: int, spread: int) -> list[Uint8Array]:
    rng = np.random.default_rng(0)
    return [rng.integers(level - spread, level + spread, (16, 16, 3)).astype(np.uint8) for _ in range(count)]


def adapted(share: float, new: list[Uint8Array]) -> tuple[Tiny, Tiny]:
    before = Tiny().eval()
    after = copy.deepcopy(before)
    adapt_statistics(
        after, Preprocess(16, "squash", UNIT), new, np.arange(len(new)), share, torch.device("cpu"), Silent()
    )
    return before, after


def test_the_statistics_are_the_mix_of_both_whatever_the_batches() -> None:
    """40 photos are a full batch and a part of one; planted mean and deviation: 0.75 +- 20/255 uniform."""
    new = photos(40, 191, 20)
    _, after = adapted(0.25, new)
    pixels = torch.from_numpy(np.stack(new)).double().permute(0, 3, 1, 2) / 255
    mean, var = pixels.mean(dim=(0, 2, 3)), pixels.var(dim=(0, 2, 3), correction=0)
    assert isinstance(after.first, nn.BatchNorm2d)
    assert after.first.running_mean is not None
    assert after.first.running_var is not None
    torch.testing.assert_close(after.first.running_mean.double(), 0.25 * mean, rtol=0, atol=1e-5)
    torch.testing.assert_close(after.first.running_var.double(), 0.75 + 0.25 * var, rtol=0, atol=1e-5)


def test_fully_adapted_features_of_the_new_photos_are_centred_as_those_of_training_were() -> None:
    """Darker photos shift the features; with all of the weight on their statistics the shift is gone."""
    new = photos(32, 60, 30)
    before, after = adapted(1.0, new)
    batch = torch.from_numpy(np.stack(new)).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        assert float(before(batch).mean()) > 0.2
        assert abs(float(after(batch).mean())) < 0.02


def test_no_share_changes_nothing_and_weights_never_change() -> None:
    before, after = adapted(0.0, photos(10, 100, 50))
    for (name, ours), theirs in zip(after.state_dict().items(), before.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs), name
    before, after = adapted(0.5, photos(10, 100, 50))
    assert all(torch.equal(a, b) for a, b in zip(after.parameters(), before.parameters(), strict=True))
    assert not after._forward_pre_hooks
    assert not after.first._forward_pre_hooks


def test_without_batch_norm_it_is_refused() -> None:
    with pytest.raises(UnseenError, match="no batch normalisation"):
        adapt_statistics(
            Tiny(norm=False), Preprocess(16, "squash", UNIT), photos(9, 9, 9), np.arange(9), 0.1,
            torch.device("cpu"), Silent(),
        )  # fmt: skip
