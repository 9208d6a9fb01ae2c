"""A classifier and photos it does not learn from in; its loss and accuracy on them out."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen import seeds
from unseen.augment.pipeline import Augment, collate
from unseen.locate.network_input import seen_batches
from unseen.models.classifier import Classifier
from unseen.records import Int64Array
from unseen.runtime import Runtime
from unseen.training.training_photos import TrainingPhotos

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
            one, hits = _judge(model, planes, targets, label_smoothing, runtime)
            loss, right = loss + one, right + hits
    return loss / len(positions), right / len(positions)


def varied_loss(
    model: Classifier, augment: Augment, photos: TrainingPhotos, label_smoothing: float, seed: int, runtime: Runtime
) -> float | None:
    """Return the loss (nats) on the validation photos as training varies them, the same way at every call.

    A model that other rooms await should not be chosen, nor training stopped, by photos of its own room alone: on
    those every epoch is right. `None` where there are no photos, or none whose background can be replaced.
    """
    positions = photos.validation
    if len(positions) == 0 or photos.varied is None:
        return None
    model.eval()
    loss, device = 0.0, runtime.device
    with torch.inference_mode():
        for start in range(0, len(positions), VALIDATION_BATCH):
            some = positions[start : start + VALIDATION_BATCH]
            canvas, shapes = collate(photos.read(some, seeds.generator(seed, "validation varied", start)))
            targets = torch.from_numpy(photos.labels[some]).to(device)
            augment_seed = seeds.derive(seed, "validation augmented", start)
            planes = augment(canvas.to(device), shapes.to(device), augment_seed, targets)
            loss += _judge(model, planes, targets, label_smoothing, runtime)[0]
    return loss / len(positions)


def _judge(
    model: Classifier, planes: Tensor, targets: Tensor, label_smoothing: float, runtime: Runtime
) -> tuple[float, int]:
    """Return summed loss and right answers on pixels (N, 3, S, S) float32."""
    with runtime.autocast():
        logits = model.from_pixels(planes.contiguous(memory_format=torch.channels_last)).float()
    loss = float(F.cross_entropy(logits, targets, reduction="sum", label_smoothing=label_smoothing))
    return loss, int((logits.argmax(1) == targets).sum())
