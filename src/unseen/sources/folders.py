"""Read classes, groups and parts from the folders that photos lie in."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from unseen.errors import UnseenError
from unseen.photos.class_names import part_named, tidy
from unseen.photos.natural import natural_key
from unseen.photos.scan import Found
from unseen.records import PARTS, Part, Photo, Rejected
from unseen.text import listed

Layout = Literal["class/group", "group/class"]

_PERSON = re.compile(
    r"(?:person|signer|subject|subj|user|session|room|student|participant|actor|speaker|volunteer|camera|day)"
    r"[ _-]*(?:[0-9]+|[a-z])",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:19|20)[0-9]{2}([_.-]?)[01][0-9]\1[0-3][0-9]")
_SIGN_WORDS = frozenset(
    {
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
        "stop",
        "call",
        "like",
        "dislike",
        "yes",
        "no",
        "hello",
        "thanks",
        "please",
        "nothing",
        "none",
        "space",
        "del",
        "delete",
    }
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Photos with what their folders say of them, the ones no folder labels, and sentences for the screen."""

    photos: list[Photo]
    rejected: list[Rejected]
    notes: list[str]


def label_by_folder(found: Sequence[Found], layout: str) -> Labelled:
    """Read labels, groups and parts off the folder names; `layout` is auto, class/group or group/class."""
    notes: list[str] = []
    inside = [item for item in found if item.parts]
    outer = _wrapper_depth([item.parts for item in inside], notes)
    parts = _parts_by_folder([item.parts[outer:] for item in inside], notes)
    rejected = [Rejected(item.path, "not in a class folder") for item in found if not item.parts]
    below: list[tuple[Found, Part | None, tuple[str, ...]]] = []
    for item in inside:
        part = parts.get(item.parts[outer])
        if parts and part is None:
            rejected.append(Rejected(item.path, "outside the train, validation and test folders"))
        else:
            below.append((item, part, item.parts[outer + 1 if parts else outer :]))
    chosen = _layout([names for _, _, names in below], layout, notes)
    photos = []
    for item, part, names in below:
        label, group = _label_and_group(names, chosen)
        if label is None:
            rejected.append(Rejected(item.path, "not in a class folder"))
        else:
            photos.append(Photo(item.path, item.file, label, group, part))
    return Labelled(_without_idle_groups(photos, notes), rejected, notes)


def _parts_by_folder(paths: Sequence[tuple[str, ...]], notes: list[str]) -> dict[str, Part]:
    """Return the part each outermost folder names; nothing unless train and another hold class folders."""
    first = {names[0] for names in paths}
    named = {name: part for name in first if (part := part_named(name))}
    holds_classes = all(len(names) > 1 for names in paths if names[0] in named)
    if len(set(named.values())) < 2 or "train" not in named.values() or not holds_classes:
        return {}
    order = sorted(named, key=lambda name: (PARTS.index(named[name]), name))
    notes.append(f"parts taken from the folders {', '.join(order)}")
    return named


def _wrapper_depth(paths: Sequence[tuple[str, ...]], notes: list[str]) -> int:
    """Return how many outer folders hold everything (dataset/images/CLASS/...), and so are no classes."""
    depth = 0
    while paths and all(len(names) > depth + 1 for names in paths):
        inner = {names[depth + 1] for names in paths}
        if len({names[depth] for names in paths}) > 1 or all(map(_is_group_name, inner)):
            break
        depth += 1
    if depth:
        notes.append(f"classes read below the folder {'/'.join(paths[0][:depth])!r}, which holds every photo")
    return depth


def _layout(below: Sequence[tuple[str, ...]], asked: str, notes: list[str]) -> Layout:
    if asked not in ("auto", "class/group", "group/class"):
        raise UnseenError(f"layout {asked!r} is unknown: use auto, class/group or group/class")
    nested = [parts for parts in below if len(parts) > 1]
    if asked == "group/class":
        notes.append("folders read as group/class, as asked")
        return "group/class"
    if asked == "class/group" or not nested:
        if nested:
            notes.append("folders read as class/group, as asked")
        return "class/group"
    layout, why = _guess(below)
    notes.append(f"folders read as {layout}: {why}; if that is wrong use --layout {_OTHER[layout]}")
    return layout


_OTHER: dict[Layout, Layout] = {"class/group": "group/class", "group/class": "class/group"}


def _guess(below: Sequence[tuple[str, ...]]) -> tuple[Layout, str]:
    """Choose the layout, the doubtful case going to class/group, and say why."""
    second: dict[str, set[str]] = defaultdict(set)
    for parts in below:
        second[parts[0]].update(parts[1:2])
    firsts = sorted(second, key=natural_key)
    everywhere = set.union(*second.values())
    if all(second.values()) and all(map(_is_group_name, firsts)) and not all(map(_is_group_name, everywhere)):
        return "group/class", f"the first folders name people or sessions ({_some(firsts)})"
    repeats = len(firsts) > 1 and all(names == everywhere for names in second.values())
    if repeats and _are_signs(everywhere) and not any(map(_is_sign, firsts)):
        return "group/class", f"each first folder holds the same classes ({_some(everywhere)})"
    return "class/group", f"the first folders name the classes ({_some(firsts)})"


def _is_group_name(name: str) -> bool:
    return bool(_PERSON.fullmatch(name) or _DATE.fullmatch(name))


def _is_sign(name: str) -> bool:
    return len(name) == 1 or name.isdecimal() or name.lower() in _SIGN_WORDS


def _are_signs(names: set[str]) -> bool:
    """Say whether names are clearly labels; numbers only from 0 up, as sessions are numbered too, from 1."""
    if len(names) < 2 or not all(map(_is_sign, names)):
        return False
    if all(name.isdecimal() for name in names):
        return sorted(map(int, names)) == list(range(len(names))) and len(names) >= 5
    return True


def _some(names: Iterable[str]) -> str:
    ordered = sorted(names, key=natural_key)
    return listed(ordered, 3)


def _label_and_group(parts: tuple[str, ...], layout: Layout) -> tuple[str | None, str | None]:
    names = [tidy(name) for name in parts[:2]]
    if layout == "class/group":
        return names[0], names[1] if len(names) > 1 else None
    return (names[1], names[0]) if len(names) > 1 else (None, None)


def _without_idle_groups(photos: list[Photo], notes: list[str]) -> list[Photo]:
    """Drop a group that all photos share (CLASS/images/x.jpg): it separates nothing."""
    groups = {photo.group for photo in photos}
    if len(groups) != 1 or groups == {None}:
        return photos
    notes.append(f"the folder {groups.pop()!r} holds every photo and is not taken for a group")
    return [Photo(photo.path, photo.file, photo.label, None, photo.part) for photo in photos]
