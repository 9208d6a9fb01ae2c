"""Tell whether the outer folders are classes (ROOT/CLASS/PERSON) or people and sessions (ROOT/PERSON/CLASS)."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Literal

from unseen.errors import UnseenError
from unseen.photos.natural import natural_key
from unseen.text import listed

Order = Literal["class/group", "group/class"]

_GROUP = re.compile(
    r"(?:person|people|signer|subject|subj|user|session|sess|room|student|participant|actor|speaker|volunteer|camera|cam"
    r"|phone|day|take|set|part|batch|fold)[ _-]*(?:[0-9]+|[a-z])|[psu][ _-]?[0-9]+",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:19|20)[0-9]{2}([_.-]?)[01][0-9]\1[0-3][0-9].*")
_NUMBERED = re.compile(r"[0-9]+[ _.-]+[^\W\d_].*")  # 01_palm, 2 - two: signs in an order
_PADDED = re.compile(r"0[0-9]+")  # 00, 01: people, frames; digits are written without
_SIDE = re.compile(r"(?:left|right)(?:[ _-]?hand)?", re.IGNORECASE)  # of a body: no sign
# Words of signs and gestures; a name is a sign's if one of its words is here (thumbs_up, open-hand, victory2).
_SIGN_WORDS = frozenset(
    [
        "rock",
        "paper",
        "scissors",
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "fist",
        "palm",
        "peace",
        "ok",
        "okay",
        "stop",
        "call",
        "like",
        "dislike",
        "yes",
        "no",
        "hello",
        "hi",
        "bye",
        "thanks",
        "thank",
        "please",
        "sorry",
        "help",
        "love",
        "good",
        "bad",
        "nothing",
        "none",
        "space",
        "del",
        "delete",
        "background",
        "hand",
        "hands",
        "finger",
        "fingers",
        "thumb",
        "thumbs",
        "index",
        "pinky",
        "open",
        "closed",
        "close",
        "up",
        "down",
        "victory",
        "point",
        "pointing",
        "wave",
        "waving",
        "swipe",
        "grab",
        "pinch",
        "punch",
        "flat",
        "spread",
        "heart",
        "gesture",
        "sign",
        "letter",
        "digit",
        "number",
        "horns",
        "rabbit",
    ]
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def folder_order(
    below: Sequence[tuple[str, ...]], asked: str, notes: list[str], known: Collection[str] = ()
) -> tuple[Order, str | None]:
    """Return the order of the folder names in `below`, and where it cannot be told, the question to ask.

    asked: auto, class/group or group/class. known: names that are surely classes. Raises `UnseenError` for another
    `asked`.
    """
    if asked not in ("auto", "class/group", "group/class"):
        raise UnseenError(f"layout {asked!r} is unknown: use auto, class/group, group/class or boxes")
    nested = any(len(names) > 1 for names in below)
    if asked == "group/class" or (asked == "class/group" and nested):
        notes.append(f"folders read as {asked}, as asked")
    if asked != "auto" or not nested:
        return ("group/class" if asked == "group/class" else "class/group"), None
    layout, why = _guess(below, known)
    if layout is None:
        return "class/group", why
    other = "group/class" if layout == "class/group" else "class/group"
    notes.append(f"folders read as {layout}: {why}; if that is wrong use --layout {other}")
    return layout, None


def is_group_name(name: str) -> bool:
    """Say whether a folder's name is that of a person, session, room or day."""
    return bool(_GROUP.fullmatch(name) or _DATE.fullmatch(name))


def _guess(below: Sequence[tuple[str, ...]], known: Collection[str]) -> tuple[Order | None, str]:
    """Return the layout and why; no layout, and the question, where either could be meant."""
    inner: dict[str, set[str]] = defaultdict(set)
    for names in below:
        inner[names[0]].update(names[1:2])
    outer, second = sorted(inner, key=natural_key), sorted(set.union(*inner.values()), key=natural_key)
    outer_classes, second_classes = _are_classes(outer, known), _are_classes(second, known)
    by_name = all(map(is_group_name, outer)) and not all(map(is_group_name, second))
    if by_name and all(inner.values()):
        return "group/class", f"the first folders name people or sessions ({listed(outer, 3)})"
    if second_classes and not outer_classes and _is_crossed(inner, second):
        return "group/class", f"each first folder holds the same classes ({listed(second, 3)})"
    apart = sum(map(len, inner.values())) == len(second) and len(inner) > 1 and all(len(b) > 1 for b in inner.values())
    if second_classes and not outer_classes and apart and not all(map(_is_counted, second)):
        return "group/class", f"each first folder holds classes of its own ({listed(second, 3)})"  # digits/0, letters/A
    both = outer_classes and second_classes and not all(map(str.isdecimal, second))
    counted = all(map(_is_counted, second)) and not all(map(_PADDED.fullmatch, outer))  # 01/0001: people's words?
    if counted and not outer_classes and second[0] == "0" and _is_crossed(inner, second):
        counted = False  # takes are counted from 1, digits from 0
    if (outer_classes and not both) or counted or not _is_crossed(inner, second):
        why = f"the first folders name the classes ({listed(outer, 3)}), those inside people or sessions"
        return "class/group", f"{why} ({listed(second, 3)})"
    return None, (
        f"either {listed(outer, 3)} or {listed(second, 3)} are the classes, each folder holds the same: "
        "say --layout class/group if the outer folders are, --layout group/class if the inner are"
    )


def _is_crossed(inner: dict[str, set[str]], second: Sequence[str]) -> bool:
    """Say whether the outer folders hold the same names: two or more each, and at least three cells in four."""
    if len(inner) < 2 or len(second) < 2 or not all(inner.values()):
        return False
    shared = all(sum(name in names for names in inner.values()) > 1 for name in second)
    return shared and sum(map(len, inner.values())) >= 0.75 * len(inner) * len(second)


def _is_counted(name: str) -> bool:
    """Say whether a name counts people or sessions, or is a hand's side: a group's name, or a bare number."""
    return is_group_name(name) or name.isdecimal() or bool(_SIDE.fullmatch(name))


def _are_classes(names: Sequence[str], known: Collection[str]) -> bool:
    """Say whether names are clearly labels; numbers only from 0 up, as sessions are numbered too, from 1."""
    if all(name in known for name in names) or (len(names) > 1 and all(map(_NUMBERED.fullmatch, names))):
        return True
    if len(names) < 2 or not all(map(_is_sign, names)) or any(_PADDED.fullmatch(name) for name in names):
        return False
    if all(name.isdecimal() for name in names):
        return sorted(map(int, names)) == list(range(len(names))) and len(names) >= 5
    return True


def _is_sign(name: str) -> bool:
    words = {word.lower() for word in _WORD.findall(name)}
    return len(name) == 1 or name.isdecimal() or (bool(words & _SIGN_WORDS) and not _SIDE.fullmatch(name))
