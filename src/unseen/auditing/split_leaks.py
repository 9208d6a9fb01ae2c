"""Leaks of a split: what `split.verify` found in; findings that count the photos given away out."""

from collections.abc import Mapping, Sequence

from unseen.auditing.duplicates import LISTED, Alike, paths_at
from unseen.auditing.findings import Finding, FindingKind, PhotoRow, Unit
from unseen.records import Grouping, Part, PhotoSet, Split
from unseen.split.verify import Kind, Leak
from unseen.text import count

LEAKS: Mapping[Kind, tuple[FindingKind, str]] = {
    "group": (FindingKind.LEAK_GROUP, "share a person, session or burst with photos of another part"),
    "equal file": (FindingKind.LEAK_EQUAL_FILE, "are the same file as a photo of another part"),
    "near-identical photo": (FindingKind.LEAK_NEAR_IDENTICAL, "are near-identical to a photo of another part"),
}


def leak_findings(
    photo_set: PhotoSet, split: Split, grouping: Grouping, alike: Alike, leaks: Sequence[Leak]
) -> list[Finding]:
    """Return `leak-group`, `leak-equal-file` and `leak-near-identical-photo` for what `split.verify.verify` found.

    Counted are the test photos that are touched, of all test photos; where the test is clean, those of validation.
    """
    position = {photo.path: i for i, photo in enumerate(photo_set.photos)}
    findings = []
    parts: tuple[Part, ...] = ("test", "validation")
    for kind in LEAKS:
        of_kind = [leak for leak in leaks if leak.kind == kind]
        touched = _leaking(split, grouping, alike, of_kind, position)
        for part in parts:
            inside = [i for i in touched if split.parts[i] == part]
            if inside:
                findings.append(_leak(photo_set, kind, part, inside, split.parts.count(part), of_kind))
                break
    return findings


def _leaking(
    split: Split, grouping: Grouping, alike: Alike, leaks: Sequence[Leak], position: dict[str, int]
) -> list[int]:
    """Return the positions of the photos that are given away by one in an earlier part."""
    kinds = {leak.kind for leak in leaks}
    keys = grouping.groups if kinds == {"group"} else [str(key) for key in alike.equal.tolist()]
    if kinds <= {"near-identical photo"}:
        return sorted({position[leak.paths[1]] for leak in leaks})
    earliest = {keys[position[leak.paths[0]]]: leak.parts[0] for leak in leaks}
    return [i for i, key in enumerate(keys) if key in earliest and split.parts[i] != earliest[key]]


def _leak(
    photo_set: PhotoSet, kind: Kind, part: Part, touched: Sequence[int], total: int, leaks: Sequence[Leak]
) -> Finding:
    example = leaks[0]
    finding_kind, words = LEAKS[kind]
    return Finding(
        kind=finding_kind,
        severity=min(1.0, 0.9 + 0.1 * len(touched) / total) if part == "test" else 0.7,
        headline=(
            f"{len(touched):,} of {count(total, f'{part} photo')} {words} (such as {example.paths[0]} in"
            f" {example.parts[0]} and {example.paths[1]} in {example.parts[1]}): the {part} number is too high."
        ),
        advice="Use the repaired split.csv that unseen audit writes, in which no group crosses a part.",
        value=len(touched) / total,
        unit=Unit.SHARE_OF_TEST_PHOTOS if part == "test" else Unit.SHARE_OF_VALIDATION_PHOTOS,
        photos=len(touched),
        total=total,
        paths=paths_at(photo_set, touched),
        evidence=tuple(PhotoRow(leak.paths, leak.parts) for leak in leaks[:LISTED]),
        details={"leaks": len(leaks)},
    )
