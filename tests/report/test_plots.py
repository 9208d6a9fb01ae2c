"""Drawings show the planted numbers, repeat byte for byte, follow the page's colours and survive any name."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tests.report.report_fakes import planted
from unseen.evaluation.metrics import measure
from unseen.report import plots
from unseen.report.svg import COLOURS, short

HISTORY = [
    {"phase": "head", "accuracy": 0.5, "validation_accuracy": 0.4, "loss": 2.0, "validation_loss": None},
    {"phase": "head", "accuracy": 0.6, "validation_accuracy": None, "loss": 1.0, "validation_loss": None},
    {"phase": "fine-tune", "accuracy": 0.9, "validation_accuracy": 0.7, "loss": 0.5, "validation_loss": None},
]


def words(drawing: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(drawing).iter() if element.tag.endswith("text")]


def solid(drawing: str) -> list[str]:
    """The lines of validation, in the order drawn; the last such path is the one in the legend."""
    paths = re.findall(r'<path d="([^"]*)"[^>]*style="fill: none; stroke: var\(--accent\)', drawing)
    return paths[:-1]


def recall(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, object]:
    return {"recall": {"value": value, "low": low, "high": high}}


def test_curves_name_their_lines_and_phases() -> None:
    drawing = plots.accuracy_curves(HISTORY)
    assert {"train", "validation", "head only", "fine-tuning", "epoch"} <= set(words(drawing))
    assert "train ends at 0.9, validation ends at 0.7" in drawing


def test_fine_tuning_gets_most_of_the_width_and_its_own_numbers() -> None:
    head = [{"phase": "head", "loss": 1.0, "validation_loss": 1.0}] * 60
    tuned = [{"phase": "fine-tune", "loss": 0.5, "validation_loss": 0.5}] * 12
    drawing = plots.loss_curves([*head, *tuned])
    numbers = [word for word in words(drawing) if word.isdigit()]
    assert numbers[:3] == ["1", "60", "1"]
    assert numbers[-1] == "12"
    lines = [re.findall(r"[ML] ([\d.]+)", path) for path in solid(drawing)]
    assert [len(points) for points in lines] == [60, 12]  # two lines: nothing joins the phases
    head_width, tuned_width = (float(points[-1]) - float(points[0]) for points in lines)
    assert tuned_width > 3 * head_width


def test_a_line_without_values_is_left_out() -> None:
    assert "validation" not in words(plots.loss_curves(HISTORY))
    assert plots.loss_curves([{"phase": "head", "loss": None}]) == ""
    assert plots.accuracy_curves([]) == ""


def test_one_phase_has_no_boundary() -> None:
    assert "head only" not in words(plots.loss_curves(HISTORY[:2]))


def test_one_epoch_is_drawn() -> None:
    assert "train" in words(plots.loss_curves(HISTORY[:1]))


@pytest.mark.parametrize("classes", [2, 3, 10, 26, 40])
def test_the_matrix_shows_counts_of_any_number_of_classes(classes: int) -> None:
    counts = np.diag(np.arange(50, 50 + classes))
    counts[0, classes - 1] = 7
    drawing = plots.confusion_matrix(counts.tolist(), [f"c{i}" for i in range(classes)])
    shown = words(drawing)
    assert shown.count("c0") == 2
    assert "7" in shown
    assert str(49 + classes) in shown
    assert "0" not in shown


def test_counts_that_do_not_fit_are_left_out() -> None:
    counts = np.diag([123_456] * 40)
    assert "123456" not in words(plots.confusion_matrix(counts.tolist(), [f"c{i}" for i in range(40)]))


def test_an_empty_matrix_is_drawn_without_a_warning() -> None:
    assert "0 of 0" in plots.confusion_matrix([[0, 0], [0, 0]], ["a", "b"])


def test_bars_end_at_the_recall() -> None:
    drawing = plots.class_recall({"half": recall(0.5, 0.25, 0.75), "whole": recall(1.0), "ghost": recall(None)})
    assert "no photos" in words(drawing)
    # Bars are the filled paths in the accent colour: the planted ratio of widths is 1 to 2.
    bars = re.findall(r'd="M ([\d.]+) [\d.]+ \nL ([\d.]+)[^"]*"[^>]*fill: var\(--accent\); opacity', drawing)
    widths = [float(right) - float(left) for left, right in bars]
    assert len(widths) == 2
    assert widths[0] / widths[1] == pytest.approx(0.5, abs=0.001)


NAMES = ["<script>alert(1)</script>", "$\\frac{", "a&b\"'", "\x00\x1b\udc80", "\u624b", "#a10001", ""]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_can_be_drawn(name: str) -> None:
    matrix = plots.confusion_matrix([[1, 0], [1, 2]], [name, "b"])
    bars = plots.class_recall({name: recall(0.5, 0.1, 0.9)})
    curves = plots.accuracy_curves([{**HISTORY[0], "phase": name}, {**HISTORY[1], "phase": "x"}])
    for drawing, limit in ((matrix, 12), (bars, 18), (curves, 20)):
        assert "<script" not in drawing
        assert name == "" or short(name, limit) in words(drawing)


def test_drawings_repeat_and_follow_the_page() -> None:
    first, second = plots.accuracy_curves(HISTORY), plots.accuracy_curves(HISTORY)
    assert first == second
    matrix = plots.confusion_matrix([[3, 1], [0, 2]], ["a", "b"])
    bars = plots.class_recall({"a": recall(0.5, 0.2, 0.7)})
    for drawing in (first, matrix, bars):
        assert re.findall(r"(?:fill|stroke): #\w+", drawing) == []
        assert not any(colour in drawing for colour in COLOURS)
        assert "<style" not in drawing
        assert "date" not in drawing


def test_names_are_shortened_in_the_middle() -> None:
    assert short("abcdefghijklmnop", 9) == "abcd\u2026mnop"
    assert len(short("x" * 300, 14)) == 14
    assert short("rock") == "rock"


def test_what_measure_returns_can_be_drawn() -> None:
    block = measure(planted(("a", "b", "c"), 30, 4), seed=0)
    assert words(plots.confusion_matrix(block["confusion"], block["classes"])).count("a") == 2
    assert "b" in words(plots.class_recall(block["per_class"]))
