"""Measure a classifier's loss and accuracy on the validation photos."""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen import seeds
from unseen.augment.pipeline import collate
from unseen.inputs.training_images import TrainingImages
from unseen.locate.network_input import input_batches
from unseen.models.classifier import Classifier
from unseen.models.preprocess import Preprocess
from unseen.records import Float32Array, Images, Int64Array
from unseen.runtime import Runtime

VALIDATION_BATCH = 64
# Input pixels kept in memory: 3,566 plain photos of 224 px or 10,922 of 128 px, a quarter as many augmented ones.
MOST_BYTES = 512 << 20

# Pixels (n, 3, S, S), uint8 or float32 in 0..255, and class indices (n,) int64.
LabelledPixels = tuple[Tensor, Tensor]


class ValidationInputs:
    """The network's input pixels of the validation photos, batch by batch, the same in every epoch.

    Each batch is computed once and kept, up to `MOST_BYTES`; those beyond are computed again in each pass.
    """

    def __init__(self, photos: int, compute: Callable[[int], Iterator[LabelledPixels]]) -> None:
        """photos: how many there are. `compute(n)` yields all batches from the n-th on."""
        self._photos, self._compute = photos, compute
        self._kept: list[LabelledPixels] = []
        self._bytes = 0
        self._full = False  # a batch was too large to be kept
        self._complete = False  # all batches are kept

    def __len__(self) -> int:
        """Return the number of photos."""
        return self._photos

    def __iter__(self) -> Iterator[LabelledPixels]:
        """Yield pixels and class indices of each batch."""
        yield from self._kept
        if self._complete:
            return
        for batch in self._compute(len(self._kept)):
            self._full = self._full or self._bytes + batch[0].nbytes > MOST_BYTES
            if not self._full:
                self._kept.append(batch)
                self._bytes += batch[0].nbytes
            yield batch
        self._complete = not self._full


def plain_inputs(
    preprocess: Preprocess,
    photos: Images,
    positions: Int64Array,
    labels: Int64Array,
    boxes: Float32Array | None = None,
) -> ValidationInputs:
    """Return the inputs of the photos at `positions`, exactly as the exported model computes them.

    boxes: (N, 4) of all photos, for a `preprocess` that crops.
    """

    def compute(first: int) -> Iterator[LabelledPixels]:
        rest = positions[first * VALIDATION_BATCH :]
        for where, pixels in input_batches(preprocess, photos, rest, VALIDATION_BATCH, boxes):
            yield torch.from_numpy(pixels), torch.from_numpy(labels[rest[where]])

    return ValidationInputs(len(positions), compute)


def augmented_inputs(
    images: TrainingImages, positions: Int64Array, labels: Int64Array, seed: int, device: torch.device
) -> ValidationInputs | None:
    """Return the inputs of the photos at `positions` as training augments them, one fixed view of each.

    A model for other rooms should not be chosen, nor training stopped, by photos of its own room alone: every epoch
    classifies those correctly. `None` where there are no photos, or none whose background can be replaced.
    """
    if len(positions) == 0 or images.cutouts is None:
        return None

    def compute(first: int) -> Iterator[LabelledPixels]:
        for start in range(first * VALIDATION_BATCH, len(positions), VALIDATION_BATCH):
            batch = positions[start : start + VALIDATION_BATCH]
            canvas, shapes = collate(images.read(batch, seeds.generator(seed, "validation varied", start)))
            targets = torch.from_numpy(labels[batch])
            augment_seed = seeds.derive(seed, "validation augmented", start)
            with torch.inference_mode():
                pixels = images.augment(canvas.to(device), shapes.to(device), augment_seed, targets.to(device))
            yield pixels.cpu(), targets

    return ValidationInputs(len(positions), compute)


def logits_of(model: Classifier, inputs: Iterable[LabelledPixels], runtime: Runtime) -> tuple[Tensor, Tensor]:
    """Return logits (n, C) float32 of `model` in evaluation mode and class indices (n,), on the CPU; n may be 0."""
    model.eval()
    logits, targets = [torch.empty(0, model.head.classes)], [torch.empty(0, dtype=torch.int64)]
    with torch.inference_mode():
        for pixels, labels in inputs:
            planes = pixels.to(runtime.device).float().contiguous(memory_format=torch.channels_last)
            with runtime.autocast():
                logits.append(model.from_pixels(planes).float().cpu())
            targets.append(labels.cpu())
    return torch.cat(logits), torch.cat(targets)


def loss_and_accuracy(logits: Tensor, targets: Tensor, label_smoothing: float) -> tuple[float | None, float | None]:
    """Return loss (nats) and accuracy of logits (n, C) for class indices (n,); `None` where there are none.

    The loss is smoothed like the training loss, so that the two curves can be compared, and so that confidence
    which training holds back is not mistaken for over-fitting.
    """
    if len(targets) == 0:
        return None, None
    loss = float(F.cross_entropy(logits, targets, label_smoothing=label_smoothing))
    return loss, float((logits.argmax(1) == targets).double().mean())
