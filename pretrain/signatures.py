"""Teach what spoiled photos look like: photos of several sets in, `explanation/measures/signatures.safetensors` out.

    python -m pretrain.signatures --data DIR --sets sign_digits fingers_subhi/train ... --episodes 600 --keep DIR

It measures episodes of `pretrain/episodes.py` and fits a network of one hidden layer to them. --keep keeps what was
measured of each. --check names sets whose episodes are measured, too, and only tell how often it is right.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save
from torch import nn

from pretrain.episodes import Content, Pools, evidence_of, measured
from unseen.explanation.measures.signatures import FILE, KINDS
from unseen.records import Float32Array, Int64Array

HIDDEN, STEPS, NETWORKS = 192, 12000, 3
CHECKED = 12  # episodes of each set that is only measured
WITHOUT_SET, WITHOUT_CLASS = 0.1, 0.3  # shares compared with photos in general, or with those of any class


def _fit(rows: Float32Array, kinds: Int64Array) -> dict[str, Float32Array]:
    """Return the mean of `NETWORKS` networks, which is one whose hidden layer is all of theirs."""
    mean, std = rows.mean(axis=0), rows.std(axis=0) + 0.05
    given, wanted = torch.from_numpy(((rows - mean) / std).clip(-4, 4)), torch.from_numpy(kinds)
    layers = [_fit_one(given, wanted, seed) for seed in range(NETWORKS)]
    tensors = {
        "w1": torch.cat([first.weight for first, _ in layers]).T,
        "b1": torch.cat([first.bias for first, _ in layers]),
        "w2": torch.cat([last.weight for _, last in layers], dim=1).T / NETWORKS,
        "b2": torch.stack([last.bias for _, last in layers]).mean(dim=0),
    }
    weights = {name: np.ascontiguousarray(value.detach().numpy()) for name, value in tensors.items()}
    return {**weights, "mean": mean, "std": std}


def _fit_one(given: torch.Tensor, wanted: torch.Tensor, seed: int) -> tuple[nn.Linear, nn.Linear]:
    torch.manual_seed(seed)
    first, last = nn.Linear(given.shape[1], HIDDEN), nn.Linear(HIDDEN, len(KINDS))
    network = nn.Sequential(first, nn.ReLU(), nn.Dropout(0.2), last)
    optimiser = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, STEPS)
    chance = torch.Generator().manual_seed(seed)
    for _ in range(STEPS):
        some = torch.randint(len(given), (256,), generator=chance)
        seen = given[some] + 0.15 * torch.randn(256, given.shape[1], generator=chance)
        loss = nn.functional.cross_entropy(network(seen), wanted[some], label_smoothing=0.03)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return first, last


def _table(weights: dict[str, Float32Array], rows: Float32Array, kinds: Int64Array) -> str:
    hidden = np.maximum(((rows - weights["mean"]) / weights["std"]).clip(-4, 4) @ weights["w1"] + weights["b1"], 0)
    said = (hidden @ weights["w2"] + weights["b2"]).argsort(axis=1)[:, ::-1]
    lines = []
    for kind, name in enumerate(KINDS):
        of = said[kinds == kind]
        instead = Counter(KINDS[i] for i in of[:, 0].tolist() if i != kind).most_common(4)
        first, three = (of[:, 0] == kind).mean(), (of[:, :3] == kind).any(axis=1).mean()
        lines.append(f"  {name}: {first:.0%} {three:.0%} {dict(instead)}")
    return "\n".join([*lines, f"all: {(said[:, 0] == kinds).mean():.1%}"])


def _kept(keep: Path, pools: Pools, names: Sequence[str], own: str, number: int) -> Content:
    file = keep / f"{own.replace('/', '_')}-{number}.npz"
    if not file.is_file():
        keep.mkdir(parents=True, exist_ok=True)
        np.savez(file, allow_pickle=False, **measured(pools, names, own, number))
    with np.load(file) as stored:
        return dict(stored)


def main() -> None:
    """Measure, fit, write and print how often each kind is told."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", required=True, type=Path)
    arguments.add_argument("--sets", nargs="+", required=True)
    arguments.add_argument("--check", nargs="+", default=[])
    arguments.add_argument("--episodes", type=int, default=600, help="of all sets together")
    arguments.add_argument("--keep", type=Path, required=True)
    arguments.add_argument("--out", type=Path, default=FILE)
    given = arguments.parse_args()
    pools, each = Pools(given.data), -(-given.episodes // len(given.sets))
    taught = [
        evidence_of(_kept(given.keep, pools, given.sets, own, number), WITHOUT_SET, WITHOUT_CLASS, number)
        for number in range(each)
        for own in given.sets
    ]
    weights = _fit(np.concatenate([rows for rows, _ in taught]), np.concatenate([kinds for _, kinds in taught]))
    given.out.write_bytes(save(weights))
    for own in given.check:
        of = [evidence_of(_kept(given.keep, pools, [own, *given.sets], own, number), 0, 0) for number in range(CHECKED)]
        rows, kinds = (np.concatenate(column) for column in zip(*of, strict=True))
        print(f"{own}\n{_table(weights, rows, kinds)}")


if __name__ == "__main__":
    main()
