"""Teach what spoiled photos look like: photos of several sets in, `explanation/signatures.safetensors` out.

    python -m pretrain.signatures --data DIR --sets sign_digits fingers_subhi/train ... --each 24 --keep DIR

It spoils photos in every way of `pretrain/spoiling.py`, measures them beside other photos of their set, and fits a
network of one hidden layer. --keep keeps what was measured of each set. --check names sets that are measured alone.
A name with @ and a number stands for the set in a room that is drawn by that number; one with + for strangers to the
set: photos of the others, compared with those of this one.
"""

import argparse
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import save
from torch import nn

from pretrain.spoiling import SPOILED, other_room, saved
from unseen.explanation.causes import Cause
from unseen.explanation.edge_layout import CHANGES
from unseen.explanation.known_training import know, see, seen_as
from unseen.explanation.photo_measures import NUMBERS, Measure
from unseen.explanation.signatures import FILE, KINDS, NOTHING, evidence
from unseen.explanation.usual_values import IN_GENERAL, Usual
from unseen.photos.decode import decode
from unseen.photos.scan import PHOTO_SUFFIXES
from unseen.records import Float32Array, Int64Array, Uint8Array

SIDE_PX = 320
REFERENCE = 120  # photos of a set that the others are compared with
HIDDEN, STEPS, NETWORKS = 128, 2500, 3
STRANGERS, TIMES = "+", 2  # how often they are shown
WITHOUT_SET, WITHOUT_CLASS = 0.15, 0.3  # shares compared with photos in general, or with those of any class
Photo = tuple[Uint8Array, str]  # and its class


def _load(data: Path, name: str, count: int) -> list[Photo]:
    folder, _, room = name.removesuffix(STRANGERS).partition("@")
    files = sorted(path for path in (data / folder).glob("*/*") if path.suffix.lower() in PHOTO_SUFFIXES)
    random.Random(0).shuffle(files)
    photos = [(np.ascontiguousarray(decode(file, SIDE_PX)[..., :3]), file.parent.name) for file in files[:count]]
    taken = other_room(np.random.default_rng([int(room), len(folder)])) if room else None
    return [(taken(photo), label) for photo, label in photos] if taken else photos


def _measured(
    photos: Sequence[Photo], others: Sequence[Photo], strangers: bool, each: int, rng: np.random.Generator
) -> dict[str, npt.NDArray[Any]]:
    """Measure spoiled photos of one set, or of others beside it. Rows: measures, gains, kinds; and what is usual."""
    most = min(REFERENCE, len(photos) // 2)
    rest = others if strangers else photos[most:]
    classes = sorted({label for _, label in photos})
    known = know([photo for photo, _ in photos[:most]], None, [classes.index(label) for _, label in photos[:most]])
    found = []
    for kind, name in enumerate(KINDS):
        for _ in range(each * 3 if kind == 0 else each):
            (photo, label), (other, _) = rest[int(rng.integers(len(rest)))], others[int(rng.integers(len(others)))]
            seen = see(saved(SPOILED[name](photo, other, rng), rng), known)
            seen = seen_as(seen, known, classes.index(label) if label in classes else -1)
            assert seen.gains is not None
            own = seen.own_gains or dict.fromkeys(CHANGES, np.nan)
            by_edges = [[some[c] for c in CHANGES] for some in (seen.gains, own)]
            # a stranger's photo as it is was taken in another room
            what = KINDS.index(Cause.BACKGROUND) if strangers and name == NOTHING else kind
            found.append(([seen.measures[number] for number in NUMBERS], *by_edges, what))
    measures, gains, own_gains, kinds = (np.array(column) for column in zip(*found, strict=True))
    usual = np.array([known.usual.quantiles[m] for m in Measure])
    return {"measures": measures, "gains": gains, "own_gains": own_gains, "kinds": kinds, "usual": usual}


def _evidence(
    content: Mapping[str, npt.NDArray[Any]], without: float, without_own: float
) -> tuple[Float32Array, Int64Array]:
    """Return evidence (N, F) and kinds (N,).

    without: share of the photos that are compared with photos in general; without_own: of the others, of those whose
    class is not known.
    """
    usual = Usual({str(m): tuple(row) for m, row in zip(Measure, content["usual"].tolist(), strict=True)})
    alone, unlabelled = np.random.default_rng(0).random((2, len(content["kinds"])))
    rows = []
    for i, (values, gains, own) in enumerate(
        zip(*(content[name].tolist() for name in ("measures", "gains", "own_gains")), strict=True)
    ):
        measures = dict(zip(NUMBERS, values, strict=True))
        if alone[i] < without:
            rows.append(evidence(measures, IN_GENERAL, None))
            continue
        by_class = unlabelled[i] >= without_own and np.isfinite(own[0])
        of_class = dict(zip(CHANGES, own, strict=True)) if by_class else None
        rows.append(evidence(measures, usual, dict(zip(CHANGES, gains, strict=True)), of_class))
    return np.stack(rows), content["kinds"]


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


def _kept(given: argparse.Namespace, name: str, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    file = given.keep / f"{name.replace('/', '_')}.npz"
    if not file.is_file():
        others = [
            photo
            for other in names
            if not {"@", STRANGERS} & set(other) and not name.startswith(other)
            for photo in _load(given.data, other, 16)
        ]
        photos = _load(given.data, name, REFERENCE + 4 * given.each + 40)
        found = _measured(
            photos, others, name.endswith(STRANGERS), given.each, np.random.default_rng(names.index(name))
        )
        given.keep.mkdir(parents=True, exist_ok=True)
        np.savez(file, allow_pickle=False, **found)
    with np.load(file) as stored:
        return dict(stored)


def main() -> None:
    """Measure, fit, write and print how often each kind is told."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", required=True, type=Path)
    arguments.add_argument("--sets", nargs="+", required=True)
    arguments.add_argument("--check", nargs="+", default=[])
    arguments.add_argument("--each", type=int, default=24)
    arguments.add_argument("--keep", type=Path, required=True)
    given = arguments.parse_args()
    names = [*given.sets, *given.check]
    content = {name: _kept(given, name, names) for name in names}
    shown = [name for name in given.sets for _ in range(TIMES if name.endswith(STRANGERS) else 1)]
    taught = [_evidence(content[name], WITHOUT_SET, WITHOUT_CLASS) for name in shown]
    weights = _fit(np.concatenate([rows for rows, _ in taught]), np.concatenate([kinds for _, kinds in taught]))
    for name in given.check:
        print(f"{name}\n{_table(weights, *_evidence(content[name], 0, 0))}")
    FILE.write_bytes(save(weights))


if __name__ == "__main__":
    main()
