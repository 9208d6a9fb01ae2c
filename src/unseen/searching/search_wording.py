"""Say in plain words what a search for an augmentation policy found, and whether it is used."""

import math

from unseen.evaluation.paired import Difference
from unseen.evaluation.tested_on import over
from unseen.searching.judged_groups import LEAST_GROUPS
from unseen.searching.policy_space import SPANS
from unseen.searching.searched_policy import Outcome, SearchedPolicy
from unseen.text import count, listed, percent, points

DEFAULT_STAYS = "search: the default augmentation stays"


def search_verdict(found: SearchedPolicy) -> str:
    """Return one sentence or two: what is used, and why."""
    tried, groups = count(found.tried, "policy", "policies"), count(found.groups, "held-out group")
    no_part = f"{groups}, each of which had no part in the choice it judges{_judges(found)}"
    if found.outcome is Outcome.FEW_GROUPS and found.difference is None:
        return (
            f"{DEFAULT_STAYS}: at least {LEAST_GROUPS} groups (people, rooms, sessions) are needed outside the test "
            "photos (--groups names them)"
        )
    if found.outcome is Outcome.NO_TIME:
        minutes = math.ceil(found.minutes_needed or 0)
        return f"{DEFAULT_STAYS}: the time limit leaves no time to search (--time-limit {minutes} would)"
    if found.outcome is Outcome.DEFAULT_BEST:
        return f"{DEFAULT_STAYS}: of {tried} none was better on {groups}"
    assert found.difference is not None
    gained = _gain(found.difference)
    if found.outcome is Outcome.USED:
        return f"search: a searched augmentation is used: {gained}, on {no_part}. What mattered: {mattered(found)}"
    if found.outcome is Outcome.GUESSING:
        return f"{DEFAULT_STAYS}: photos of {groups} are told no better than by guessing"
    return f"{DEFAULT_STAYS}: the best of {tried} is not better beyond chance: {gained}, on {no_part}"


def _judges(found: SearchedPolicy) -> str:
    if found.tuned_steps is None:
        return ""
    if not found.tuned_steps:
        return " (by heads on frozen features: there was no time to confirm it by short fine-tunings)"
    return f" (by fine-tunings of {count(found.tuned_steps, 'step')} each)"


def mattered(found: SearchedPolicy) -> str:
    """Name the kinds of change that made the difference, the most important first."""
    return listed([f"{kind} ({SPANS[kind].text})" for kind in found.mattered]) or "nothing by itself"


def _gain(difference: Difference) -> str:
    before, after, gain = difference.before.value, difference.after.value, difference.difference
    assert gain.value is not None
    more = "more" if gain.value >= 0 else "less"
    low, high = gain.low, gain.high
    between = (
        ""
        if low is None or high is None
        else f" (95% interval {100 * low:+.1f} to {100 * high:+.1f}, {over(difference.over)})"
    )
    return f"{percent(after)} right, {points(gain.value)} {more} than the default's {percent(before)}{between}"
