"""Fill a template: the one place for escaping, filters and characters that no page may hold."""

import re
from functools import cache
from typing import Any

import jinja2

from unseen.records import Interval
from unseen.report import pictures
from unseen.text import count, duration, percent, span


def fill(name: str, **values: Any) -> str:
    """Return the page that template `name` of this package makes of `values`; every value is escaped.

    Lone surrogates and control characters of file names are replaced, so that it can be written as UTF-8.
    """
    page = _environment().get_template(name).render(**values)
    return re.sub("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "\ufffd", page)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("unseen", "report/templates"),
        autoescape=True,  # not `select_autoescape`, which goes by the ending and would not know `.jinja`
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=percent, span=_span, duration=duration, photo=pictures.data_uri, thousands="{:,}".format
    )
    environment.globals["count"] = count
    return environment


def _span(interval: Interval) -> str:
    return span(interval.low, interval.high)
