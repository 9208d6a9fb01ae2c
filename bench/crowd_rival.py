"""Train the landmark rival on some sets of people and test it on another, for the table of `bench.crowd`.

What a person would build with MediaPipe today: its joints, and a small network on them. It learns from every photo of
its sources in which MediaPipe sees a hand. A photo in which it sees none is an error, but where the class is "nothing".
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.landmark_rival import NO_ANSWER, Joints, Rival
from bench.landmark_runs import joints_of
from pretrain.sign_sets import SETS
from unseen.photos.class_names import in_figures

EMPTY = "nothing"  # of asl_kept: a photo without a hand


@dataclass(frozen=True)
class CrowdRival:
    """python: one that has MediaPipe. data: the folder of the sets. found: where its landmarks are kept."""

    python: Path
    data: Path
    found: Path

    def accuracy(self, sources: list[str], target: str, seed: int) -> float:
        """Return the share of the photos of `target` that it answers rightly, of those whose label it was taught."""
        taught = [self._read(name) for name in sources]
        classes = sorted({label for _, labels in taught for label in labels})
        index = {label: i for i, label in enumerate(classes)}
        features = np.concatenate([joints.features for joints, _ in taught])
        seen = np.concatenate([joints.seen for joints, _ in taught])
        label = np.array([index[name] for _, labels in taught for name in labels])
        rival = Rival(Joints(features, seen, label), len(classes), seed)
        photos, labels = self._read(target)
        asked = np.array([i for i, name in enumerate(labels) if name in index])
        said = rival.answers(photos.at(asked))
        named = [classes[k] if k != NO_ANSWER else EMPTY for k in said.tolist()]
        return float(np.mean([name == labels[i] for name, i in zip(named, asked.tolist(), strict=True)]))

    def seen(self, target: str) -> float:
        """Return the share of the photos of `target` in which MediaPipe sees a hand."""
        return float(self._read(target)[0].seen.mean())

    def _read(self, name: str) -> tuple[Joints, list[str]]:
        chosen = next(one for one in SETS if one.name == name)
        folder = self.data / chosen.path
        joints, photos = joints_of(folder, chosen.classes, self.found / f"{name}.npz", folder, self.python)
        return joints, [in_figures(photo.label).lower() for photo in photos.photos.photos]
