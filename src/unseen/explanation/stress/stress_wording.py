"""Say what a model cannot stand, in words, with what to do."""

from collections.abc import Iterator

from unseen.explanation.cause_wording import ADVICE as ADVICE_ON
from unseen.explanation.cause_wording import more_photos
from unseen.explanation.causes import Cause
from unseen.explanation.stress.slices import Shown, Slice
from unseen.explanation.stress.stress_test import Stress
from unseen.records import Interval, left_out_sentence
from unseen.text import count, percent, span

FEW = 20  # photos: a percentage of them says more than is known
MORE_LIKE = "Add ten photos like that{more}."
ADVICE = {
    "other rooms": "Photograph in more rooms{more}.",
    "seen from farther": "Add photos from farther away, or crop to the hand.",
    "rotated": ADVICE_ON[Cause.ROTATED],
    "the other hand": ADVICE_ON[Cause.MIRRORED].partition(". ")[2],
    "few pixels": "Give photos at their full size.",
    "pixelate": "Give photos at their full size.",
    "JPEG compression": "Save with quality 85 or more.",
    "another skin tone": "Photograph people of more skin tones{more}.",
    "a face beside the hand": "Add photos with people in view{more}.",
}


def lines(of: Stress) -> Iterator[str]:
    """Yield what a screen shows: the whole in two lines, then each kind, then what is weakest."""
    yield f"as they are: {percent(of.clean.value)} of {of.clean.n} photos"
    if of.rejected:
        yield left_out_sentence(of.rejected)
    for published, name in ((True, "15 corruptions (Hendrycks and Dietterich, 2019)"), (False, "hands before cameras")):
        yield f"{name}: {percent(of.relative(published))} of that, on average"
    for row in of.rows:
        between = span(row.accuracy.low, row.accuracy.high)
        yield f"  {percent(row.accuracy.value):>6}  {row.name}{f' ({between}%)' if between else ''}"
    if of.slices:
        yield "as they are, by what they show (skin as measured in the photos' light):"
    for one in of.slices:
        between = span(one.accuracy.low, one.accuracy.high)
        yield f"  {percent(one.accuracy.value):>6}  {slice_name(one)}{f' ({between}%)' if between else ''}"
    for row in of.weakest:
        yield weakness(of, row.name)


SHOWN = {
    Shown.LIGHT: "Light skin (1 to 4 of Monk's 10 tones)",
    Shown.MIDDLE: "Middle skin tones (5 to 7)",
    Shown.DARK: "Dark skin (8 to 10)",
    Shown.LEFT: "Left hands",
    Shown.RIGHT: "Right hands",
}


def slice_name(of: Slice) -> str:
    """Say which photos a slice is of: "Left hands, 12 photos"."""
    return f"{SHOWN[of.shown]}, {count(of.accuracy.n, 'photo')}"


def weakness(of: Stress, name: str) -> str:
    """Say how weak the model is against one kind, and what to do."""
    row = next(row for row in of.rows if row.name == name)
    worst, accuracy = min(row.by_severity, key=lambda one: one[1])
    several = len(row.by_severity) > 1 and accuracy < (row.accuracy.value or 0)
    at_worst = f" ({percent(accuracy)} at severity {worst})" if several else ""
    right, clean = (_share(one, len(row.by_severity) == 1) for one in (row.accuracy, of.clean))
    return (
        f"Weak against '{name}': {right} right{at_worst}, where {clean} of the same photos are right as they are. "
        f"{ADVICE.get(name, MORE_LIKE).format(more=more_photos(of.extends))}"
    )


def _share(of: Interval, whole: bool) -> str:
    """Say an accuracy, of few photos as how many of them."""
    few = whole and of.n < FEW and of.value is not None
    return f"{round((of.value or 0) * of.n)} of {of.n}" if few else percent(of.value)
