"""Make the section that shows what a model withstands."""

from unseen.explanation.stress.stress_test import Stress
from unseen.explanation.stress.stress_wording import slice_name, weakness
from unseen.records import left_out_sentence
from unseen.report.page import Section


def stress_section(found: Stress | None) -> Section:
    """Show accuracy under each kind of stress, the three weakest in words, and a picture of each.

    found: `None` where there were too few photos to measure.
    """
    if found is None:
        return Section("stress.html.jinja", {"clean": None})
    return Section(
        "stress.html.jinja",
        {
            "clean": found.clean,
            "published": found.relative(published=True),
            "hands": found.relative(published=False),
            "weakest": [weakness(found, row.name) for row in found.weakest],
            "rows": found.rows,
            "slices": [(slice_name(one), one.accuracy) for one in found.slices],
            "left_out": left_out_sentence(found.rejected),
        },
    )
