"""Let a head learn the classes that are known signs from other people, too, beside the run's own photos.

The file of `SignNet` holds, for each space of labels, a head and where each sign lies in the embedding: its mean over
the people who showed it, and how it spreads. Embeddings drawn from there stand for photos of these people; what else is
known of a photo is taken from any photo of the run, so that it tells nothing (as prototypes stand for past classes in
Zhu et al., 2021, "Prototype Augmentation and Self-Supervision for Incremental Learning").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from safetensors import safe_open

from unseen import seeds
from unseen.augment.transforms import Transform
from unseen.features.feature_set import FeatureSet, pooled
from unseen.locate.sign_net import SIGN, WEIGHTS
from unseen.paths import READY
from unseen.photos.class_names import place_of_class
from unseen.records import Float32Array, Int64Array
from unseen.text import count, percent

# Drawn a class: more gain nothing. From 36 photos a letter of asl_kept/train to six other people 0.94 with 150, 0.88
# without (docs/log.md).
DRAWN = 150
# The known head must agree with the labels of so many of the run's photos, or its signs are others of the same name;
# and of each class.
AGREEMENT, CLASS_AGREEMENT = 0.75, 0.5
# Share of the classes that are known from which on a run counts as one that learnt from other people: its network is
# not fine-tuned, for what stands for their photos is embeddings, which fine-tuning would leave behind.
KNOWN_SUFFICE = 0.9
# Spaces of which no sign becomes another when turned: K is P and H is U, turned. A sign of the other hand is the same.
TURNED_ALIKE = ("digits", "counting", "rps")


@dataclass(frozen=True, slots=True)
class SignSpace:
    """What is known of one space of L labels.

    weight (L, S), bias (L,): a head on the embedding. means (L, S). spread (S, S): what standard normal numbers are
    multiplied by.
    """

    name: str
    labels: tuple[str, ...]
    weight: Float32Array
    bias: Float32Array
    means: Float32Array
    spread: Float32Array

    def place(self, name: str) -> int | None:
        """Return the index of the label that a class of this name is, `None` where it is none."""
        return place_of_class(name, self.labels)


@dataclass(frozen=True, slots=True)
class KnownSigns:
    """Classes of a run that are known signs: their indices, and the labels of `space` that they are.

    agreement: share of the run's photos of these classes that the known head labels as they are.
    """

    space: SignSpace
    classes: tuple[int, ...]
    labels: tuple[int, ...]
    agreement: float

    @property
    def sentence(self) -> str:
        """Say how many there are, and how sure that is."""
        return (
            f"{count(len(self.classes), 'class', 'classes')} known from other people: signs:{self.space.name} agrees "
            f"with {percent(self.agreement)} of these photos"
        )

    def keeps_label(self, transform: Transform) -> dict[int, bool]:
        """Return which classes are known to keep their label under `transform`; the photos say it of the others."""
        known = transform is Transform.FLIP or self.space.name in TURNED_ALIKE
        return dict.fromkeys(self.classes, True) if known else {}

    def pooled_with(self, own: FeatureSet, seed: int, drawn: int = DRAWN) -> FeatureSet:
        """Return `own` with `drawn` embeddings of each known class; features end with the embedding."""
        rng = seeds.generator(seed, "known signs")
        classes = np.repeat(np.array(self.classes), drawn)
        means = self.space.means[np.repeat(np.array(self.labels), drawn)]
        signs = means + rng.standard_normal(means.shape, np.float32) @ self.space.spread.T
        rows = own.features[rng.integers(len(own.features), size=len(classes))].copy()
        rows[:, -SIGN:] = signs
        return pooled(own, FeatureSet(rows, classes.astype(own.labels.dtype)))


def nearly_all_known(known: KnownSigns | None, classes: int) -> bool:
    """Say whether so many of a run's `classes` are known that it learnt from other people, see `KNOWN_SUFFICE`."""
    return known is not None and len(known.classes) >= KNOWN_SUFFICE * classes


def read_spaces() -> list[SignSpace]:
    """Return every space in the file of `SignNet`."""
    with safe_open(WEIGHTS, "pt") as file:
        return [
            SignSpace(
                space,
                tuple(labels.split("\n")),
                *(
                    file.get_tensor(f"{name}").to(torch.float32).numpy()
                    for name in (f"heads.{space}.weight", f"heads.{space}.bias", f"means.{space}", f"spread.{space}")
                ),
            )
            for space, labels in sorted(file.metadata().items())
        ]


def find_known_signs(
    classes: Sequence[str],
    features: Float32Array,
    labels: Int64Array,
    wanted: str = "auto",
    spaces: Sequence[SignSpace] | None = None,
) -> KnownSigns | None:
    """Return the known signs among `classes`, those of the space that agrees best with the run's photos.

    features: (n, D) of photos, which end with the embedding. labels: (n,). wanted: `auto`, `none`, or `signs:NAME`,
    which is believed whatever the photos say. spaces: by default those of the built-in file.
    """
    if wanted == "none":
        return None
    named = [space for space in (read_spaces() if spaces is None else spaces) if wanted in ("auto", READY + space.name)]
    found = [known for space in named if (known := _compare(space, classes, features, labels, wanted != "auto"))]
    return max(found, key=lambda known: (len(known.classes), known.agreement), default=None)


def _compare(
    space: SignSpace, classes: Sequence[str], features: Float32Array, labels: Int64Array, believed: bool
) -> KnownSigns | None:
    places = {number: place for number, name in enumerate(classes) if (place := space.place(name)) is not None}
    if len(places) < 2:
        return None
    mine = np.isin(labels, list(places))
    among = sorted(places.values())
    scores = features[mine][:, -SIGN:] @ space.weight[among].T + space.bias[among]
    truth = np.array([places[label] for label in labels[mine].tolist()])
    right = np.array(among)[scores.argmax(axis=1)] == truth
    agreement = float(right.mean()) if len(right) else 0.0
    if believed:
        return KnownSigns(space, tuple(places), tuple(places.values()), agreement)
    # a class without a training photo of its own has nothing to disagree with
    shown = {place: right[truth == place] for place in among}
    agreed = {
        number: place
        for number, place in places.items()
        if not len(shown[place]) or shown[place].mean() >= CLASS_AGREEMENT
    }
    if agreement < AGREEMENT or len(agreed) < 2:
        return None
    return KnownSigns(space, tuple(agreed), tuple(agreed.values()), agreement)
