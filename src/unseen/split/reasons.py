"""Explain in sentences why photos were grouped."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal

from unseen.records import GroupReason, Photo
from unseen.split.group_units import unit_of
from unseen.text import count


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
