"""Write and read `history.csv`, one row for each training epoch."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from unseen.runs import read_rows, write_rows


@dataclass(frozen=True, slots=True)
class EpochRow:
    """One pass over the training photos; losses in nats, accuracies as shares, `None` where not measured.

    chosen: the weights of this epoch ship.
    """

    epoch: int
    phase: str
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float
    chosen: bool = False


def choose(rows: Sequence[EpochRow], place: int) -> list[EpochRow]:
    """Return the rows with that at `place`, and no other, as the chosen one."""
    return [replace(row, chosen=i == place) for i, row in enumerate(rows)]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The epoch that ships, of the head alone or of fine-tuning, and how many of these there were."""

    phase: str
    epoch: int
    fine_tuned_epochs: int
    validation_loss: float | None
    validation_accuracy: float | None


def chosen(rows: Sequence[EpochRow]) -> Chosen | None:
    """Return the epoch that ships, each phase counted from 1; `None` where it is not known."""
    row, tuned = chosen_row(rows), [row for row in rows if row.phase == "fine-tune"]
    if row is None:
        return None
    epoch = tuned.index(row) + 1 if row in tuned else row.epoch
    return Chosen(row.phase, epoch, len(tuned), row.validation_loss, row.validation_accuracy)


def chosen_row(rows: Sequence[EpochRow]) -> EpochRow | None:
    """Return the row of the epoch that ships; `None` where none is known to."""
    return next((row for row in rows if row.chosen), None)


def write_history(path: Path, rows: Sequence[EpochRow]) -> None:
    """Write the rows so far; called after each epoch, so that a killed run has its curves too."""
    write_rows(path, [field.name for field in fields(EpochRow)], [asdict(row).values() for row in rows])  # type: ignore[misc]


def read_history(path: Path) -> list[EpochRow]:
    """Return the rows of a `history.csv`."""
    return [_row(cells) for cells in read_rows(path)]


def _row(cells: dict[str, str]) -> EpochRow:
    # runs of earlier versions do not say which epoch was chosen
    epoch, phase, chosen = int(cells.pop("epoch")), cells.pop("phase"), cells.pop("chosen", "") == "True"
    return EpochRow(epoch, phase, **{name: _number(cell) for name, cell in cells.items()}, chosen=chosen)  # type: ignore[arg-type]


def _number(cell: str) -> float | None:
    return float(cell) if cell else None
