from pathlib import Path

from unseen.runs import read_rows
from unseen.training.history import EpochRow, write_history


def test_rows_are_written_as_they_are_and_nothing_is_an_empty_cell(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    rows = [
        EpochRow(1, "head", 1.5, 0.25, None, None, 0.002, 0.5),
        EpochRow(2, "fine-tune", 0.75, 0.5, 0.8, 0.625, 0.001, 2.0),
    ]
    write_history(path, rows[:1])
    write_history(path, rows)
    found = read_rows(path)
    assert [row["phase"] for row in found] == ["head", "fine-tune"]
    assert found[0]["validation_loss"] == found[0]["validation_accuracy"] == ""
    assert [float(found[1][name]) for name in ("loss", "accuracy", "validation_loss", "validation_accuracy")] == [
        0.75, 0.5, 0.8, 0.625,
    ]  # fmt: skip
