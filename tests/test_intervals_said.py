"""Wherever an interval is written it says what it is over: people, rooms, sessions, or photos alone."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

import unseen
from tests.report.audit_fakes import content
from tests.report.report_fakes import RunFake, planted
from unseen.diagnosing.answer import fixed_lines
from unseen.diagnosing.diagnosis import Fixed
from unseen.evaluation.gate import judge_gain
from unseen.evaluation.metrics import measure
from unseen.evaluation.paired import by_class
from unseen.evaluation.results import InTurn, LeftOut, Results, Strangers, StrangersMethod
from unseen.evaluation.tested_on import UNITS, over
from unseen.evaluation.tried_ways import TriedWay, Way
from unseen.pipelines.compare import Comparison
from unseen.records import Unit
from unseen.report.audit_page import render_audit
from unseen.report.page import render
from unseen.report.verdict import numbers_hold_for, verdict
from unseen.report.wording import gain_text

SOURCE = Path(unseen.__file__).parent
ROOT = Path(__file__).parent.parent
STATED = re.compile(r"\d\d% intervals?")
# what may follow within a paragraph of the documentation
OVER = re.compile(
    r"\bover (photos|people|sessions|rooms|cameras|bursts|(the )?groups|seeds|held-out|these|what|the same)"
)
GROUPS = [str(i % 6) for i in range(60)]


def states(text: str, units: str) -> list[bool]:
    """Return for each interval that is stated with numbers whether what it is over follows at once."""
    plain = re.sub(r"(<[^>]+>|\s)+", " ", text)
    after = [plain[found.end() : found.end() + 60] for found in STATED.finditer(plain)]
    return [units in one for one in after if re.search(r"^.{0,20}\d", one)]


def run(unit: Unit) -> Results:
    """Return what was measured over groups of a kind, with other people expected."""
    test = replace(measure(planted(("a", "b"), 60, 6), seed=0), interval_over=unit, held_out=("photo",))
    return Results(test, strangers=Strangers(0.6, 0.4, 0.8, StrangersMethod.SHIFTS))


@pytest.mark.parametrize("unit", get_args(Unit))
def test_every_text_says_what_its_interval_is_over(unit: Unit) -> None:
    results, units = run(unit), over(unit)
    before, after, labels = np.arange(60) % 3 > 0, np.arange(60) % 5 > 0, np.arange(60) % 2
    gain = judge_gain(before, after, labels, GROUPS, over=unit)
    both = gain.difference
    texts = {
        "headline": verdict(results).sentence,
        "page": render(RunFake(results=results).page()),
        "compare": Comparison(both, by_class(before, after, GROUPS, labels, ("a", "b")), unit, (), ("a", "b")).summary,
        "gain": gain_text(TriedWay(Way.GENERATED, 5, 0.5, 0.5, gain)),
        "doctor": fixed_lines(Fixed("run", both.after, both, None))[0],
    }
    said = {name: states(text, units) for name, text in texts.items()}
    assert all(one and all(one) for one in said.values()), said
    assert f"Intervals are 95%, {units}." in numbers_hold_for(results)
    assert f"95% intervals {units}" in texts["page"]  # of the classes
    assert UNITS[unit] in units


def test_rooms_left_out_in_turn_say_so_and_how_they_were_told() -> None:
    left_out = LeftOut(rooms=InTurn(0.8, 0.7, 0.9, 60, 5, 0.6, "looks"))
    sentence = verdict(replace(run("photo"), left_out=left_out)).left_out
    assert states(sentence, "over these rooms") == [True]
    assert "rooms (told by looks)" in sentence


def test_the_page_of_an_audit_says_what_its_bands_are_over() -> None:
    page = render_audit(replace(content(), over=over("photo")))
    assert "the band is the 95% interval over photos" in page


def statements() -> Iterator[tuple[str, str]]:
    """Yield the place and the source of each statement that writes an interval, without docstrings."""
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if not isinstance(node, ast.stmt) or hasattr(node, "body"):
                continue
            is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if not is_docstring and STATED.search(source := ast.unparse(node)):
                yield f"{path.name}:{node.lineno}", source


def test_no_statement_of_the_program_writes_an_interval_without_saying_over_what() -> None:
    written = dict(statements())
    assert len(written) >= 8
    # an estimate has no groups, and says that it is one; a card's table stands beside "Intervals are 95%, over ..."
    silent = {place: text for place, text in written.items() if not re.search(r"\bover\b|estimated", text)}
    assert {place: text for place, text in silent.items() if not place.startswith("model_card.py")} == {}


def test_no_page_shows_an_interval_without_saying_over_what() -> None:
    pages = [*SOURCE.rglob("*.jinja"), *SOURCE.rglob("*.js"), *SOURCE.rglob("*.html")]
    lines = [(path.name, line) for path in pages for line in path.read_text().splitlines() if STATED.search(line)]
    assert len(lines) >= 5
    assert [(name, line) for name, line in lines if not re.search(r"\bover\b", line)] == []


@pytest.mark.parametrize(
    "path", sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")]), ids=lambda path: path.name
)
def test_no_page_of_the_documentation_states_an_interval_without_saying_over_what(path: Path) -> None:
    """In its paragraph, the one before or the one after, such as the note below a table."""
    parts = re.split(r"\n\s*\n", path.read_text())
    silent = []
    for i, part in enumerate(parts):
        near = " ".join(" ".join(parts[max(0, i - 1) : i + 2]).split())
        if STATED.search(part) and not re.search(rf"{OVER.pattern}|resamples|estimate", near):
            silent.append(part[:200])
    assert silent == []
