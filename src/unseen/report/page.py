"""Render a page as a title and sections; a section is a template with the values that it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unseen.report.template import fill


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a page. template: a file of templates/, which sees `values`. Every text is escaped there."""

    template: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page. about: one sentence below the title. sections: in order; `None` is a section with nothing to show."""

    title: str
    about: str
    sections: Sequence[Section | None]


def render(page: Page) -> str:
    """Return the page as HTML: no script, nothing fetched, every picture inside. It can be written as UTF-8."""
    sections = [section for section in page.sections if section is not None]
    return fill("page.html.jinja", title=page.title, about=page.about, sections=sections)
