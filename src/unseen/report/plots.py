"""Draw the confusion matrix, recall by class, how right probabilities are, and which augmentation mattered."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from markupsafe import Markup

from unseen.evaluation.calibration import Calibration
from unseen.records import Interval
from unseen.report.svg import FONT_PX, Drawing, short, text_width
from unseen.searching.searched_policy import SearchedKind
from unseen.text import count, percent

NO_TARGETS: Mapping[tuple[int, int], str] = MappingProxyType({})
_BAR_PX, _ROW_PX = 240, 24  # of the longest bar of importance
_RECALL_PX = 300  # of a bar from 0 to 100%
# Of the plot of probabilities: its side, the room for figures, and the discs of the most and of hardly any photos.
_RELIABILITY_PX, _LEFT_PX, _LARGEST_PX, _SMALLEST_PX = 260.0, 44.0, 9.0, 2.5
# Opacity of a cell with hardly a photo of its row, and with all: a count keeps a contrast of 4.5:1, light and dark.
_FAINTEST, _FULLEST = 0.1, 0.5


def confusion_matrix(
    confusion: Sequence[Sequence[int]], classes: Sequence[str], targets: Mapping[tuple[int, int], str] = NO_TARGETS
) -> Markup:
    """Draw (C, C) counts [true][predicted]: the shade is the share of the true class, the text the count.

    Cells shrink as classes grow, from 2 to 40 and beyond; a count that does not fit stands in the tooltip alone.
    targets: ids of the elements that cells (true, predicted) lead to.
    """
    number = len(classes)
    right, total = sum(confusion[i][i] for i in range(number)), sum(map(sum, confusion))
    cell = min(64.0, max(18.0, 400 / number))
    names, size = [short(name, 12) for name in classes], FONT_PX if number <= 24 else 10.0
    widest = max(text_width(name, size) for name in names)
    upright = widest > cell
    left, side, below = widest + 32, cell * number, (widest if upright else size) + 34
    title = f"Confusion matrix of {number} classes: {right} of {total} photos lie on the diagonal"
    drawing = Drawing(left + side + 4, side + below, title, links=bool(targets))
    for i in range(number + 1):
        drawing.line(left + i * cell, 0, left + i * cell, side, "grid")
        drawing.line(left, i * cell, left + side, i * cell, "grid")
    for true, row in enumerate(confusion):
        for predicted, photos in enumerate(row):
            if photos:
                tooltip = f"{classes[true]} predicted as {classes[predicted]}: {count(photos, 'photo')}"
                x, y = left + predicted * cell, true * cell
                kind = "second" if predicted != true else "accent"
                with drawing.linked(targets.get((true, predicted), ""), tooltip):
                    _cell(drawing, x, y, cell, photos, photos / sum(row), kind, tooltip)
    for i, name in enumerate(names):
        middle = (i + 0.5) * cell
        drawing.add("text", name, x=left - 8, y=middle, class_="ink end middle", font_size=size)
        if upright:
            turn = f"translate({left + middle:.2f} {side + 8:.2f}) rotate(-90)"
            drawing.add("text", name, transform=turn, class_="ink end middle", font_size=size)
        else:
            drawing.add("text", name, x=left + middle, y=side + 8, class_="ink centre hanging", font_size=size)
    drawing.add("text", "predicted class", x=left + side / 2, y=side + below - 6, class_="centre")
    drawing.add("text", "true class", transform=f"translate(12 {side / 2:.2f}) rotate(-90)", class_="centre")
    return drawing.markup()


def class_recall(recalls: Mapping[str, Interval], over: str) -> Markup:
    """Draw the recall of each class as a bar with its 95% interval `over` what; a class without photos stays empty."""
    names = [short(name, 18) for name in recalls]
    left, length, row_px = max(map(text_width, names), default=0) + 10, _RECALL_PX, 24
    bottom = row_px * len(names)
    drawing = Drawing(left + length + 56, bottom + 24, f"Recall of each class, with 95% intervals {over}")
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x = left + tick * length
        drawing.line(x, 0, x, bottom, "grid")
        drawing.add("text", percent(tick, 0), x=x, y=bottom + 8, class_="centre hanging")
    for i, (name, recall) in enumerate(zip(names, recalls.values(), strict=True)):
        middle = (i + 0.5) * row_px
        drawing.add("text", name, x=left - 10, y=middle, class_="ink end middle")
        if recall.value is None:
            drawing.add("text", "no photos", x=left + 6, y=middle, class_="middle")
            continue
        end = left + recall.value * length
        drawing.add("rect", x=left, y=middle - 8, width=end - left, height=16, class_="accent", opacity=0.45)
        drawing.line(end, middle - 8, end, middle + 8, "mark")
        if recall.low is not None and recall.high is not None:
            low, high = (left + bound * length for bound in (recall.low, recall.high))
            drawing.line(low, middle, high, middle, "whisker")
            for x in (low, high):
                drawing.line(x, middle - 3, x, middle + 3, "whisker")
        drawing.add("text", percent(recall.value, 0), x=left + length + 12, y=middle, class_="ink middle")
    return drawing.markup()


def reliability(found: Calibration) -> Markup:
    """Draw a disc for each bin: said to be this probable, right this often; the larger, the more photos."""
    drawing = Drawing(
        _LEFT_PX + _RELIABILITY_PX + 20,
        _RELIABILITY_PX + 50,
        "How often answers are right, by how probable they are said to be",
    )
    for tick in (0, 0.25, 0.5, 0.75, 1):
        at = tick * _RELIABILITY_PX
        drawing.line(_LEFT_PX + at, 0, _LEFT_PX + at, _RELIABILITY_PX, "grid")
        drawing.line(_LEFT_PX, at, _LEFT_PX + _RELIABILITY_PX, at, "grid")
        drawing.add("text", percent(tick, 0), x=_LEFT_PX + at, y=_RELIABILITY_PX + 8, class_="centre hanging")
        drawing.add("text", percent(tick, 0), x=_LEFT_PX - 6, y=_RELIABILITY_PX - at, class_="end middle")
    drawing.line(_LEFT_PX, _RELIABILITY_PX, _LEFT_PX + _RELIABILITY_PX, 0, "mark")
    most = max(one.n for one in found.bins)
    for one in found.bins:
        said = f"said {percent(one.probability, 0)}, right {percent(one.accuracy, 0)}: {count(one.n, 'photo')}"
        radius = max(_SMALLEST_PX, _LARGEST_PX * (one.n / most) ** 0.5)
        x, y = _LEFT_PX + one.probability * _RELIABILITY_PX, _RELIABILITY_PX * (1 - one.accuracy)
        drawing.add("circle", tooltip=said, cx=x, cy=y, r=radius, class_="accent", opacity=0.7)
    drawing.add("text", "said to be", x=_LEFT_PX + _RELIABILITY_PX / 2, y=_RELIABILITY_PX + 42, class_="centre")
    return drawing.markup()


def importance_bars(rows: Sequence[SearchedKind]) -> Markup:
    """Draw by how much the loss on held-out groups rises where each kind is turned off; below 0 no bar is drawn."""
    names = [str(row.kind) for row in rows]
    left, most = max(map(text_width, names)) + 10, max(row.importance or 0.0 for row in rows)
    title = "Rise of the loss on held-out groups where each kind of change is turned off"
    drawing = Drawing(left + _BAR_PX + 64, _ROW_PX * len(rows), title)
    for i, (name, row) in enumerate(zip(names, rows, strict=True)):
        middle, rise = (i + 0.5) * _ROW_PX, row.importance or 0.0
        drawing.add("text", name, x=left - 10, y=middle, class_="ink end middle")
        length = _BAR_PX * max(0.0, rise) / most if most > 0 else 0.0
        drawing.add("rect", x=left, y=middle - 8, width=length, height=16, class_="accent", opacity=0.45)
        drawing.add("text", f"{rise:+.3f}", x=left + _BAR_PX + 8, y=middle, class_="ink middle")
    return drawing.markup()


def _cell(
    drawing: Drawing, x: float, y: float, side: float, photos: int, share: float, class_: str, tooltip: str
) -> None:
    """Draw one cell, `side` wide, with its left upper corner at (x, y); share: of the photos of its row."""
    opacity = _FAINTEST + (_FULLEST - _FAINTEST) * share
    drawing.add("rect", tooltip=tooltip, x=x, y=y, width=side, height=side, class_=class_, opacity=opacity)
    size = min(13.0, side / 2.1)
    if text_width(str(photos), size) <= side:
        middle = {"x": x + side / 2, "y": y + side / 2}
        drawing.add("text", str(photos), tooltip="", class_="ink centre middle count", font_size=size, **middle)
