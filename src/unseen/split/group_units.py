"""Tell by the names of groups what they are of: people, rooms, cameras or sessions."""

import re
from collections.abc import Iterable

from unseen.records import Unit

# Words that people put into the names of folders and columns, before a number or alone.
_WORDS: dict[Unit, str] = {
    "person": "person|people|signer|user|subject|student|participant|actor|volunteer|speaker|man|woman|boy|girl|kid"
    "|child|adult|hand|owner|player",
    "room": "room|place|home|house|kitchen|office|scene|background|location|loc|lab|garden|street|hall|wall|site",
    "camera": "cam|camera|phone|webcam|device|iphone|pixel|galaxy|laptop|sensor",
    "session": "session|day|date|take|clip|video|vid|seq|sequence|burst|shoot|shooting|run|recording|rec|part|batch"
    "|monday|tuesday|wednesday|thursday|friday|saturday|sunday|morning|evening|night",
}  # fmt: skip
_PATTERNS = {unit: re.compile(rf"(?<![a-z])(?:{words})s?(?![a-z])") for unit, words in _WORDS.items()}
_NAMED = re.compile(r"[^\W\d_]{2,}(?:[ ._-][^\W\d_]+)*")
# Share of the groups whose names must say so.
_MOST = 0.8


def unit_of(names: Iterable[str], nameless: Unit | None = None) -> Unit:
    """Return what most of the groups `names` are of.

    A word says it, as in 'person3', 'kitchen' or 'webcam_2'. Where none does, plain names such as 'anna' and 'ben' are
    taken for people and anything else for sessions, the least that whoever states groups can mean; `nameless`: for
    what instead.
    """
    distinct = {name.casefold() for name in names}
    for unit, pattern in _PATTERNS.items():
        if distinct and sum(bool(pattern.search(name)) for name in distinct) >= _MOST * len(distinct):
            return unit
    if nameless:
        return nameless
    plain = sum(bool(_NAMED.fullmatch(name)) for name in distinct)
    return "person" if distinct and plain >= _MOST * len(distinct) else "session"
