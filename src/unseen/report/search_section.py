"""Make the section that shows what a search for an augmentation policy found."""

from collections.abc import Sequence

from markupsafe import Markup

from unseen.augment.policy_space import SPANS
from unseen.evaluation.searched_policy import SearchedKind, SearchedPolicy
from unseen.report.page import Section
from unseen.report.search_wording import mattered, search_verdict
from unseen.report.svg import Drawing, text_width

BAR_PX, ROW_PX = 240, 24


def search_section(found: SearchedPolicy) -> Section:
    """Show whether the searched policy is used, each kind of change with its strength, and how much it mattered."""
    used = [row for row in found.kinds if row.importance is not None]
    values = {
        "verdict": search_verdict(found).removeprefix("search: "),
        "found": found,
        "mattered": mattered(found),
        "rows": [(SPANS[row.kind].text, row) for row in found.kinds],
        "drawing": importance_bars(used) if used else None,
    }
    return Section("search.html.jinja", values)


def importance_bars(rows: Sequence[SearchedKind]) -> Markup:
    """Draw by how much the loss on held-out groups rises where each kind is turned off; below 0 no bar is drawn."""
    names = [str(row.kind) for row in rows]
    left, most = max(map(text_width, names)) + 10, max(row.importance or 0.0 for row in rows)
    title = "Rise of the loss on held-out groups where each kind of change is turned off"
    drawing = Drawing(left + BAR_PX + 64, ROW_PX * len(rows), title)
    for i, (name, row) in enumerate(zip(names, rows, strict=True)):
        middle, rise = (i + 0.5) * ROW_PX, row.importance or 0.0
        drawing.add("text", name, x=left - 10, y=middle, class_="ink end middle")
        length = BAR_PX * max(0.0, rise) / most if most > 0 else 0.0
        drawing.add("rect", x=left, y=middle - 8, width=length, height=16, class_="accent", opacity=0.45)
        drawing.add("text", f"{rise:+.3f}", x=left + BAR_PX + 8, y=middle, class_="ink middle")
    return drawing.markup()
