"""A matplotlib figure in; inline SVG out that repeats byte for byte and follows the colours of the page."""

import io
import re
import unicodedata
import warnings
from collections.abc import Mapping
from typing import Any

import matplotlib
from markupsafe import Markup, escape
from matplotlib.figure import Figure

# Colours that no plot uses for itself: each is replaced by a variable of the page's style sheet, so that one
# drawing serves light and dark. Any other colour is a mistake, and tests look for one.
COLOURS: Mapping[str, str] = {
    "#a10001": "var(--ink)",
    "#a10002": "var(--muted)",
    "#a10003": "var(--line)",
    "#a10004": "var(--accent)",
    "#a10005": "var(--second)",
    "#a10006": "var(--on-accent)",
}
INK, MUTED, LINE, ACCENT, SECOND, ON_ACCENT = COLOURS
# Settings to build and to save a figure under, by `matplotlib.rc_context`.
STYLE: dict[Any, Any] = {
    # Text stays text: small, selectable, in the page's own type face. Sizes are set for 1 unit = 1 px.
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 11.0,
    "text.parse_math": False,  # a class named `$5` is a name, not a formula
    "axes.unicode_minus": False,
}
PX = 1 / 72  # one SVG unit in matplotlib's inches, since its SVG backend fixes 72 dots per inch


def new_figure(width_px: float, height_px: float) -> Figure:
    """Return a figure of that many SVG units, with a transparent ground and no pyplot state."""
    return Figure(figsize=(width_px * PX, height_px * PX), layout="constrained", facecolor="none")


def inline(figure: Figure, name: str, description: str) -> Markup:
    """Return `figure` as one `<svg>` element to put in a page.

    name: unlike that of any other drawing of the page, as ids are made from it and a page shares its ids.
    description: what the drawing shows, read out by screen readers. It is escaped here.
    """
    stream = io.StringIO()
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}), warnings.catch_warnings():
        # The browser has the glyphs; matplotlib lacks them only to measure the text.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from", category=UserWarning)
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    # The style is `*{stroke-linejoin: ...}`, which would reach the whole page.
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    text = re.sub(r"font: [^;\"]*?([\d.]+px) [^;\"]*", r"font-size: \1", text)
    text = re.sub(r" font-family: [^;\"]*;", "", text)
    text = re.sub(r"(fill|stroke): (#a1000\d)", lambda found: f"{found[1]}: {COLOURS[found[2]]}", text)
    box = re.findall(r'viewBox="([^"]*)"', text)[0]
    head = f'<svg viewBox="{box}" style="--width: {box.split()[2]}px" role="img" '
    head += f'aria-label="{escape(description)}" xmlns:xlink="http://www.w3.org/1999/xlink">'
    # Safe to mark: matplotlib escapes every text it draws, which a test tries with hostile names.
    return Markup(head + text[text.index(">") + 1 :].strip())


def short(name: str, limit: int = 14) -> str:
    """Return a name fit to draw: no control characters (XML forbids them), at most `limit` long."""
    clean = "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in name)
    if len(clean) <= limit:
        return clean
    tail = (limit - 1) // 2
    return f"{clean[: limit - 1 - tail]}\u2026{clean[-tail:]}"
