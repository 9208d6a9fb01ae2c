"""Extract frozen features of several augmented views of a few photos.

A head that is fitted on a dozen photos learns their angle and light; on varied views of them it gained 8 points
more on other sessions, in the mean of twelve cases from -1 to 18 (docs/log.md).
"""

from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch

from unseen import seeds
from unseen.augment.pipeline import Augment, collate
from unseen.features.extract import FeatureRunner, PixelsToFeatures, feature_runner
from unseen.features.feature_set import FeatureSet
from unseen.models.classifier import Classifier
from unseen.progress import Progress
from unseen.records import Float32Array, Images, Int64Array
from unseen.runtime import one_thread
from unseen.threads import work_ahead

BATCH = 32


def varied_features(
    model: Classifier,
    augment: Augment,
    photos: Images,
    labels: Int64Array,
    positions: Int64Array,
    views: int,
    seed: int,
    device: torch.device,
    progress: Progress,
) -> FeatureSet:
    """Return features of `views` variations of each photo at `positions`, all of one view before the next.

    labels: (N,) class indices of all photos.
    """
    with view_runner(model, device, views * len(positions)) as runner:
        return run_views(runner, augment, photos, labels, positions, views, seed, progress)


def view_runner(model: Classifier, device: torch.device, views: int) -> AbstractContextManager[FeatureRunner]:
    """Open what extracts features of about so many views."""
    # outside inference mode, in which moving the network would leave weights that no longer can be trained
    return feature_runner(PixelsToFeatures(model.preprocess, model.backbone).eval(), device, views)


def run_views(
    runner: FeatureRunner,
    augment: Augment,
    photos: Images,
    labels: Int64Array,
    positions: Int64Array,
    views: int,
    seed: int,
    progress: Progress,
) -> FeatureSet:
    """Do as `varied_features` does, with what is open already."""
    device, augment = runner.device, augment.to(runner.device)
    found = np.empty((views, len(positions), runner.features), np.float32)

    def job(start: int) -> tuple[slice, Float32Array]:
        # read once for all views, for each reading takes the old background's colours off the mask's edge anew
        some = positions[start : start + BATCH]
        rows = np.empty((views, len(some), runner.features), np.float32)
        with torch.inference_mode(), one_thread() if runner.threads > 1 else nullcontext():
            canvas, shapes = (one.to(device) for one in collate([photos[i] for i in some.tolist()]))
            targets = torch.from_numpy(labels[some]).to(device)
            for view in range(views):
                pixels = augment(canvas, shapes, seeds.derive(seed, "view", view, start), targets)
                seen = pixels.round().clamp(0, 255).to(torch.uint8).cpu().numpy()
                for first in range(0, len(seen), runner.batch):
                    rows[view, first : first + runner.batch] = runner.run(seen[first : first + runner.batch])
        return slice(start, start + len(some)), rows

    with progress.task("views", views * len(positions), "views") as task:
        starts = range(0, len(positions), BATCH)
        for where, rows in work_ahead(job, starts, "views", runner.threads):
            found[:, where] = rows
            task.advance(rows.shape[0] * rows.shape[1])
    return FeatureSet(found.reshape(-1, runner.features), np.tile(labels[positions], views))
