"""Explain in sentences why photos were grouped, and what the groups are of."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Literal

from unseen.records import GroupReason, Photo, Unit
from unseen.text import count

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


def stated_reasons(photos: Sequence[Photo]) -> list[GroupReason]:
    """Return the reasons of groups the user stated, by folder and by column apart."""
    by_kind: dict[Literal["folder", "stated"], list[Photo]] = {"folder": [], "stated": []}
    for photo in photos:
        if photo.group is not None:
            in_path = photo.group in PurePosixPath(photo.path).parts[:-1]
            by_kind["folder" if in_path else "stated"].append(photo)
    reasons = []
    for kind, members in by_kind.items():
        if members:
            groups = len({photo.group for photo in members})
            how = "by folder" if kind == "folder" else "as stated"
            text = (
                f"{count(len(members), 'photo')} in {count(groups, 'group')} {how}"
                f" (such as '{members[0].group}' for {members[0].path})"
            )
            unit = unit_of(photo.group or "" for photo in members)
            reasons.append(GroupReason(kind, len(members), groups, text, unit))
    return reasons


def session_reasons(photos: Sequence[Photo], sessions: Sequence[str | None]) -> list[GroupReason]:
    """Return the reason of groups told by file names, with the name of one photo of the largest session."""
    sizes = Counter(session for session in sessions if session is not None)
    if not sizes:
        return []
    largest = sizes.most_common(1)[0][0]
    example = PurePosixPath(photos[sessions.index(largest)].path).name
    text = (
        f"{count(sizes.total(), 'photo')} in {count(len(sizes), 'session')} by file name"
        f" (such as '{largest}' in {example})"
    )
    return [GroupReason("name", sizes.total(), len(sizes), text, unit_of(sizes, nameless="session"))]


def round_reasons(rounds: Sequence[str | None]) -> list[GroupReason]:
    """Return the reason of groups told by a camera's counter that goes round the classes."""
    sizes = Counter(name for name in rounds if name is not None)
    if not sizes:
        return []
    text = (
        f"{count(sizes.total(), 'photo')} in {count(len(sizes), 'round')} of the camera's counter through the"
        f" classes (such as {next(iter(sizes))}): taken for one person each"
    )
    return [GroupReason("name", sizes.total(), len(sizes), text, "person")]


def clock_reasons(bursts: Sequence[str | None], doubts: Sequence[str], seconds: float) -> list[GroupReason]:
    """Return the reason of groups told by the camera's clock, and what was not used of it; those join no photos."""
    sizes = Counter(name for name in bursts if name is not None)
    reasons = [GroupReason("burst", 0, 0, text) for text in doubts]
    if sizes:
        text = (
            f"{count(sizes.total(), 'photo')} in {count(len(sizes), 'burst')} by the camera's clock"
            f" (at most {seconds:g} s apart)"
        )
        reasons.insert(0, GroupReason("burst", sizes.total(), len(sizes), text))
    return reasons


def equal_reasons(digests: Sequence[str]) -> list[GroupReason]:
    """Return the reason of groups of equal files."""
    sizes = [n for n in Counter(digests).values() if n > 1]
    if not sizes:
        return []
    text = f"{count(sum(sizes), 'photo')} in {count(len(sizes), 'group')} of equal files"
    return [GroupReason("duplicate", sum(sizes), len(sizes), text)]


def stem_reasons(photos: Sequence[Photo], sources: Sequence[str | None]) -> list[GroupReason]:
    """Return the reason of groups of copies that are named after one source."""
    sizes = Counter(source for source in sources if source is not None)
    if not sizes:
        return []
    largest = sizes.most_common(1)[0][0]
    first, second = [photo.path for photo, source in zip(photos, sources, strict=True) if source == largest][:2]
    text = (
        f"{count(sizes.total(), 'photo')} in {count(len(sizes), 'group')} of altered copies by file name"
        f" (such as {first} and {PurePosixPath(second).name})"
    )
    return [GroupReason("duplicate", sizes.total(), len(sizes), text)]


def linked_reasons(
    kind: Literal["duplicate", "burst"], pairs: Sequence[tuple[int, int]], what: str
) -> list[GroupReason]:
    """Return the reason of groups that `pairs` of positions join, described by `what`."""
    if not pairs:
        return []
    neighbours: dict[int, set[int]] = defaultdict(set)
    for a, b in pairs:
        neighbours[a].add(b)
        neighbours[b].add(a)
    unseen, groups = set(neighbours), 0
    while unseen:
        groups += 1
        front = {unseen.pop()}
        while front:
            front = {near for i in front for near in neighbours[i]} & unseen
            unseen -= front
    text = f"{count(len(neighbours), 'photo')} in {count(groups, 'group')} of {what}"
    return [GroupReason(kind, len(neighbours), groups, text)]


def single_reasons(alone: int) -> list[GroupReason]:
    """Return the reason of photos that nothing joins to another."""
    if not alone:
        return []
    stand = count(alone, "photo stands", "photos stand")
    return [GroupReason("single", alone, alone, f"{stand} alone: nothing joins them to another photo")]


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
