"""Order class names, check them and choose among them."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from unseen.errors import UnseenError
from unseen.photos.natural import natural_key
from unseen.records import PARTS, Part, Photo, PhotoSet, Rejected
from unseen.text import count, for_shell

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def tidy(name: str) -> str:
    """Return a class or group name as people mean it: macOS stores accents apart from their letters (NFD)."""
    return unicodedata.normalize("NFC", name).strip()


def in_figures(name: str) -> str:
    """Return a number word up to nine in figures, any other name as it is."""
    return str(NUMBERS.index(name.lower())) if name.lower() in NUMBERS else name


def place_of_class(name: str, classes: Sequence[str]) -> int | None:
    """Return the index of the class that `name` means: as it is, in another case, as a figure or a word; or `None`."""
    if name in classes:
        return classes.index(name)
    plain, known = in_figures(name.strip()).lower(), [in_figures(other).lower() for other in classes]
    return known.index(plain) if known.count(plain) == 1 else None


def photo_set(photos: Iterable[Photo], rejected: Iterable[Rejected], notes: Iterable[str]) -> PhotoSet:
    """Return the photos as one set; its classes are the labels in natural order."""
    chosen, said = _one_spelling(tuple(photos))
    classes = tuple(sorted({photo.label for photo in chosen}, key=natural_key))
    folded = Counter(map(_plain, classes))
    twins = [name for name in classes if folded[_plain(name)] > 1]
    more = [f"classes that differ only in case or zeros in front are kept apart: {', '.join(twins)}"] if twins else []
    return PhotoSet(chosen, tuple(rejected), classes, (*notes, *said, *more))


def _plain(name: str) -> str:
    return name.casefold().lstrip("0") or "0"


def _one_spelling(photos: tuple[Photo, ...]) -> tuple[tuple[Photo, ...], list[str]]:
    """Join classes that differ only in case where no part has both (train/rock, test/Rock), as the first part does."""
    spelt: dict[str, dict[str, set[Part | None]]] = defaultdict(lambda: defaultdict(set))
    for photo in photos:
        spelt[photo.label.casefold()][photo.label].add(photo.part)
    joined = {}
    for names in spelt.values():
        parts = [part for stated in names.values() for part in stated]
        if len(names) > 1 and len(parts) == len(set(parts)) and None not in parts:
            first = min(names, key=lambda name: min(PARTS.index(part) for part in names[name] if part))
            joined.update({name: first for name in names if name != first})
    if not joined:
        return photos, []
    pairs = ", ".join(f"{name} as {first}" for name, first in joined.items())
    note = f"classes that differ only in case, in different parts, are one: {pairs}"
    return tuple(replace(photo, label=joined.get(photo.label, photo.label)) for photo in photos), [note]


def check_classes(photos: PhotoSet, least: int = 3) -> None:
    """Raise `UnseenError` unless there are two classes or more, each with at least `least` photos.

    Call it again after decoding, when rejected photos are out of the set.
    """
    sizes = Counter(photo.label for photo in photos.photos)
    if not sizes:
        raise UnseenError("no usable photos: see the rejected ones and their reasons")
    if len(photos.classes) < 2:
        raise UnseenError(f"one class only, {photos.classes[0]!r}: add a folder of photos for a second class")
    for name in photos.classes:
        if sizes[name] < least:
            rest = [other for other in photos.classes if sizes[other] >= least]
            raise UnseenError(
                f"class {name!r} has {count(sizes[name], 'photo')}, {least} are the least: add photos{without(rest)}"
            )


def without(rest: Sequence[str]) -> str:
    """Return the advice to go on with the classes `rest`, empty where a class or none is no choice."""
    return f", or leave the class out with --classes {for_shell(rest)}" if len(rest) > 1 else ""


def select_classes(photos: PhotoSet, names: Sequence[str]) -> PhotoSet:
    """Return the set with only the classes in `names`; raise `UnseenError` for an unknown name."""
    wanted = {tidy(name) for name in names}
    unknown = sorted(wanted - set(photos.classes), key=natural_key)
    if unknown:
        raise UnseenError(f"no class {unknown[0]!r}: the classes are {', '.join(photos.classes)}")
    left_out = [name for name in photos.classes if name not in wanted]
    kept = photos.select([i for i, photo in enumerate(photos.photos) if photo.label in wanted])
    rejected = tuple(row for row in photos.rejected if row.label is None or row.label in wanted)
    classes = tuple(name for name in photos.classes if name in wanted)
    notes = (f"classes left out: {', '.join(left_out)}",) if left_out else ()
    return replace(kept, classes=classes, rejected=rejected, notes=(*photos.notes, *notes))
