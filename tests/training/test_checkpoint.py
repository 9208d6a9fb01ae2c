import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from unseen.errors import UnseenError
from unseen.training import checkpoint as module
from unseen.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimiser_tensors,
    restore_optimiser,
    save_checkpoint,
    under_prefix,
    with_prefix,
)


def saved(folder: Path, step: int) -> None:
    save_checkpoint(folder, Checkpoint({"w": torch.full((2, 3), float(step))}, {"step": step, "note": "é"}))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "absent") is None
    saved(tmp_path, 7)
    found = load_checkpoint(tmp_path)
    assert found is not None
    assert found.facts["step"] == 7
    assert found.facts["note"] == "é"
    assert torch.equal(found.tensors["w"], torch.full((2, 3), 7.0))


def test_only_the_latest_is_kept(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        saved(tmp_path, step)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest.json", "step-0000003.safetensors"]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("at", ["save", "write_json"])
def test_a_kill_while_writing_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    saved(tmp_path, 1)

    def kill(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(module, at, kill)
        with pytest.raises(Killed):
            saved(tmp_path, 2)
    found = load_checkpoint(tmp_path)
    assert found is not None
    assert found.facts["step"] == 1
    assert float(found.tensors["w"][0, 0]) == 1
    saved(tmp_path, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest.json", "step-0000003.safetensors"]


def test_facts_that_name_tensors_elsewhere_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    saved(folder, 1)
    outside = tmp_path / "outside.safetensors"
    save_file({"w": torch.zeros(1)}, outside)
    facts = json.loads((folder / "latest.json").read_text())
    for name in ("../outside.safetensors", str(outside), "", "gone.safetensors", "."):
        (folder / "latest.json").write_text(json.dumps({**facts, "tensors": name}))
        with pytest.raises(UnseenError, match="names tensors that are not there"):
            load_checkpoint(folder)


def stepped(layer: nn.Module, optimiser: torch.optim.Optimizer, seed: int) -> None:
    x = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    optimiser.zero_grad()
    layer(x.contiguous(memory_format=torch.channels_last)).square().mean().backward()
    optimiser.step()


@pytest.mark.parametrize("fused", [True, False])
def test_an_optimiser_goes_on_bit_for_bit(tmp_path: Path, fused: bool) -> None:
    def new() -> tuple[nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(0)
        # channels last, as training runs: moments in another memory order would be mixed up
        layer: nn.Module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 3)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        groups = [{"params": [layer[0].weight, layer[1].weight]}, {"params": [layer[0].bias, layer[1].bias]}]  # type: ignore[index]
        return layer, torch.optim.AdamW(groups, lr=1e-2, fused=fused)

    layer, optimiser = new()
    for seed in range(3):
        stepped(layer, optimiser, seed)
    tensors: dict[str, Tensor] = {
        **with_prefix("model", layer.state_dict()),
        **with_prefix("optimiser", optimiser_tensors(optimiser)),
    }
    save_checkpoint(tmp_path, Checkpoint(tensors, {"step": 3}))

    other, restored = new()
    found = load_checkpoint(tmp_path)
    assert found is not None
    other.load_state_dict(under_prefix("model", found.tensors))
    restore_optimiser(restored, under_prefix("optimiser", found.tensors))
    for seed in range(3, 6):
        stepped(layer, optimiser, seed)
        stepped(other, restored, seed)
    for ours, theirs in zip(other.parameters(), layer.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_prefixes_do_not_catch_each_other() -> None:
    a, b = {"w": torch.zeros(1)}, {"w": torch.ones(1)}
    both = {**with_prefix("best", a), **with_prefix("best2", b)}
    assert under_prefix("best", both) == a
    assert under_prefix("best2", both) == b
