"""Write inline SVG whose colours and type come from the page's style sheet."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from markupsafe import Markup, escape

FONT_PX = 12.0


class Drawing:
    """An SVG element that screen readers announce by its title. Classes are those of page.css, under `.chart`."""

    def __init__(self, width: float, height: float, title: str, links: bool = False) -> None:
        """Start a drawing of that many SVG units. title: what it shows, in one sentence. links: it has some."""
        head = '<svg class="chart" viewBox="0 0 {0} {1}" style="--width: {0}px" role="{2}">'
        self._head = Markup(head).format(_number(width), _number(height), "group" if links else "img")
        self._parts = [Markup("<title>{}</title>").format(printable(title))]

    def add(self, tag: str, text: str = "", tooltip: str = "", **attributes: float | str) -> None:
        """Add one element. attributes: as in SVG, `_` for `-` and `class_` for `class`. All text is escaped."""
        written = "".join(
            f' {name.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else _number(value))}"'
            for name, value in attributes.items()
        )
        inner = Markup("<title>{}</title>").format(printable(tooltip)) if tooltip else escape(printable(text))
        self._parts.append(Markup(f"<{tag}{written}>{inner}</{tag}>"))

    @contextmanager
    def linked(self, target: str, label: str) -> Iterator[None]:
        """Make what is added meanwhile a link to the element `target` of the page; an empty `target`: none."""
        if not target:
            yield
            return
        self._parts.append(Markup('<a href="#{}" aria-label="{}">').format(target, printable(label)))
        yield
        self._parts.append(Markup("</a>"))

    def line(self, x1: float, y1: float, x2: float, y2: float, class_: str) -> None:
        """Add a straight line."""
        self.add("path", d=path([(x1, y1), (x2, y2)]), class_=class_)

    def markup(self) -> Markup:
        """Return the whole `<svg>` element, ready for a page."""
        return Markup("").join([self._head, *self._parts, Markup("</svg>")])


def path(points: list[tuple[float, float]]) -> str:
    """Return the path data of straight lines through `points`, at least one, in SVG units."""
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def printable(text: str) -> str:
    """Replace what XML forbids: control characters and lone surrogates."""
    return "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text)


def short(name: str, limit: int = 14) -> str:
    """Return a printable name of at most `limit` characters; the middle of a longer one is left out."""
    clean = printable(name)
    if len(clean) <= limit:
        return clean
    tail = (limit - 1) // 2
    return f"{clean[: limit - 1 - tail]}\u2026{clean[-tail:]}"


def text_width(text: str, size: float = FONT_PX) -> float:
    """Estimate how wide `text` is drawn, in SVG units: the browser chooses the font."""
    return size * sum(1.05 if unicodedata.east_asian_width(c) in "WF" else 0.58 for c in text)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
