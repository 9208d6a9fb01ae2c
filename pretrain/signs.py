"""Teach `SignNet` to put a sign at the same place for different people, and write it with the ready heads.

    python -m pretrain.sign_sets ../data READINGS
    python -m pretrain.signs READINGS src/unseen/locate/signs.safetensors [--leave-out NAME]

Each space of labels has a linear head on the embedding (letters, digits, counting, rock-paper-scissors and gestures);
all are fitted together. A batch holds each set, and each class of it, about equally often. Joints vary as people do:
lengths of bones, places of joints, the way the palm is held. With --leave-out a set is kept back and measured.
"""

import argparse
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Generator, Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from pretrain.sign_sets import WIDTHS
from unseen.locate.hand_pose import JOINTS, describe_pose
from unseen.locate.landmark_net import landmarks_of
from unseen.locate.landmark_pose import describe_world
from unseen.locate.sign_net import SIGN, SignNet
from unseen.training.known_signs import SignSpace

STEPS, BATCH, RATE, DECAY, SMOOTHING, DROPOUT = 1500, 512, 2e-3, 0.02, 0.1, 0.2
# Of joints' places in palms; of bones' lengths, as a share, each half by finger and by bone; of the palm's axes.
PLACE, BONE, TILT = 0.03, 0.042, 0.1
PALM_METRES = 0.09
# How much a set counts: all of it from so many photos on; a view counts less than the photo it was made of.
FULL_SET, VIEW_WEIGHT = 600, 0.7
PARENTS = (0, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19)


@dataclass(frozen=True, slots=True)
class LabelledReadings:
    """Readings (N, R) of photos and (V, N, R) of views, labels (N,) of one space, the locator's scores (N,)."""

    name: str
    space: str
    photos: Tensor
    views: Tensor
    labels: list[str]
    scores: Tensor | None = None


class Teacher(nn.Module):
    """The network with a head a space."""

    def __init__(self, network: SignNet, spaces: dict[str, list[str]]) -> None:
        super().__init__()
        self.network, self.spaces = network, spaces
        self.heads = nn.ModuleDict({space: nn.Linear(SIGN, len(labels)) for space, labels in spaces.items()})


def read_sets(folder: Path) -> list[LabelledReadings]:
    """Read what `pretrain.sign_sets` wrote."""
    found = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as z:
            photos, views = torch.from_numpy(z["photos"]), torch.from_numpy(z["views"])
            scores = torch.from_numpy(z["scores"]) if "scores" in z else None
            labels = [str(name) for name in z["labels"]]
            found.append(LabelledReadings(path.stem, str(z["space"]), photos, views, labels, scores))
    return found


def describe(readings: Tensor, generator: Generator | None = None) -> Tensor:
    """Readings (N, R) to both descriptions of the pose, as `PoseConditioned.pose` has them; varied with a generator."""
    _, joints, palm, landmarks, turned = torch.split(readings, WIDTHS, dim=1)
    joints, seen = joints.reshape(-1, JOINTS, 3), landmarks_of(landmarks)
    if generator is not None:
        joints, world = _vary([joints, seen.world], [1.0, PALM_METRES], generator)
        seen = replace(seen, world=world)
    pose = torch.cat([describe_pose(joints, palm), describe_world(seen, turned.reshape(-1, 2, 3))], dim=1)
    if generator is not None:
        half = pose.shape[1] // 2
        for start in (JOINTS * 3, half + JOINTS * 3):
            pose[:, start : start + 6] += TILT * torch.randn(len(pose), 6, generator=generator)
    return pose


def _vary(readings: list[Tensor], units: list[float], generator: Generator) -> list[Tensor]:
    """Give each hand (N, 21, 3) other bones and move its joints, the same in each reading of it."""
    count = len(readings[0])
    by_finger = torch.randn(count, 5, 1, 1, generator=generator).expand(-1, 5, 4, 1).reshape(count, JOINTS - 1, 1)
    scale = 1 + BONE * (by_finger + torch.randn(count, JOINTS - 1, 1, generator=generator))
    moved = PLACE * torch.randn(count, JOINTS, 3, generator=generator)
    varied = []
    for joints, unit in zip(readings, units, strict=True):
        bones = (joints[:, 1:] - joints[:, list(PARENTS[1:])]) * scale
        placed = [joints[:, 0]]
        for joint in range(1, JOINTS):
            placed.append(placed[PARENTS[joint]] + bones[:, joint - 1])
        varied.append(torch.stack(placed, dim=1) + moved * unit)
    return varied


def teach(sets: list[LabelledReadings], seed: int = 0, steps: int = STEPS) -> Teacher:
    """Fit network and heads on `sets`."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    names: dict[str, set[str]] = {}
    for one in sets:
        names.setdefault(one.space, set()).update(one.labels)
    spaces = {space: sorted(labels) for space, labels in names.items()}
    readings, space, label, weight = _pool(sets, spaces)
    network = SignNet()
    std, mean = torch.std_mean(describe(readings), dim=0)
    network.mean.copy_(mean)
    network.std.copy_(std.clamp(min=1e-6))
    teacher = Teacher(network, spaces)
    optimiser = torch.optim.AdamW(teacher.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
    for _ in range(steps):
        which = torch.multinomial(weight, BATCH, replacement=True, generator=generator)
        loss = _loss(teacher, describe(readings[which], generator), space[which], label[which])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return teacher.eval()


def _pool(sets: list[LabelledReadings], spaces: dict[str, list[str]]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return all readings (M, R), the space and the label of each as numbers, and how often it is drawn."""
    pooled: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []
    names = list(spaces)
    for one in sets:
        counts = Counter(one.labels)
        share = min(1.0, (len(one.labels) / FULL_SET) ** 0.5) / len(counts)
        weight = torch.tensor([share / counts[name] for name in one.labels])
        label = torch.tensor([spaces[one.space].index(name) for name in one.labels])
        space = torch.full((len(label),), names.index(one.space))
        pooled.append((one.photos, space, label, weight))
        pooled.extend((view, space, label, weight * VIEW_WEIGHT) for view in one.views)
    columns = [torch.cat(column) for column in zip(*pooled, strict=True)]
    return columns[0], columns[1], columns[2], columns[3]


def _loss(teacher: Teacher, pose: Tensor, space: Tensor, label: Tensor) -> Tensor:
    network = teacher.network
    standard = network.standardise(pose)
    hidden = F.dropout(F.relu(network.hidden(F.dropout(standard, DROPOUT))), DROPOUT)
    sign = network.embed(hidden)
    total = torch.zeros(())
    for number, name in enumerate(teacher.spaces):
        mine = space == number
        if mine.any():
            said = teacher.heads[name](sign[mine])
            total = total + F.cross_entropy(said, label[mine], label_smoothing=SMOOTHING, reduction="sum")
    return total / len(label)


@torch.no_grad()
def accuracy(teacher: Teacher, one: LabelledReadings) -> float:
    """Share of the photos of `one` that its space's head labels rightly, of those whose label was taught."""
    labels = teacher.spaces[one.space]
    known = [i for i, name in enumerate(one.labels) if name in labels]
    said = teacher.heads[one.space](teacher.network(describe(one.photos[known]))).argmax(dim=1)
    right = [labels[int(k)] == one.labels[i] for k, i in zip(said, known, strict=True)]
    return sum(right) / len(right)


@torch.no_grad()
def spread_of(teacher: Teacher, sets: list[LabelledReadings], space: str) -> tuple[Tensor, Tensor]:
    """Return where each label lies in the embedding, (L, S), each set counting alike, and the spread about it, (S, S).

    The spread times standard normal numbers has the covariance that the sets have within labels.
    """
    mine = [(teacher.network(describe(one.photos)), np.array(one.labels)) for one in sets if one.space == space]
    means, apart = [], []
    for name in teacher.spaces[space]:
        shown = [signs[torch.from_numpy(labels == name)] for signs, labels in mine if name in labels]
        means.append(torch.stack([signs.mean(dim=0) for signs in shown]).mean(dim=0))
        apart.append(torch.cat(shown) - means[-1])
    covariance = torch.cov(torch.cat(apart).T)
    return torch.stack(means), torch.linalg.cholesky(covariance + 1e-4 * torch.eye(SIGN))


def space_of(teacher: Teacher, sets: list[LabelledReadings], space: str) -> SignSpace:
    """Return what is known of a space, as a run reads it from the file."""
    head = teacher.heads[space]
    assert isinstance(head, nn.Linear)
    arrays = (value.detach().numpy() for value in (head.weight, head.bias, *spread_of(teacher, sets, space)))
    return SignSpace(space, tuple(teacher.spaces[space]), *arrays)


def save(teacher: Teacher, sets: list[LabelledReadings], path: Path) -> None:
    """Write network, heads, means and spreads as 16-bit floats, the labels of each head in the metadata."""
    tensors = {**teacher.network.state_dict(), **{f"heads.{k}": v for k, v in teacher.heads.state_dict().items()}}
    for space in teacher.spaces:
        tensors[f"means.{space}"], tensors[f"spread.{space}"] = spread_of(teacher, sets, space)
    labels = {space: "\n".join(names) for space, names in teacher.spaces.items()}
    save_file({name: value.to(torch.float16).contiguous() for name, value in tensors.items()}, path, metadata=labels)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("readings", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--leave-out", default="")
    given = parser.parse_args()
    everything = read_sets(given.readings)
    left_out = [one for one in everything if one.name == given.leave_out]
    kept = [one for one in everything if one.name != given.leave_out]
    taught = teach(kept)
    save(taught, kept, given.out)
    for one in left_out or everything:
        print(f"{one.name}: {accuracy(taught, one):.3f} of {len(one.labels)} photos{'' if left_out else ' (taught)'}")
