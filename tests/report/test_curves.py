"""Curves run through the planted points, phase by phase."""

import pytest

from tests.report.drawn import elements, points, words
from unseen.report.curves import accuracy_curves, loss_curves
from unseen.training.history import EpochRow


def row(phase: str, loss: float, accuracy: float, validation: float | None = None) -> EpochRow:
    return EpochRow(0, phase, loss, accuracy, None, validation, 0.001, 1.0)


HISTORY = [row("head", 2.0, 0.5, 0.4), row("head", 1.0, 0.6), row("fine-tune", 0.5, 0.9, 0.7)]


def test_curves_name_their_lines_and_phases() -> None:
    drawing = accuracy_curves(HISTORY)
    assert {"training", "validation", "head only", "fine-tuning", "epoch"} <= set(words(drawing))
    assert "training ends at 90%, validation ends at 70%" in elements(drawing, "title")[0].text  # type: ignore[operator]


def test_a_curve_runs_through_its_points_on_the_scale_beside_it() -> None:
    drawing = accuracy_curves([row("head", 1.0, value) for value in (0.2, 0.5, 0.9, 0.7)])
    scale = {word.text: float(word.get("y", "")) for word in elements(drawing, "text", "end")}
    per_share = scale["100%"] - scale["20%"]
    heights = [y for _, y in points(elements(drawing, "path", "training")[0])]
    shares = [1 + 0.8 * (y - scale["100%"]) / per_share for y in heights]
    assert shares == pytest.approx([0.2, 0.5, 0.9, 0.7], abs=0.001)
    places = [float(dot.get("cx", "")) for dot in elements(drawing, "circle", "training")]
    numbers = [float(word.get("x", "")) for word in elements(drawing, "text", "hanging")]
    assert places == pytest.approx(numbers)


def test_fine_tuning_gets_most_of_the_width_and_its_own_numbers() -> None:
    drawing = loss_curves([row("head", 1.0, 0.5)] * 60 + [row("fine-tune", 0.5, 0.9)] * 12)
    numbers = [word.text for word in elements(drawing, "text", "hanging")]
    assert numbers[:3] == ["1", "60", "1"]
    assert numbers[-1] == "12"
    lines = [points(line) for line in elements(drawing, "path", "training")[:2]]
    assert [len(line) for line in lines] == [60, 12]  # two lines: nothing joins the phases
    head_width, tuned_width = (line[-1][0] - line[0][0] for line in lines)
    assert tuned_width > 3 * head_width
    assert len(elements(drawing, "path", "boundary")) == 1


def test_an_epoch_without_a_value_is_a_gap() -> None:
    drawing = accuracy_curves([row("head", 1.0, 0.5, value) for value in (0.4, 0.5, None, 0.6)])
    assert [len(points(line)) for line in elements(drawing, "path", "validation")[:-1]] == [2, 1]
    assert len(elements(drawing, "circle", "validation")) == 3


def test_a_line_without_values_is_left_out() -> None:
    assert "validation" not in words(loss_curves(HISTORY))
    assert accuracy_curves([]) == ""


def test_one_phase_has_no_boundary_and_no_name() -> None:
    drawing = loss_curves(HISTORY[:2])
    assert "head only" not in words(drawing)
    assert elements(drawing, "path", "boundary") == []


@pytest.mark.parametrize("losses", [[0.5], [0.0], [1e-5, 3e-5], [900.0, 1200.0]])
def test_the_loss_scale_starts_at_none_and_holds_every_value(losses: list[float]) -> None:
    drawing = loss_curves([row("head", loss, 0.5) for loss in losses])
    ticks = elements(drawing, "text", "end")
    assert ticks[0].text == "0"
    assert 3 <= len(ticks) <= 8
    heights = [float(dot.get("cy", "")) for dot in elements(drawing, "circle")]
    assert min(heights) >= 40
    assert max(heights) <= float(ticks[0].get("y", ""))
