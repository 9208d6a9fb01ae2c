"""Define what a locator is, and list the locators by name.

A locator finds the thing that a data set shows in each photo: its box, perhaps its keypoints, and how sure that is.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import onnx
from torch import Tensor, nn

from unseen.errors import SettingError
from unseen.locate.hands import HandLocator
from unseen.locate.keypoint_bones import Skeleton
from unseen.models.backbone import Backbone
from unseen.models.preprocess import Normalisation

Found = tuple[Tensor, Tensor | None, Tensor]


class Locator(Protocol):
    """What finds one kind of thing.

    view_px: side of the square view that it looks at, see `box_crop.View`. keypoints: how many it finds, 0 for none.
    confident: score from which the thing is said to be there. tolerance, left_aside: how far probabilities of two
    runtimes may be apart where both locate for themselves, and the share of photos in which they may see other things.
    """

    name: str
    view_px: int
    keypoints: int
    confident: float
    tolerance: float
    left_aside: float

    @property
    def skeleton(self) -> Skeleton | None:
        """Return how the keypoints are connected, which masks are found by; `None` where they are not."""
        ...

    @property
    def identity(self) -> str:
        """Return a text that changes with everything that decides on the regions: weights, rules, thresholds."""
        ...

    def find(self, view: Tensor, extent: Tensor) -> Found:
        """Return boxes (N, 4), keypoints (N, K, 2) or `None`, and scores (N,), as `records.Regions` has them.

        view: (N, 3, view_px, view_px) float32 in 0..255. extent: (N or 1, 2), as `box_crop.View` returns it.
        """
        ...

    def quick_find(self) -> Callable[[Tensor, Tensor], Found]:
        """Return `find` in the fastest runtime there is, for many photos; it may be called from several threads."""
        ...

    def graph(self) -> onnx.ModelProto:
        """Return the same as a graph: `view` and `extent` (1, 2) to boxes, keypoints if it has them, and scores."""
        ...

    def module(self, branches: bool) -> nn.Module:
        """Return a module of view and extent to boxes and scores, which `torch.export` can write for other runtimes.

        branches: whether it may compute a part only where that is needed.
        """
        ...

    def condition(self, backbone: Backbone, normalisation: Normalisation) -> Backbone:
        """Return `backbone` with what else the locator reads of the crop among its features, or just `backbone`.

        normalisation: of the pixels that the backbone is given.
        """
        ...


LOCATORS: dict[str, Callable[[], Locator]] = {"hand": HandLocator}


@lru_cache(maxsize=4)
def find_locator(name: str) -> Locator:
    """Return the locator called `name`, loaded once."""
    if name not in LOCATORS:
        raise SettingError("focus", f"is '{name}': use auto, whole or {', '.join(LOCATORS)}")
    return LOCATORS[name]()
