"""Write and read `history.csv`, one row for each training epoch."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from unseen.runs import read_rows, write_rows


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
    """Write the rows so far; called after each epoch, so that a killed run has its curves too."""
    write_rows(path, [field.name for field in fields(EpochRow)], [asdict(row).values() for row in rows])  # type: ignore[misc]


def read_history(path: Path) -> list[EpochRow]:
    """Return the rows of a `history.csv`."""
    return [
        EpochRow(int(row.pop("epoch")), row.pop("phase"), **{name: _number(cell) for name, cell in row.items()})  # type: ignore[arg-type]
        for row in read_rows(path)
    ]


def _number(cell: str) -> float | None:
    return float(cell) if cell else None
