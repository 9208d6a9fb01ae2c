"""Measure spoiled photos beside photos of a set: episodes that `pretrain/signatures.py` teaches a network by.

An episode is the owner of a model: photos of one set, few or many, perhaps in another room or of another shape, are
what training is like. Photos of that set, or of strangers with another camera, are spoiled in every way of
`pretrain/spoiling.py` and compared with them; in half of the episodes hands are found in them.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pretrain.spoiling import SPOILED, other_room, other_shape, saved
from unseen.explanation.causes import Cause
from unseen.explanation.known_training import Known, know, see, seen_as
from unseen.explanation.measures.layouts import NO_GAINS
from unseen.explanation.measures.photo_measures import NUMBERS, Measure
from unseen.explanation.measures.signatures import KINDS, NOTHING, evidence
from unseen.explanation.measures.usual_values import IN_GENERAL, Usual
from unseen.explanation.places import Box
from unseen.locate.box_crop import View
from unseen.locate.hands import HandLocator
from unseen.photos.decode import decode
from unseen.photos.scan import PHOTO_SUFFIXES
from unseen.records import Float32Array, Int64Array, Uint8Array

SIDE_PX = 320
POOL = 160  # photos of a set that are drawn from
EACH, UNTOUCHED = 2, 8  # photos that an episode has of each way, and with nothing done to them
FEWEST, MOST = 8, 150  # photos of a set that the others are compared with
STRANGERS, ROOMS, SHAPES, LOCATED = 0.45, 0.6, 0.4, 0.5  # shares of episodes
NOWHERE: Mapping[str, float] = dict.fromkeys(NO_GAINS, np.nan)
Photo = tuple[Uint8Array, str]  # pixels (H, W, 3), and its class
Taken = Callable[[Uint8Array], Uint8Array]
Content = Mapping[str, npt.NDArray[Any]]


class Pools:
    """Photos of each set, opened when they are first asked for."""

    def __init__(self, data: Path) -> None:
        """data: the folder that the sets lie in."""
        self._data = data
        self._locator = HandLocator()
        self._find = self._locator.quick_find()
        self._view = View(self._locator.view_px)
        self._photos: dict[str, list[Photo]] = {}

    def photos(self, name: str) -> list[Photo]:
        """Return photos of one set."""
        if name not in self._photos:
            files = sorted(path for path in (self._data / name).glob("*/*") if path.suffix.lower() in PHOTO_SUFFIXES)
            random.Random(0).shuffle(files)
            opened = [(np.ascontiguousarray(decode(f, SIDE_PX)[..., :3]), f.parent.name) for f in files[:POOL]]
            self._photos[name] = opened
        return self._photos[name]

    def box(self, pixels: Uint8Array) -> Box | None:
        """Return the box of a hand, `None` where there is none."""
        with torch.inference_mode():
            view, extent = self._view(torch.from_numpy(pixels[None].copy()))
            boxes, _, scores = self._find(view, extent)
        left, top, right, bottom = map(float, boxes[0])
        return None if np.isnan(left) or float(scores[0]) < self._locator.confident else (left, top, right, bottom)


@dataclass(frozen=True, slots=True)
class Episode:
    """known: what training is like. asked: photos that are spoiled. strangers: they are of another set.

    classes: of the set that `known` is of. located: hands are found.
    """

    known: Known
    asked: Sequence[Photo]
    strangers: bool
    classes: Sequence[str]
    located: bool
    taken: Taken


def _camera(rng: np.random.Generator) -> Taken:
    """Draw what photos of a set look like elsewhere, or just as they are."""
    room = other_room(rng) if rng.random() < ROOMS else None
    shape = other_shape(rng) if rng.random() < SHAPES else None

    def taken(photo: Uint8Array) -> Uint8Array:
        shown = shape(photo) if shape else photo
        return room(shown) if room else shown

    return taken


def _episode(pools: Pools, everyone: Sequence[str], own: str, rng: np.random.Generator) -> Episode:
    strangers, located = rng.random() < STRANGERS, rng.random() < LOCATED
    usually, here = _camera(rng), _camera(rng)
    mine = list(pools.photos(own))
    rng.shuffle(mine)
    most = min(round(float(np.exp(rng.uniform(np.log(FEWEST), np.log(MOST))))), len(mine) * 2 // 3)
    asked = pools.photos(str(rng.choice(everyone))) if strangers else mine[most:]
    classes = sorted({label for _, label in mine})
    usual = [usually(pixels) for pixels, _ in mine[:most]]
    boxes = [pools.box(pixels) if located else None for pixels in usual]
    known = know(usual, boxes, [classes.index(label) for _, label in mine[:most]])
    return Episode(known, asked, strangers, classes, located, here if strangers else usually)


def measured(pools: Pools, names: Sequence[str], own: str, number: int) -> dict[str, npt.NDArray[Any]]:
    """Measure one episode of the set `own`; names: of all sets. Rows: measures, gains, boxes, kinds; what is usual."""
    rng = np.random.default_rng([number, sum(own.encode())])
    everyone = [name for name in names if name != own]
    of = _episode(pools, everyone, own, rng)
    found = []
    for kind, name in enumerate(KINDS):
        for _ in range(UNTOUCHED if kind == 0 else EACH):
            pixels, label = of.asked[int(rng.integers(len(of.asked)))]
            others = pools.photos(str(rng.choice(everyone)))
            other = others[int(rng.integers(len(others)))][0]
            spoiled = saved(SPOILED[name](of.taken(pixels), other, rng), rng)
            box = pools.box(spoiled) if of.located else None
            target = of.classes.index(label) if label in of.classes else -1
            seen = seen_as(see(spoiled, of.known, box), of.known, target)
            assert seen.gains is not None
            gains = [[some[change] for change in NO_GAINS] for some in (seen.gains, seen.own_gains or NOWHERE)]
            # a stranger's photo as it is was taken in another room
            what = KINDS.index(Cause.BACKGROUND) if of.strangers and name == NOTHING else kind
            found.append(([seen.measures[number] for number in NUMBERS], *gains, box or (np.nan,) * 4, what))
    names_of = ("measures", "gains", "own_gains", "boxes", "kinds")
    columns = {name: np.array(column) for name, column in zip(names_of, zip(*found, strict=True), strict=True)}
    usual = of.known.usual
    facts = np.array([usual.photos, usual.boxed, usual.box_side])
    return {**columns, "usual": np.array([usual.quantiles[m] for m in Measure]), "facts": facts}


def evidence_of(content: Content, without: float, without_own: float, seed: int = 0) -> tuple[Float32Array, Int64Array]:
    """Return evidence (N, F) and kinds (N,).

    without: share of the photos that are compared with photos in general; without_own: of the others, of those whose
    class is not known.
    """
    photos, boxed, side = content["facts"].tolist()
    quantiles = {str(m): tuple(row) for m, row in zip(Measure, content["usual"].tolist(), strict=True)}
    usual = Usual(quantiles, True, int(photos), boxed, side)
    alone, unlabelled = np.random.default_rng(seed).random((2, len(content["kinds"])))
    rows = []
    for i, (values, gains, own, box) in enumerate(
        zip(*(content[name].tolist() for name in ("measures", "gains", "own_gains", "boxes")), strict=True)
    ):
        measures = dict(zip(NUMBERS, values, strict=True))
        place = None if np.isnan(box[0]) else (box[0], box[1], box[2], box[3])
        if alone[i] < without:
            rows.append(evidence(measures, IN_GENERAL, None, None, place))
            continue
        by_class = unlabelled[i] >= without_own and np.isfinite(own[0])
        of_class = dict(zip(NO_GAINS, own, strict=True)) if by_class else None
        rows.append(evidence(measures, usual, dict(zip(NO_GAINS, gains, strict=True)), of_class, place))
    return np.stack(rows), content["kinds"]
