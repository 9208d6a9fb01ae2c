"""Find folders that repeat what their siblings hold: the same class folders, or the same files."""

import filecmp
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from unseen.photos.part_names import part_named
from unseen.photos.scan import Found
from unseen.text import count, listed

# In the languages of some systems: A - Copy, A - Kopie (2), A (2)
_COPY = re.compile(
    r"(.+?)(?:[ _-]+(?:copy|kopie|copie|c[oó]pia|kopia|kopi|копия|副本|コピー)(?: ?\(?\d+\)?)?| ?\(\d+\))",
    re.IGNORECASE,
)
_SAME_FILES = 0.9  # share of a folder's files that its siblings hold too, from which it is a copy


def repeated_folders(items: Sequence[tuple[Found, tuple[str, ...]]]) -> dict[str, str]:
    """Return the outermost folders that repeat their siblings, with a sentence for the screen.

    items: files with the names of their folders. Kaggle's rock-paper-scissors holds `rps-cv-images/` with copies of the
    three class folders beside it.
    """
    paths: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    files: dict[str, list[Found]] = defaultdict(list)
    for found, names in items:
        paths[names[0]].add(names[1:])
        files[names[0]].append(found)
    inner = {name: _class_folders(below) for name, below in paths.items()}
    repeats: dict[str, str] = {}
    for name, below in inner.items():
        siblings = set(inner) - {name}
        if len(below) > 1 and below <= siblings:
            repeats[name] = f"it holds {listed(sorted(below), 3)} again, which lie beside it"
    for name, original in copied_names(inner).items():
        if paths[name] <= paths[original] and _share_held(files[name], files[original], name, original) >= _SAME_FILES:
            repeats[name] = f"it holds the files of {original!r} again"
    for name in [name for name in inner if name not in repeats and not inner[name]]:
        others = {other: found for other, found in files.items() if other != name and other not in repeats}
        if len(others) > 1 and (copied := _copied_files(files[name], others)):
            repeats[name] = (
                f"{count(copied, 'file')} of it also {'lies' if copied == 1 else 'lie'} in the folders beside it"
            )
    return repeats


def copied_names(names: Collection[str]) -> dict[str, str]:
    """Return the names that systems give to a copy of another one of `names`: A - Copy, A copy 2, A (2)."""
    matches = {name: match[1] for name in names if (match := _COPY.fullmatch(name))}
    return {name: original for name, original in matches.items() if original in names}


def _class_folders(paths: Collection[tuple[str, ...]]) -> set[str]:
    """Return the names of what may be class folders in `paths`, below folders of parts: split/train/A, split/val/A."""
    names = {path[0] for path in paths if path}
    if names and all(map(part_named, names)) and all(len(path) > 1 for path in paths):
        return _class_folders({path[1:] for path in paths})
    return names


def _share_held(own: Sequence[Found], others: Sequence[Found], name: str, original: str) -> float:
    """Return how many of the files `own`, in the folder `name`, lie in `original` under the same path."""
    twins = {_below(found, original): found for found in others}
    held = (_below(found, name) for found in own)
    return sum(path in twins and _is_same(found, twins[path]) for path, found in zip(held, own, strict=True)) / len(own)


def _below(found: Found, folder: str) -> str:
    return "/".join((*found.parts[found.parts.index(folder) + 1 :], found.file.name))


def _copied_files(own: Sequence[Found], others: Mapping[str, Sequence[Found]]) -> int:
    """Return how many of `own` lie in two or more of `others` too; 0 where that is not nearly all of them."""
    copies = dict.fromkeys(others, 0)
    twins: dict[str, list[tuple[str, Found]]] = defaultdict(list)
    for other, files in others.items():
        for found in files:
            twins[found.file.name].append((other, found))
    for found in own:
        for other, twin in twins.get(found.file.name, ()):
            if _is_same(found, twin):
                copies[other] += 1
                break
        else:
            if sum(copies.values()) == 0:  # the first file of a folder of its own has no twin
                return 0
    copied = sum(copies.values())
    return copied if sum(map(bool, copies.values())) > 1 and copied >= _SAME_FILES * len(own) else 0


def _is_same(one: Found, other: Found) -> bool:
    try:
        return filecmp.cmp(one.file, other.file, shallow=False)
    except OSError:
        return False
