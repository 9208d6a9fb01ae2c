"""Make the page of what `unseen doctor` found about somebody else's model."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from unseen.diagnosing.answer import answer_title, fixed_lines, headline, part_words, reading_lines
from unseen.diagnosing.diagnosis import Diagnosis
from unseen.diagnosing.differences import Difference
from unseen.diagnosing.seen_both import SeenBoth
from unseen.diagnosing.snippets import TITLES, snippets
from unseen.diagnosing.what_next import first_steps
from unseen.evaluation.tested_on import over
from unseen.records import Interval
from unseen.report.page import Page, Section
from unseen.text import count, points, span


def doctor_page(found: Diagnosis, seen: Sequence[SeenBoth]) -> Page:
    """Return the page; `seen` are photos as the network takes them, prepared the other way and the right way."""
    verdict = Section(
        "doctor_verdict.html.jinja",
        {"lead": headline(found), "figures": _figures(found), "steps": first_steps(found), "over": over(None)},
    )
    costs = [
        Section("doctor_costs.html.jinja", {"title": title, "rows": [_cost(one) for one in rows], "over": over(None)})
        for title, rows in _tables(found) if rows
    ]  # fmt: skip
    reading = found.reading
    pictures = Section("doctor_seen.html.jinja", {"photos": seen, "stated": found.theirs is not None}) if seen else None
    lines = Section("doctor_lines.html.jinja", {
        "parts": reading_lines(reading, found), "inside": found.inside, "as_": str(reading),
        "classes": list(zip(found.folders, found.outputs, strict=True)),
        "libraries": [(TITLES[name], code) for name, code in
                      snippets(reading, found.channels, found.stored, found.rank, imports=True).items()],
    }) if reading else None  # fmt: skip
    more = [*(found.withstands.lines() if found.withstands else []), *(fixed_lines(found.fixed) if found.fixed else [])]
    weak = Section("doctor_more.html.jinja", {"lines": more, "notes": found.notes}) if more or found.notes else None
    name = Path(found.model).name
    about = f"{name} ({found.kind}), measured on {count(found.judged, 'photo')} by unseen doctor."
    return Page(f"{name}: {answer_title(found)}", about, (verdict, *costs, pictures, lines, weak))


def _figures(found: Diagnosis) -> list[tuple[str, Interval, str]]:
    """Return (what, accuracy, a sentence below) for the numbers in large print."""
    figures = [("Prepared rightly", found.accuracy, f"of {count(found.accuracy.n, 'photo')}")]
    if found.reading is None:
        figures = [("As it is" if found.claim != "nothing" else "The best way tried", *figures[0][1:])]
    if found.stated:
        figures.insert(0, ("Prepared your way", found.stated[-1].accuracy, "of the same photos"))
    if found.own:
        if found.own.differences and found.theirs:
            figures.append(("Your photos, your way", found.own.differences[-1].accuracy, "of your own photos"))
        figures.append(("Your photos, rightly", found.own.accuracy, f"of {count(found.own.accuracy.n, 'photo')}"))
    return figures


def _tables(found: Diagnosis) -> list[tuple[str, Sequence[Difference]]]:
    first = ("What your way costs", found.stated) if found.theirs else ("What the usual mistakes cost", found.usual)
    return [first, ("What it costs on your own photos", found.own.differences if found.own else ())]


def _cost(one: Difference) -> dict[str, Any]:
    lost = one.points.value or 0.0
    none = one.equivalent or abs(lost) < 0.005
    return {
        "words": " and ".join(part_words(part, value) for part, value in one.parts.items()),
        "accuracy": one.accuracy,
        "lost": "no difference" if none else f"{points(abs(lost))} {'lost' if lost > 0 else 'won'}",
        "span": "" if none else span(one.points.low, one.points.high),
    }
