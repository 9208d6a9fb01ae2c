"""Find the folders that are train, validation and test parts, and what lies beside them."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from unseen.photos.natural import natural_key
from unseen.photos.part_names import divides, part_named, split_part
from unseen.records import PARTS, Part
from unseen.sources.folder_order import is_group_name
from unseen.text import count, listed

Names = tuple[str, ...]
_FOLD = re.compile(r"(?:k[ _-]?)?(?:fold|split|cv)[ _-]?[0-9]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PartFolders:
    """How the outermost folders divide the photos.

    parts: of each folder that is a part and holds class folders, `None` as part where there is only one of them.
    aside: folders whose photos are not used, with the reason. doubt: the question to ask where it cannot be told.
    """

    parts: Mapping[str, Part | None] = field(default_factory=dict)
    aside: Mapping[str, str] = field(default_factory=dict)
    doubt: str | None = None


def find_part_folders(paths: Sequence[Names], notes: list[str], known: Collection[str] = ()) -> PartFolders:
    """Read parts off the outermost of the folder names in `paths`; `known` are names that are surely classes."""
    inner: dict[str, list[Names]] = defaultdict(list)
    for names in paths:
        inner[names[0]].append(names[1:])
    named = _named(inner, known)
    others = [name for name in inner if name not in named]
    labelled = {name: part for name, part in named.items() if _holds_classes(name, inner, named)}
    flat = [name for name in named if name not in labelled]
    if labelled:
        found = _beside_parts(labelled, flat, others, inner)
    elif not flat:
        return PartFolders()
    elif others:
        found = _beside_classes(named, others, inner)
    else:
        hold, name = ("holds", "names") if len(flat) == 1 else ("hold", "name")
        seen = f"{listed(_order(flat), 5)} {hold} photos, but no class folders, and {name} no classes"
        found = PartFolders(doubt=seen)
    _say(found, inner, notes)
    return found


def _named(inner: Mapping[str, list[Names]], known: Collection[str]) -> dict[str, Part]:
    """Return the folders whose names state a part, alone or with words that a sibling's name has too.

    `asl_alphabet_train` beside `asl_alphabet_test` is a part; `test_tube` beside `beaker` is not. Of `rps` and
    `rps-test-set`, which both hold class folders, the first is for training.
    """
    stated = {name: split_part(name) for name in inner if name not in known}
    words = [rest for part, rest in stated.values() if part]
    if "train" not in {part for part, _ in stated.values()}:  # rps, rps-test-set, rps-validation
        for name, (part, rest) in stated.items():
            if part is None and rest in words and any(inner[name]):
                stated[name] = "train", rest
                words.append(rest)
    named = {name: part for name, (part, rest) in stated.items() if part and (not rest or words.count(rest) > 1)}
    if not named and len(inner) == 1:  # one folder that holds all: Train_Alphabet
        named = {name: part for name, (part, _) in stated.items() if part}
    pure = set(named.values())
    for name, (part, _) in stated.items():  # Train_Alphabet beside test: other words, but another part
        if part and name not in named and len(pure | {part}) > 1 and any(len(names) > 1 for names in inner[name]):
            named[name] = part
    evaluated = [name for name in named if "eval" in name.lower()]
    if evaluated and any(part == "test" for name, part in named.items() if name not in evaluated):
        named.update(dict.fromkeys(evaluated, "validation"))  # train, eval, test: what a run is chosen by
    return named


def _holds_classes(name: str, inner: Mapping[str, list[Names]], named: Mapping[str, Part]) -> bool:
    """Say whether a part has class folders; one folder that holds all, and no other part has, is a wrapper."""
    below = {names[0] for names in inner[name] if names}
    if len(below) != 1:
        return bool(below)
    if any(len(names) > 1 for names in inner[name]):
        return True
    beside = [{names[0] for names in inner[other] if names} for other in named if other != name]
    if several := [others for others in beside if len(others) > 1]:
        return any(below & others for others in several)  # not of val/images beside train/A, train/B
    return any(below & others for others in beside) or split_part(*below)[0] is None


def _beside_parts(
    labelled: Mapping[str, Part], flat: Sequence[str], others: Sequence[str], inner: Mapping[str, list[Names]]
) -> PartFolders:
    """Read folders of which some are parts with class folders."""
    aside = dict.fromkeys(flat, "in a part without class folders") | dict.fromkeys(
        others, "outside the train, validation and test folders"
    )
    if divides(labelled.values()):
        return PartFolders(labelled, aside)
    if not others:
        return PartFolders(dict.fromkeys(labelled), aside)
    # one part beside folders that are none: a class of vehicles, a person, or all that is meant
    below = {names[0] for name in labelled for names in inner[name] if names}
    if all(map(is_group_name, below)) or any(below & {n[0] for n in inner[other] if n} for other in others):
        return PartFolders()
    if below <= set(others):
        return PartFolders(aside=dict.fromkeys(labelled, "holds the same class folders again"))
    return PartFolders(
        doubt=f"{listed(_order(labelled), 5)} could be a part or a class beside {listed(_order(others), 5)}"
    )


def _beside_classes(named: Mapping[str, Part], others: Sequence[str], inner: Mapping[str, list[Names]]) -> PartFolders:
    """Read folders without class folders that are called like parts, beside others."""
    if any(any(names) for other in others for names in inner[other]):
        return PartFolders(aside=dict.fromkeys(named, "in a part without class folders"))
    if set(named.values()) == {"train"}:
        return PartFolders()  # bus, car, train
    if "train" not in named.values() and len(others) > 1:
        return PartFolders(aside=dict.fromkeys(named, "in a part without class folders"))
    return PartFolders(doubt=f"{listed(_order(named), 5)} could be parts or classes beside {listed(_order(others), 5)}")


def divided_anew(paths: Sequence[Names]) -> str | None:
    """Return the question to ask where the outermost folders are folds (fold_1/train/A), else `None`."""
    outer = {names[0] for names in paths}
    if len(outer) < 2 or not all(map(_FOLD.fullmatch, outer)):
        return None
    if not divides(part_named(names[1]) if len(names) > 1 else None for names in paths):
        return None
    names = _order(outer)
    return f"{listed(names, 3)} divide the same photos each in another way: name one of them, such as PHOTOS/{names[0]}"


def part_level(paths: Sequence[Names], known: Collection[str] = ()) -> bool:
    """Say whether the second of the folders are parts: CLASS/train/photo.jpg, CLASS/test/photo.jpg."""
    if all(part_named(names[0]) for names in paths):
        return False
    second = {names[1] if len(names) > 1 else "" for names in paths}
    parts = {part_named(name) if name not in known else None for name in second}
    return None not in parts and divides(parts)


def _say(found: PartFolders, inner: Mapping[str, list[Names]], notes: list[str]) -> None:
    stated = sorted(found.parts, key=lambda name: (PARTS.index(found.parts[name] or "train"), natural_key(name)))
    if len(set(found.parts.values())) > 1:
        notes.append(f"parts taken from the folders {', '.join(stated)}")
    elif stated:
        notes.append(f"classes read below the folder {', '.join(stated)}")
    for name, reason in sorted(found.aside.items()):
        notes.append(f"{name}: {count(len(inner[name]), 'photo')} not used: {reason}")


def _order(names: Collection[str]) -> list[str]:
    return sorted(names, key=natural_key)
