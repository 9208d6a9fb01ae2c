"""Read train, validation and test off the names of folders, tables and cells."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from unseen.records import Part

_PART_WORDS: Mapping[Part, tuple[str, ...]] = MappingProxyType(
    {
        "train": ("train", "training", "trn"),
        "validation": ("validation", "val", "valid", "validate", "dev", "development"),
        "test": ("test", "testing", "tst", "eval", "evaluation", "holdout", "heldout"),
    }
)
_WORDS: Mapping[str, Part] = MappingProxyType({word: part for part, words in _PART_WORDS.items() for word in words})
# What stands beside the word and means nothing: test_set, images-train, TrainData, test 1, unlabelled_test
_FILLERS = frozenset(
    [
        "set",
        "sets",
        "data",
        "dataset",
        "images",
        "image",
        "imgs",
        "img",
        "photos",
        "photo",
        "pictures",
        "pics",
        "files",
        "folder",
        "split",
        "part",
        "final",
        "new",
        "all",
        "labelled",
        "labeled",
        "unlabelled",
        "unlabeled",
    ]
)
_GLUED = re.compile(rf"({'|'.join(sorted(_WORDS, key=len, reverse=True))})({'|'.join(_FILLERS)})?")
_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]+")


def part_named(name: str) -> Part | None:
    """Return the part that a name states and nothing else (train, Training_Set, val, testData, test 2)."""
    part, rest = split_part(name)
    return part if part and not rest else None


def split_part(name: str) -> tuple[Part | None, tuple[str, ...]]:
    """Return the part that a word of `name` states, and its other words; `None` where none does, or two do.

    `asl_alphabet_train` is train, with the words asl and alphabet: whether it is a part, its siblings tell.
    """
    found: set[Part] = set()
    rest = []
    for token in _TOKEN.findall(name):
        word = token.lower()
        glued = _GLUED.fullmatch(word)
        if glued:
            found.add(_WORDS[glued[1]])
        elif word not in _FILLERS:
            rest.append(word)
    return (found.pop(), tuple(rest)) if len(found) == 1 else (None, tuple(rest))


def first_part(names: Iterable[str]) -> Part | None:
    """Return the part that a word of the first of `names` states that states one, see `split_part`."""
    return next((part for name in names if (part := split_part(name)[0])), None)


def divides(parts: Iterable[Part | None]) -> bool:
    """Say whether what is stated is a division: training photos, and others (of another part, or of none)."""
    stated = set(parts)
    return "train" in stated and len(stated) > 1
