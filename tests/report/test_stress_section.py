"""What was not put under stress is said, with the command that does it."""

from unseen.report.page import Page, render
from unseen.report.stress_section import stress_section


def test_a_run_of_few_photos_says_what_measures_it() -> None:
    page = render(Page("a", "b", (stress_section(None),)))
    assert "What it withstands" in page
    assert "unseen stress RUN PHOTOS" in page
    assert "Relative to that" not in page
