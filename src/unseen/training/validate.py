"""A classifier and photos it does not learn from in; its loss and accuracy on them out."""

import torch
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.model.classifier import Classifier
from unseen.records import Int64Array
from unseen.training.features import seen_batches
from unseen.training.photos import TrainingPhotos
from unseen.training.runtime import Runtime

VALIDATION_BATCH = 64


def validate(
    model: Classifier, photos: TrainingPhotos, positions: Int64Array, label_smoothing: float, runtime: Runtime
) -> tuple[float | None, float | None]:
    """Return loss (nats) and accuracy of `model` on the photos at `positions`; `None` where there are none.

    The loss is smoothed like the training loss, so that the two curves can be compared, and so that confidence
    which training holds back is not mistaken for over-fitting.
    """
    if len(positions) == 0:
        return None, None
    model.eval()
    loss, right, device = 0.0, 0, runtime.device
    with torch.inference_mode():
        for where, pixels in seen_batches(model.preprocess, photos.pixels, positions, VALIDATION_BATCH):
            planes = torch.from_numpy(pixels).to(device).float()
            targets = torch.from_numpy(photos.labels[positions[where]]).to(device)
            with runtime.autocast():
                logits = model.from_pixels(planes.contiguous(memory_format=torch.channels_last)).float()
            loss += float(F.cross_entropy(logits, targets, reduction="sum", label_smoothing=label_smoothing))
            right += int((logits.argmax(1) == targets).sum())
    return loss / len(positions), right / len(positions)
