"""Say in words who and what is in the photos, as far as it was counted, and what was measured without each."""

from unseen.evaluation.results import Count, LeftOut, TookPart
from unseen.text import percent, span


def who_took_part(found: TookPart) -> str:
    """Return 'probably one person (1 to 2, by looks), in about 3 rooms (2 to 5, by looks)', or '' where unknown."""
    if found.people is None:
        return ""
    people = _counted(found.people, "one person", "people")
    if found.rooms is None:
        return people
    return f"{people}, in {_counted(found.rooms, 'one room', 'rooms')}"


def took_part_table(found: TookPart) -> str:
    """Return how many people, rooms and cameras there are in Markdown, '' where nothing was counted."""
    counts = {"people": found.people, "rooms": found.rooms, "cameras": found.cameras}
    rows = [
        f"| {name} | {one.value:,} | {one.low:,} to {one.high:,} | {percent(one.probability, 0)} | {one.told_by} |"
        for name, one in counts.items()
        if one
    ]
    head = ["| in the photos | how many | limits | these hold | told by |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows]) if rows else ""


def in_turn(found: LeftOut | None) -> str:
    """Return a sentence for people and one for rooms that were left out in turn, '' where none were."""
    kinds = (("people", "person", found.people), ("rooms", "room", found.rooms)) if found else ()
    return " ".join(
        f"With each of {one.clusters:,} {many}{' (told by looks)' if one.told_by == 'looks' else ''} left out in turn, "
        f"heads fitted to the others classify {percent(one.value)} correctly (95% interval {span(one.low, one.high)}%, "
        f"over these {many}{f'; the worst {name} {percent(one.worst)}' if one.worst is not None else ''})."
        for many, name, one in kinds
        if one
    )


def _counted(number: Count, one: str, many: str) -> str:
    if number.told_by != "looks":
        return one if number.value == 1 else f"{number.value:,} {many}"
    guess = f"probably {one}" if number.value == 1 else f"about {number.value:,} {many}"
    return f"{guess} ({number.low} to {number.high}, by looks)"
