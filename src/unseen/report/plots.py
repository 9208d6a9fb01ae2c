"""Measured numbers in; inline SVG drawings out: curves, confusion matrix, recall of each class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from unseen.report.svg import ACCENT, INK, LINE, MUTED, ON_ACCENT, SECOND, STYLE, inline, new_figure, short

_PHASES = {"head": "head only", "fine-tune": "fine-tuning"}
# The head's many epochs take milliseconds each; fine-tuning's few take the run. Each earlier phase gets this share of
# the width at most, whatever it counts.
_EARLIER_PHASE_SHARE = 0.22
# A cell of at least this side holds a count of three digits at the smallest type that is readable.
_CELL_WITH_COUNT_PX = 18


def accuracy_curves(history: Sequence[Mapping[str, Any]]) -> Markup:
    """Draw train and validation accuracy over epochs; empty where no row has any. See `_curves`."""
    return _curves(history, ("accuracy", "validation_accuracy"), "Accuracy", share=True)


def loss_curves(history: Sequence[Mapping[str, Any]]) -> Markup:
    """Draw train and validation loss over epochs; empty where no row has any. See `_curves`."""
    return _curves(history, ("loss", "validation_loss"), "Loss", share=False)


def confusion_matrix(confusion: Sequence[Sequence[int]], classes: Sequence[str]) -> Markup:
    """Draw (C, C) counts [true][predicted]; the shade is the share of the true class, the text the count.

    Cells shrink as classes grow, from 2 to 40 and beyond; counts are left out where they do not fit.
    """
    counts = np.asarray(confusion, dtype=np.float64)
    classes_count = len(classes)
    cell = float(np.clip(400 / classes_count, 18, 64))
    side = cell * classes_count
    with matplotlib.rc_context(STYLE):
        figure = new_figure(side + 96, side + 84)
        axes = figure.add_subplot()
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        fits = cell >= _CELL_WITH_COUNT_PX and counts.max() < 1000 * (cell / 30)
        for true, said in np.argwhere(counts > 0):
            share = float(shares[true, said])
            colour = ACCENT if true == said else SECOND
            # Even one photo in hundreds must be seen: shades start well above the ground.
            alpha = 0.14 + 0.86 * share
            axes.add_patch(Rectangle((said - 0.5, true - 0.5), 1, 1, facecolor=colour, alpha=alpha, linewidth=0))
            if fits:
                size = float(np.clip(cell / 2.6, 7, 13))
                ink = ON_ACCENT if alpha > 0.7 else INK  # 2.9:1 at worst, at 0.7, light or dark
                text = f"{int(counts[true, said])}"
                axes.text(said, true, text, ha="center", va="center", fontsize=size, color=ink)
        _grid_of_classes(axes, classes, cell)
        return inline(figure, "confusion", _described(counts, classes))


def class_recall(per_class: Mapping[str, Mapping[str, Any]]) -> Markup:
    """Draw the recall of each class as a bar with its 95% interval; a class without photos stays empty."""
    names = list(per_class)
    with matplotlib.rc_context(STYLE):
        figure = new_figure(440, 52 + 24 * len(names))
        axes = figure.add_subplot()
        for row, name in enumerate(names):
            recall = per_class[name]["recall"]
            if recall["value"] is None:
                axes.text(0.01, row, "no photos", va="center", color=MUTED)
                continue
            axes.barh(row, recall["value"], height=0.62, color=ACCENT, alpha=0.45, linewidth=0)
            axes.plot([recall["value"]] * 2, [row - 0.31, row + 0.31], color=ACCENT, linewidth=2)
            if recall["low"] is not None:
                axes.plot([recall["low"], recall["high"]], [row, row], color=INK, linewidth=1.4)
                for end in (recall["low"], recall["high"]):
                    axes.plot([end, end], [row - 0.13, row + 0.13], color=INK, linewidth=1.4)
        _plain(axes)
        axes.set_xlim(0, 1.005)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_yticks(range(len(names)), [short(name, 18) for name in names], color=INK)
        axes.xaxis.set_major_formatter(FuncFormatter(_as_percent))
        axes.grid(axis="x", color=LINE, linewidth=0.8)
        axes.set_axisbelow(True)
        return inline(figure, "recall", "Share of each class that was recognised, with 95% intervals")


def _curves(history: Sequence[Mapping[str, Any]], keys: tuple[str, str], title: str, share: bool) -> Markup:
    """Draw the train (dashed) and validation (solid) columns `keys`, phase beside phase, each with its own epochs.

    Rows are drawn in their order, counted from 1 in each phase. `None` is a gap. Lines stop between phases: the head
    learns from photos as they are, fine-tuning from altered ones, so that the two train lines are not one course.
    """
    series = {
        label: np.array([np.nan if row.get(key) is None else float(row[key]) for row in history])
        for label, key in zip(("train", "validation"), keys, strict=True)
    }
    series = {label: values for label, values in series.items() if np.isfinite(values).any()}
    if not series:
        return Markup("")
    looks = {"train": (MUTED, (0, (4, 2))), "validation": (ACCENT, "solid")}
    phases = _phases([str(row.get("phase") or "") for row in history])
    with matplotlib.rc_context(STYLE):
        figure = new_figure(440, 270)
        axes = figure.add_subplot()
        _plain(axes)
        axes.grid(axis="y", color=LINE, linewidth=0.8)
        axes.set_axisbelow(True)
        for label, values in series.items():
            colour, dashes = looks[label]
            for phase in phases:
                look: dict[str, Any] = {"color": colour, "linestyle": dashes, "linewidth": 2, "markersize": 4}
                mark = "o" if phase.epochs <= 12 else ""
                name = label if phase is phases[-1] else None
                axes.plot(phase.positions, values[phase.rows], label=name, marker=mark, **look)
        axes.set_xlim(0, 1)
        _value_axis(axes, np.concatenate(list(series.values())), share)
        axes.set_xlabel("epoch", color=MUTED)
        _phase_axis(axes, phases)
        legend = axes.legend(frameon=False, ncols=2, loc="lower right" if share else "upper right")
        for text in legend.get_texts():
            text.set_color(INK)
        last = ", ".join(f"{label} ends at {_last(values):.3g}" for label, values in series.items())
        return inline(figure, title.lower(), f"{title} over {len(history)} epochs: {last}")


def _value_axis(axes: Axes, values: Any, share: bool) -> None:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if share:
        axes.set_ylim(max(0.0, min(0.5, low - 0.05)) if low < 0.9 else 0.8, 1.01)
        axes.yaxis.set_major_formatter(FuncFormatter(_as_percent))
    else:
        axes.set_ylim(0, max(high * 1.08, 1e-6))


@dataclass(frozen=True, slots=True)
class _Phase:
    """Consecutive rows of one phase, and the stretch of the width, in [0, 1], that they are drawn on."""

    name: str
    rows: slice
    left: float
    right: float

    @property
    def epochs(self) -> int:
        return int(self.rows.stop - self.rows.start)

    @property
    def positions(self) -> Any:
        """Where its epochs lie: (epochs,) float64, half a step from either end."""
        return self.left + (self.right - self.left) * (np.arange(self.epochs) + 0.5) / self.epochs


def _phases(names: Sequence[str]) -> list[_Phase]:
    """Divide the width among the phases; the last, which takes the time, gets what the others leave."""
    starts = [i for i in range(len(names)) if i == 0 or names[i] != names[i - 1]]
    earlier = min(_EARLIER_PHASE_SHARE, 0.5 / max(1, len(starts) - 1))
    phases = []
    for place, (start, end) in enumerate(zip(starts, [*starts[1:], len(names)], strict=True)):
        right = 1.0 if end == len(names) else (place + 1) * earlier
        phases.append(_Phase(names[start], slice(start, end), place * earlier, right))
    return phases


def _phase_axis(axes: Axes, phases: Sequence[_Phase]) -> None:
    """Number the epochs of each phase; with several, part them by a line and name each above the curves."""
    ticks, labels = [], []
    for phase in phases:
        room = 2 if phase.right - phase.left < 0.5 else 8
        numbers = sorted({round(n) for n in np.linspace(1, phase.epochs, min(room, phase.epochs))})
        ticks += [float(phase.positions[n - 1]) for n in numbers]
        labels += [str(n) for n in numbers]
        if len(phases) > 1:
            middle, name = (phase.left + phase.right) / 2, _PHASES.get(phase.name, phase.name)
            text = short(name, 20)
            axes.text(middle, 1.02, text, transform=axes.get_xaxis_transform(), ha="center", color=MUTED)
        if phase.left:
            axes.axvline(phase.left, color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
    axes.set_xticks(ticks, labels)


def _grid_of_classes(axes: Axes, classes: Sequence[str], cell_px: float) -> None:
    positions = range(len(classes))
    names = [short(name, 12) for name in classes]
    size = 11 if len(classes) <= 24 else 9
    # A letter is about 0.6 of the type size wide.
    upright = max(map(len, names)) * size * 0.6 > cell_px
    axes.set_xlim(-0.5, len(classes) - 0.5)
    axes.set_ylim(len(classes) - 0.5, -0.5)
    axes.set_aspect("equal")
    axes.set_xticks(positions, names, rotation=90 if upright else 0, fontsize=size, color=INK)
    axes.set_yticks(positions, names, fontsize=size, color=INK)
    axes.set_xlabel("the model said", color=MUTED)
    axes.set_ylabel("it was", color=MUTED)
    axes.tick_params(length=0)
    axes.vlines(np.arange(len(classes) + 1) - 0.5, -0.5, len(classes) - 0.5, color=LINE, linewidth=0.6)
    axes.hlines(np.arange(len(classes) + 1) - 0.5, -0.5, len(classes) - 0.5, color=LINE, linewidth=0.6)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _plain(axes: Axes) -> None:
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(LINE)
    axes.tick_params(length=0, labelcolor=MUTED, pad=5)


def _described(counts: Any, classes: Sequence[str]) -> str:
    right, total = int(np.trace(counts)), int(counts.sum())
    return f"Confusion matrix of {len(classes)} classes: {right} of {total} photos lie on the diagonal"


def _last(values: Any) -> float:
    return float(values[np.isfinite(values)][-1])


def _as_percent(value: float, _: int | None = None) -> str:
    return f"{value * 100:.0f}%"
