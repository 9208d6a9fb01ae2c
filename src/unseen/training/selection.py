"""Judge what training has made so far, and say whether an epoch of fine-tuning may ship instead of the head alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.models.classifier import Classifier
from unseen.runtime import Runtime
from unseen.training.training_data import TrainingData
from unseen.training.validation import logits_of, loss_and_accuracy

# Temperatures that are tried, evenly in their logarithm: 3% apart, from hardly to very confident.
TEMPERATURES = torch.logspace(-1, 1, 161, dtype=torch.float64)


@dataclass(frozen=True, slots=True)
class Score:
    """How a candidate does on plain and on augmented photos, half each. accuracy: a share. loss: in nats, at the
    temperature that suits it best.
    """

    accuracy: float
    loss: float

    def below(self, other: "Score") -> bool:
        """Say whether `other` is to be preferred: fewer photos are right, or as many at a higher loss.

        A head that was fitted to the end and an epoch of a network still in training differ in how sure they are, and
        the loss that epochs are chosen by is smoothed: it preferred the head of sign_digits to an epoch that
        classified more photos correctly, held-out ones too (docs/log.md). One temperature for all photos takes that
        difference away and changes no answer (Guo et al., 2017, arXiv:1706.04599).
        """
        return (self.accuracy, -self.loss) < (other.accuracy, -other.loss)


@dataclass(frozen=True, slots=True)
class Judged:
    """loss, accuracy: on plain validation photos, as the history shows them. selection_loss: what epochs are chosen by,
    the mean of the loss on plain and on augmented ones. All `None` where no photos are held out. score: what the head
    and the epochs are compared by, on training photos where no others are there; `None` without any.
    """

    loss: float | None
    accuracy: float | None
    selection_loss: float | None
    score: Score | None


def judge(model: Classifier, data: TrainingData, label_smoothing: float, runtime: Runtime) -> Judged:
    """Judge `model` on the validation photos and their augmented views, or on what stands in for them."""
    both = (data.validation, data.augmented_validation or ())
    found = [one for inputs in both if len((one := logits_of(model, inputs, runtime))[1])]
    if not found:
        return Judged(None, None, None, None)
    if data.stand_in:
        return Judged(None, None, None, score(found))
    measured = [loss_and_accuracy(*one, label_smoothing) for one in found]
    losses = [loss for loss, _ in measured if loss is not None]
    return Judged(*measured[0], sum(losses) / len(losses), score(found))


def score(kinds: Sequence[tuple[Tensor, Tensor]]) -> Score:
    """Return the score of logits (n, C) and class indices (n,) of each kind of photos; all kinds weigh the same."""
    accuracies = [float((logits.argmax(1) == targets).double().mean()) for logits, targets in kinds]
    losses = torch.zeros(len(TEMPERATURES), dtype=torch.float64)
    for logits, targets in kinds:
        losses += torch.stack([F.cross_entropy(logits.double() / t, targets) for t in TEMPERATURES]) / len(kinds)
    return Score(sum(accuracies) / len(accuracies), float(losses.min()))
