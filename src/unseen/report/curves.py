"""Draw accuracy and loss over the epochs of a training run."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from unseen.report.svg import Drawing, path, short
from unseen.text import percent
from unseen.training.history import EpochRow

_PHASES = {"head": "head only", "fine-tune": "fine-tuning"}
# The head's many epochs take milliseconds each; fine-tuning's few take the run. Each earlier phase gets this share of
# the width at most, however many epochs it has.
_EARLIER_PHASE_SHARE = 0.22
_MARKED_EPOCHS = 12  # up to so many epochs in a phase, each is marked by a dot
_WIDTH, _HEIGHT = 400, 260  # SVG units: about the pixels of a phone, so that type keeps its size there
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 386, 46, 218  # of the area that curves are drawn in

Series = Mapping[str, Sequence[float | None]]


def accuracy_curves(history: Sequence[EpochRow]) -> Markup:
    """Draw training and validation accuracy; empty where no epoch has any. See `_draw`."""
    series: Series = {
        "training": [row.accuracy for row in history],
        "validation": [row.validation_accuracy for row in history],
    }
    lowest = min(_known(series), default=0.0)
    low = 0.8 if lowest >= 0.9 else max(0.0, min(0.5, math.floor(lowest * 10) / 10))
    return _draw("Accuracy", history, series, _Scale(low, 1.0, lambda value: percent(value, 0)))


def loss_curves(history: Sequence[EpochRow]) -> Markup:
    """Draw training and validation loss; empty where no epoch has any. See `_draw`."""
    series: Series = {"training": [row.loss for row in history], "validation": [row.validation_loss for row in history]}
    return _draw("Loss", history, series, _Scale(0.0, max(_known(series), default=0.0) or 1e-6, lambda v: f"{v:g}"))


@dataclass(frozen=True, slots=True)
class _Scale:
    """The values at the bottom and the top of the area, and how a value is written."""

    low: float
    high: float
    write: Callable[[float], str]

    def y(self, value: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Return about five round values: 1, 2 or 5 times a power of ten apart."""
        rough = (self.high - self.low) / 5
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough * 0.999)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(i * step, 12) for i in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class _Phase:
    """Consecutive epochs of one phase, and between which x positions they are drawn."""

    name: str
    rows: range
    left: float
    right: float

    def x(self, place: int) -> float:
        """Return where its epoch `place` lies, counted from 0: half a step from either end."""
        return self.left + (self.right - self.left) * (place + 0.5) / len(self.rows)


def _draw(title: str, history: Sequence[EpochRow], series: Series, scale: _Scale) -> Markup:
    """Draw training dashed and validation solid, one phase after another, each with its own epoch numbers.

    `None` is a gap. Lines end between phases: the head learns from photos as they are, fine-tuning from augmented
    ones, so that the two training lines do not compare.
    """
    series = {name: values for name, values in series.items() if any(value is not None for value in values)}
    if not series:
        return Markup("")
    ends = ", ".join(f"{name} ends at {scale.write(_known({name: row})[-1])}" for name, row in series.items())
    drawing = Drawing(_WIDTH, _HEIGHT, f"{title} over {len(history)} epochs: {ends}")
    for value in scale.ticks():
        drawing.line(_LEFT, scale.y(value), _RIGHT, scale.y(value), "grid")
        drawing.add("text", scale.write(value), x=_LEFT - 8, y=scale.y(value), class_="end middle")
    phases = _phases([row.phase for row in history])
    for phase in phases:
        _epoch_axis(drawing, phase, named=len(phases) > 1)
        for name, values in series.items():
            _line(drawing, phase, [values[i] for i in phase.rows], scale, name)
    for place, name in enumerate(series):
        x = _LEFT + 110 * place
        drawing.line(x, 10, x + 24, 10, name)
        drawing.add("text", name, x=x + 32, y=10, class_="ink middle")
    drawing.add("text", "epoch", x=(_LEFT + _RIGHT) / 2, y=_HEIGHT - 6, class_="centre")
    return drawing.markup()


def _line(drawing: Drawing, phase: _Phase, values: Sequence[float | None], scale: _Scale, class_: str) -> None:
    """Draw the values of one phase: a line over each stretch without gaps, and dots where they are few."""
    stretches: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            stretches.append([])
        else:
            stretches[-1].append((phase.x(place), scale.y(value)))
    for points in filter(None, stretches):
        drawing.add("path", d=path(points), class_=class_)
        for x, y in points if len(values) <= _MARKED_EPOCHS or len(points) == 1 else ():
            drawing.add("circle", cx=x, cy=y, r=2.5, class_=class_)


def _epoch_axis(drawing: Drawing, phase: _Phase, named: bool) -> None:
    """Number the epochs of a phase; with several phases, name it above and draw a line before it."""
    room = 2 if phase.right - phase.left < (_RIGHT - _LEFT) / 2 else 8
    epochs = len(phase.rows)
    shown = min(room, epochs)
    for place in sorted({round(i * (epochs - 1) / max(1, shown - 1)) for i in range(shown)}):
        drawing.add("text", str(place + 1), x=phase.x(place), y=_BOTTOM + 8, class_="centre hanging")
    if named:
        name = short(_PHASES.get(phase.name, phase.name), 20)
        drawing.add("text", name, x=(phase.left + phase.right) / 2, y=_TOP - 10, class_="centre")
    if phase.left > _LEFT:
        drawing.line(phase.left, _TOP, phase.left, _BOTTOM, "boundary")


def _phases(names: Sequence[str]) -> list[_Phase]:
    """Divide the width among the phases; the last, which takes the time, gets what the others leave."""
    starts = [i for i in range(len(names)) if i == 0 or names[i] != names[i - 1]]
    ends = [*starts[1:], len(names)]
    earlier = (_RIGHT - _LEFT) * min(_EARLIER_PHASE_SHARE, 0.5 / max(1, len(starts) - 1))
    lefts = [_LEFT + earlier * place for place in range(len(starts))]
    rows = [range(start, end) for start, end in zip(starts, ends, strict=True)]
    return [_Phase(names[r.start], r, x, end) for r, x, end in zip(rows, lefts, [*lefts[1:], _RIGHT], strict=True)]


def _known(series: Series) -> list[float]:
    return [value for values in series.values() for value in values if value is not None]
