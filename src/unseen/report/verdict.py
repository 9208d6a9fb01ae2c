"""Say in the headline how good a model is: what was tested, on what, and what to expect for other people."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from unseen.evaluation.metrics import Metrics
from unseen.evaluation.results import Results, SplitComparison, Strangers, StrangersMethod
from unseen.evaluation.tested_on import UNITS
from unseen.evaluation.took_part_wording import in_turn, took_part_table, who_took_part
from unseen.records import Unit
from unseen.report.wording import group_split
from unseen.text import count, percent, points, span

# With fewer groups than this even the widened interval covers less than 95% (tests/evaluation measure it).
FEW_GROUPS = 5
# With fewer photos than this one more mistake is five points or more.
FEW_PHOTOS = 20
# A random split that scores less than this above the grouped one is not called better.
LEAST_GAP = 0.005
# What the test photos are of, by what is new in them; and the same where the photos are not of people.
_TESTED_ON: dict[Unit, str] = {
    "photo": "On new photos of these people in these rooms",
    "session": "On new sessions of these people",
    "camera": "On photos of cameras that are not in the training set, of these people",
    "room": "On photos from rooms that are not in the training set, of these people",
    "person": "On photos of people who are not in the training set",
}
_OF_THINGS: dict[Unit, str] = {
    "photo": "On new photos of the same kind, from the same places",
    "session": "On photos from sessions that are not in the training set",
    "camera": "On photos of cameras that are not in the training set",
    "room": "On photos from places that are not in the training set",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence around a number that is shown large."""

    lead: str = ""
    figure: str = ""
    detail: str = ""

    @property
    def sentence(self) -> str:
        """The whole of it as plain text."""
        return " ".join(filter(None, (self.lead, self.figure, self.detail)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The headline. `lead`, `figure` and `detail` are one sentence, `strangers` one as large; the rest follows.

    left_out: what people and rooms got that were left out in turn.
    """

    lead: str
    figure: str
    detail: str
    comparison: str
    cautions: tuple[str, ...]
    strangers: Said = Said()
    left_out: str = ""

    @property
    def sentence(self) -> str:
        """The headline and its comparison as plain text, for the screen."""
        own = Said(self.lead, self.figure, self.detail).sentence
        return " ".join(filter(None, (own, self.left_out, self.strangers.sentence, self.comparison)))


def verdict(results: Results, held_out: bool = True) -> Verdict:
    """Say how good the model is in words that claim no more than was measured.

    held_out: the test photos are known to be none of those the model was trained on or chosen by.
    """
    part, reported = results.reported()
    strangers = _strangers(results.strangers)
    if reported is None or part != "test":
        return replace(
            _without_test(reported, strangers, results.strangers is not None), left_out=in_turn(results.left_out)
        )
    accuracy = reported.accuracy
    return Verdict(
        lead=f"{_tested_on(reported, held_out, results.strangers is not None)}, the model classifies",
        figure=percent(accuracy.value),
        detail=f"correctly ({_support(reported, results.strangers is not None)}).{_who(results, reported)}",
        # where photos alone were held out both splits are photo by photo: that they agree is no merit
        comparison="" if reported.held_out == ("photo",) else _comparison(results.random_split),
        cautions=tuple(_cautions(reported, held_out, results.strangers)),
        strangers=strangers,
        left_out=in_turn(results.left_out),
    )


def _tested_on(reported: Metrics, held_out: bool, people: bool) -> str:
    if not held_out:
        return "On these photos"
    if not reported.held_out:
        return "On held-out photos"
    newest = reported.held_out[-1]
    return _TESTED_ON[newest] if people or newest == "person" else _OF_THINGS[newest]


def _who(results: Results, reported: Metrics) -> str:
    """Say who is in the photos where people were not held out."""
    if results.took_part is None or "person" in reported.held_out:
        return ""
    said = who_took_part(results.took_part)
    return f" The photos show {said}." if said else ""


def _strangers(strangers: Strangers | None) -> Said:
    """Say what to expect for another person, where that was not measured."""
    if strangers is None or strangers.value is None or strangers.method is StrangersMethod.HELD_OUT:
        return Said()
    return Said(
        "For another person expect about",
        percent(strangers.value, 0),
        f"({span(strangers.low, strangers.high)}; estimated from how models like this one did on other people).",
    )


def numbers_hold_for(results: Results) -> str:
    """Say in the model card what its intervals are over, and for which photos its numbers hold."""
    _, reported = results.reported()
    over = f"Intervals are 95%, over {UNITS[reported.interval_over]}. " if reported else ""
    people = reported is not None and "person" in reported.held_out
    others = "other rooms and cameras" if people else "other people, rooms and cameras"
    hold = (
        f"{over}Numbers hold for photos like those of the test part; {others} may do worse. Measure them before you "
        "rely on it: `unseen evaluate RUN PHOTOS`."
    )
    table = took_part_table(results.took_part) if results.took_part else ""
    return f"{hold}\n\n{table}" if table else hold


def _support(reported: Metrics, people: bool) -> str:
    accuracy, unit = reported.accuracy, reported.interval_over
    photos = count(accuracy.n, "photo")
    if accuracy.n == 1:
        return photos
    interval = span(accuracy.low, accuracy.high)
    of = "" if unit == "photo" else f" in {_counted(accuracy.groups, unit)}"
    over = f"over {UNITS[unit]}" + (", not people" if people and unit != "person" else "")
    return f"95% interval {interval}%, {over}; {photos}{of}" if interval else f"{photos}{of}"


def _counted(groups: int, unit: Unit) -> str:
    return f"{groups:,} {unit if groups == 1 else UNITS[unit]}"


def _without_test(reported: Metrics | None, strangers: Said, people: bool) -> Verdict:
    if reported is None:
        return Verdict("Nothing was measured: no photos were held out, so the accuracy is unknown.", "", "", "", ())
    return Verdict(
        lead="No photos were held out for a final test. On the validation photos, by which it was chosen, the model "
        "classifies",
        figure=percent(reported.accuracy.value),
        detail=f"correctly ({_support(reported, people)}).",
        comparison="Expect less on new photos; how much less is unknown.",
        cautions=(),
        strangers=strangers,
    )


def _comparison(comparison: SplitComparison | None) -> str:
    """Say by how much a random split would have overstated the accuracy of a quick linear model.

    Both numbers are of that linear model: it is not the trained model, whose accuracy would not compare.
    """
    if comparison is None or comparison.values is None or comparison.group_split_accuracy is None:
        return ""
    random, grouped = comparison.values
    high = comparison.group_split_accuracy.high
    scores = (
        f"To check the split, a quick linear model was tested on two: it classifies {percent(random)} correctly with "
        f"photos split at random and {percent(grouped)} with {group_split(comparison)}."
    )
    gap = random - grouped
    if gap < LEAST_GAP:
        return f"{scores} A random split would not have overstated its accuracy."
    if high is None:
        return f"{scores} With one group it is unknown how much of the difference is chance."
    if random <= high:
        return f"{scores} The difference of {points(gap)} may be chance."
    return f"{scores} A random split would have overstated its accuracy by {points(gap)}."


def _cautions(reported: Metrics, held_out: bool, strangers: Strangers | None) -> Iterator[str]:
    n, groups, unit = reported.accuracy.n, reported.accuracy.groups, reported.interval_over
    if not held_out:
        yield (
            "These photos, or others of the same people and places, may have been in the training set. "
            "If they were, this number is too high."
        )
    if groups == 1 and n > 1:
        yield (
            "All these photos are from one group, so there is no interval: one group does not show how much groups "
            "differ. Test on more people, rooms or sessions."
        )
    elif groups < FEW_GROUPS and groups < n:
        few = count(groups, "group") if unit == "photo" else _counted(groups, unit)
        yield f"{few} are few: take the interval as a rough guide and test on more."
    elif 1 < n < FEW_PHOTOS:
        yield f"{count(n, 'photo')} are few: other photos of the same kind may give quite another number. Test on more."
    if held_out and reported.held_out == ("photo",):
        yield (
            "Nothing shows which photos are of the same person, room or session, so the same ones are taken to be in "
            "both the training and the test set. Expect less on new people and rooms."
        )
    if held_out and strangers and strangers.value is None:
        yield "How much less right it is for another person is not known: measure it with unseen evaluate."
