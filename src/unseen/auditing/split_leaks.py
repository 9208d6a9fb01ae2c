"""Count the photos of a stated split that leak: those that a photo in another part gives away."""

from collections.abc import Mapping, Sequence

from unseen.auditing.duplicates import LISTED, paths_at
from unseen.auditing.findings import Finding, FindingKind, PhotoRow, Unit
from unseen.auditing.severity import VALIDATION_LEAK, severity
from unseen.records import Grouping, Part, PhotoSet, Split
from unseen.split.verify import Kind, Leak
from unseen.text import count

LEAKS: Mapping[Kind, tuple[FindingKind, str]] = {
    "group": (FindingKind.LEAK_GROUP, "share a person, session or burst with photos of another part"),
    "equal file": (FindingKind.LEAK_EQUAL_FILE, "are the same file as a photo of another part"),
    "near-identical photo": (FindingKind.LEAK_NEAR_IDENTICAL, "are near-identical to a photo of another part"),
}


def leak_findings(
    photo_set: PhotoSet, split: Split, grouping: Grouping, digests: Sequence[str], leaks: Sequence[Leak]
) -> list[Finding]:
    """Return `leak-group`, `leak-equal-file` and `leak-near-identical-photo` for what `split.verify.verify` found.

    Counted are the test photos that leak, of all test photos; where the test set is clean, those of validation.
    """
    findings = []
    parts: tuple[Part, ...] = ("test", "validation")
    for kind in LEAKS:
        of_kind = [leak for leak in leaks if leak.kind == kind]
        leaking = leaking_photos(photo_set, split, grouping, digests, of_kind)
        for part in parts:
            inside = [i for i in leaking if split.parts[i] == part]
            if inside:
                findings.append(_leak(photo_set, kind, part, inside, split.parts.count(part), of_kind))
                break
    return findings


def leaking_photos(
    photo_set: PhotoSet, split: Split, grouping: Grouping, digests: Sequence[str], leaks: Sequence[Leak]
) -> list[int]:
    """Return the positions of the photos that one in an earlier part gives away, ascending."""
    position = {photo.path: i for i, photo in enumerate(photo_set.photos)}
    found: set[int] = set()
    keys: dict[Kind, Sequence[str]] = {"group": grouping.groups, "equal file": digests}
    for kind, names in keys.items():
        earliest = {names[position[leak.paths[0]]]: leak.parts[0] for leak in leaks if leak.kind == kind}
        found |= {i for i, name in enumerate(names) if name in earliest and split.parts[i] != earliest[name]}
    return sorted(found | {position[leak.paths[1]] for leak in leaks if leak.kind == "near-identical photo"})


def _leak(
    photo_set: PhotoSet, kind: Kind, part: Part, leaking: Sequence[int], total: int, leaks: Sequence[Leak]
) -> Finding:
    example = leaks[0]
    finding_kind, words = LEAKS[kind]
    return Finding(
        kind=finding_kind,
        severity=severity(finding_kind, len(leaking) / total) if part == "test" else VALIDATION_LEAK.at(),
        headline=(
            f"{len(leaking):,} of {count(total, f'{part} photo')} {words} (such as {example.paths[0]} in"
            f" {example.parts[0]} and {example.paths[1]} in {example.parts[1]}): the {part} number is too high."
        ),
        advice=(
            "Keep groups in one part: leave --split out, or use the split.csv that unseen audit writes. Where there are"
            " too few groups for that, add photos taken at another time."
        ),
        value=len(leaking) / total,
        unit=Unit.SHARE_OF_TEST_PHOTOS if part == "test" else Unit.SHARE_OF_VALIDATION_PHOTOS,
        photos=len(leaking),
        total=total,
        paths=paths_at(photo_set, leaking),
        evidence=tuple(PhotoRow(leak.paths, leak.parts) for leak in leaks[:LISTED]),
        details={"leaks": len(leaks)},
    )
