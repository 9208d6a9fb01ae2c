from pathlib import Path

from unseen.runs import read_rows
from unseen.training.history import Chosen, EpochRow, choose, chosen, read_history, write_history


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


def test_the_epoch_that_ships_is_written_and_read_and_older_files_name_none(tmp_path: Path) -> None:
    head = EpochRow(1, "head", 1.5, 0.25, 0.9, 0.4, 0.002, 0.5)
    tuned = [EpochRow(number, "fine-tune", 0.75, 0.5, 0.8, 0.625, 0.001, 2.0) for number in (2, 3)]
    rows = choose([head, *tuned], 2)
    write_history(tmp_path / "history.csv", rows)
    assert read_history(tmp_path / "history.csv") == rows
    assert chosen(rows) == Chosen("fine-tune", 2, 2, 0.8, 0.625)
    assert chosen(choose(rows, 0)) == Chosen("head", 1, 2, 0.9, 0.4)
    old = [line.rpartition(",")[0] for line in (tmp_path / "history.csv").read_text().splitlines()]
    (tmp_path / "history.csv").write_text("\n".join(old) + "\n")
    assert chosen(read_history(tmp_path / "history.csv")) is None
