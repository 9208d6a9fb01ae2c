"""The matrix and the bars show the planted numbers; drawings repeat, follow the page's colours, survive any name."""

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.report.drawn import elements, words
from tests.report.report_fakes import content, planted
from unseen.evaluation.metrics import measure
from unseen.records import Interval
from unseen.report import curves, plots
from unseen.report.svg import short


def recall(value: float | None, low: float | None = None, high: float | None = None) -> Interval:
    return Interval(value, low, high, 8, 2)


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


def test_a_cell_has_its_place_its_shade_and_its_words() -> None:
    drawing = plots.confusion_matrix([[8, 2], [0, 4]], ["rock", "paper"])
    first, wrong, last = elements(drawing, "rect")
    assert [cell.get("class") for cell in (first, wrong, last)] == ["accent", "second", "accent"]
    shades = [float(cell.get("opacity", "")) for cell in (first, wrong, last)]
    assert shades == pytest.approx([0.1 + 0.4 * share for share in (0.8, 0.2, 1.0)])
    assert wrong.get("y") == first.get("y") != last.get("y")
    assert wrong.get("x") == last.get("x") != first.get("x")
    assert wrong[0].text == "rock predicted as paper: 2 photos"


def test_counts_that_do_not_fit_are_left_out() -> None:
    drawing = plots.confusion_matrix(np.diag([123_456] * 40).tolist(), [f"c{i}" for i in range(40)])
    assert "123456" not in words(drawing)
    assert "c0 predicted as c0: 123,456 photos" in drawing


def test_an_empty_matrix_is_drawn() -> None:
    assert "0 of 0" in plots.confusion_matrix([[0, 0], [0, 0]], ["a", "b"])


def test_bars_end_at_the_recall_and_whiskers_at_its_interval() -> None:
    drawing = plots.class_recall(
        {"half": recall(0.5, 0.25, 0.75), "whole": recall(1.0), "ghost": recall(None)}, "over people"
    )
    assert {"no photos", "50%"} <= set(words(drawing))
    bars = elements(drawing, "rect", "accent")
    half, whole = (float(bar.get("width", "")) for bar in bars)
    assert half / whole == pytest.approx(0.5, abs=0.001)
    left = float(bars[0].get("x", ""))
    ends = [float(x) for x in re.findall(r"[ML]([\d.]+)", elements(drawing, "path", "whisker")[0].get("d", ""))]
    assert [(x - left) / whole for x in ends] == pytest.approx([0.25, 0.75], abs=0.001)


NAMES = ["<script>alert(1)</script>", "$\\frac{", "a&b\"'", "\x00\x1b\udc80", "\u624b", "#a10001", ""]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_can_be_drawn(name: str) -> None:
    matrix = plots.confusion_matrix([[1, 0], [1, 2]], [name, "b"])
    bars = plots.class_recall({name: recall(0.5, 0.1, 0.9)}, "over people")
    first, *rest = content().history
    drawn = curves.accuracy_curves([replace(first, phase=name), *rest])
    for drawing, limit in ((matrix, 12), (bars, 18), (drawn, 20)):
        assert "<script" not in drawing
        assert short(name, limit) in words(drawing)


def test_drawings_repeat_and_take_their_colours_from_the_page() -> None:
    first, second = (
        [
            curves.accuracy_curves(content().history),
            plots.confusion_matrix([[3, 1], [0, 2]], ["a", "b"]),
            plots.class_recall({"a": recall(0.5, 0.2, 0.7)}, "over people"),
        ]
        for _ in range(2)
    )
    assert first == second
    assert not re.search(r"#[0-9a-f]{3}|rgb|fill=|stroke=", "".join(first))


def test_names_are_shortened_in_the_middle() -> None:
    assert short("abcdefghijklmnop", 9) == "abcd\u2026mnop"
    assert len(short("x" * 300, 14)) == 14
    assert short("rock") == "rock"


def test_what_measure_returns_can_be_drawn() -> None:
    found = measure(planted(("a", "b", "c"), 30, 4), seed=0)
    assert words(plots.confusion_matrix(found.confusion.tolist(), found.classes)).count("a") == 2
    assert "b" in words(plots.class_recall({name: row.recall for name, row in found.per_class.items()}, "over people"))
