"""The course of a training run: one row an epoch in, `history.csv` out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from unseen.runs import write_rows


@dataclass(frozen=True, slots=True)
class EpochRow:
    """One pass over the training photos; losses in nats, accuracies as shares, `None` where not measured."""

    epoch: int
    phase: str
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float


def write_history(path: Path, rows: Sequence[EpochRow]) -> None:
    """Write the rows so far; called after each epoch, so that a killed run has its curves."""
    write_rows(path, [field.name for field in fields(EpochRow)], [asdict(row).values() for row in rows])  # type: ignore[misc]
