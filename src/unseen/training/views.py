"""A few photos and an augmentation in; frozen features of several varied views of each out.

A head that is fitted on a dozen photos learns their angle and light; on varied views of them it gained 8 points
more on other sessions, in the mean of twelve cases from -1 to 18 (docs/log.md).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch

from unseen import seeds
from unseen.augment.pipeline import Augment, collate
from unseen.model.classifier import Classifier
from unseen.progress import Progress
from unseen.records import Int64Array, PhotoPixels
from unseen.training.probe import FeatureSet

BATCH = 32


def varied_features(
    model: Classifier,
    augment: Augment,
    photos: PhotoPixels,
    labels: Int64Array,
    positions: Int64Array,
    views: int,
    seed: int,
    device: torch.device,
    progress: Progress,
    autocast: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> FeatureSet:
    """Return features of `views` variations of each photo at `positions`, all of one view before the next.

    labels: (N,) class indices of all photos. autocast: the precision that the backbone runs in.
    """
    backbone, preprocess = model.backbone.to(device).eval(), model.preprocess.to(device)
    augment = augment.to(device)
    found = np.empty((views, len(positions), backbone.features), np.float32)
    with torch.inference_mode(), progress.task("views", views * len(positions), "views") as task:
        for view in range(views):
            for start in range(0, len(positions), BATCH):
                some = positions[start : start + BATCH]
                canvas, shapes = collate([photos[i] for i in some.tolist()])
                targets = torch.from_numpy(labels[some]).to(device)
                pixels = augment(canvas.to(device), shapes.to(device), seeds.derive(seed, "view", view, start), targets)
                planes = preprocess.normalise(pixels).contiguous(memory_format=torch.channels_last)
                with autocast():
                    batch = backbone(planes)
                found[view, start : start + len(some)] = batch.float().cpu().numpy()
                task.advance(len(some))
    return FeatureSet(found.reshape(-1, backbone.features), np.tile(labels[positions], views))
