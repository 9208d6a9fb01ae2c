"""Find the photo that an augmented copy was made from, by its file name.

Programs that write augmented copies put words, numbers and hashes around the name of the source:
`A0_jpg.rf.<hash>.jpg` (Roboflow), `A_original_A0.jpg_<uuid>.jpg` (Augmentor), `A0_flip.jpg`, `A0_aug2.jpg`,
`rot15_A0.jpg`, `A0 - Copy (2).jpg`. What is left without them is the stem. Names that may be mere numbering
(`A (7)`, `A_7`) are left to the pixels.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from unseen.records import Photo

MOST_COPIES = 64  # of one source; `hand_aug_1` to `hand_aug_500` is a series
MOST_SHARE = 0.5  # of a class in one stem, unless the source itself is there: `hand_flip1`, `hand_flip2` name no source
MOST_REPEATS = 8  # `A`, `A (1)`, `A (2)`: copies; a browser that saves every photo as `A` makes more

MOSTLY_UNIQUE = 0.75  # share of second numbers met once, if they are drawn at random of 10,000

# What a copy is called after, and what may stand beside it: `horizontal_flip`, `rot_left_90`, `gaussian_noise`.
ALTERED = frozenset(
    re.findall(
        r"\w+",
        "aug augm augment augmented augmentation albumentation albumentations imgaug transformed distorted copy"
        " copia kopie copie flip flipped hflip vflip fliph flipv fliplr flipud mirror mirrored rot rotate rotated"
        " rotation crop cropped zoom zoomed scale scaled shift shifted translate translated translation shear"
        " sheared skew skewed affine perspective elastic warp warped cutout erased erasing bright brighter"
        " brightened brightness dark darker darkened contrast gamma exposure saturated saturation hue jitter"
        " colorjitter colourjitter recolored recoloured grayscale greyscale gray grey blur blurred noise noisy"
        " sharpen sharpened sharpness clahe equalize equalized invert inverted gaussian median"
        " emboss solarize posterize",
    )
)
BESIDE = frozenset(
    re.findall(
        r"\w+",
        "h v x y lr ud hor ver horiz vert horizontal horizontally vertical vertically left right up down in out cw ccw"
        " clockwise by deg degree degrees px of random gauss salt pepper motion color colour",
    )
)
_TOKEN = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)?")
_ROBOFLOW = re.compile(r"(.+)\.rf\.[0-9A-Za-z]{16,}")
_AUGMENTOR = re.compile(r"(?:.*?_)?original_(.+)_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_EXTENSION = re.compile(r"(.+)[._](?:jpe?g|png|bmp|webp|tiff?)", re.IGNORECASE)
_REPEATED = re.compile(r"(.*\S) ?\(\d{1,3}\)")
# `_3_4711` is what Keras writes without a prefix.
_TWO_NUMBERS = re.compile(r"(_|.*[^\W\d_][_-])(\d+)[_-](\d+)")


@dataclass(frozen=True, slots=True)
class Stems:
    """What names say of N photos: which are copies of one source.

    sources: N keys, equal for copies of one source, `None` where the name says nothing. altered: N, whether the name is
    not the source's own. photos: N photos under the names of their sources, for rules that read names.
    """

    sources: tuple[str | None, ...]
    altered: tuple[bool, ...]
    photos: tuple[Photo, ...]

    def telling(self, positions: Iterable[int]) -> list[int]:
        """Return those of `positions` whose names may tell a session: one a source, without `aug_3` and the like."""
        seen: set[str | None] = set()
        kept = []
        for i in positions:
            words = set(re.findall(r"[^\W\d_]+", PurePosixPath(self.photos[i].path).stem.casefold()))
            if self.sources[i] not in seen and not (words & ALTERED and words <= ALTERED | BESIDE):
                kept.append(i)
            seen |= {self.sources[i]} - {None}
        return kept


def name_stems(photos: Sequence[Photo]) -> Stems:
    """Read the names of `photos`. A stem counts only within one folder and class, and if several photos have it."""
    paths = [PurePosixPath(photo.path) for photo in photos]
    names = [path.stem for path in paths]
    folders = [f"{path.parent}/{photo.label}" for path, photo in zip(paths, photos, strict=True)]
    read = [_stem(name, photo.label) for name, photo in zip(names, photos, strict=True)]
    stems, certain = [stem for stem, _ in read], [sure for _, sure in read]
    _read_two_numbers(folders, stems)
    sizes = Counter(folders)
    for members in _sharing(folders, stems):
        changed = [i for i in members if names[i] != stems[i]]
        itself = len(changed) < len(members)
        numbered = itself or any(c.isdigit() for c in stems[members[0]])  # else it is a person, or the class
        few = itself or len(members) <= MOST_SHARE * sizes[folders[members[0]]]
        if not all(certain[i] for i in changed) and not (numbered and few and len(members) <= MOST_COPIES):
            for i in members:
                stems[i] = names[i]
    _read_repeats(folders, stems)
    sources: list[str | None] = [None] * len(photos)
    named = list(photos)
    for members in _sharing(folders, stems):
        for i in members:
            sources[i] = f"{folders[i]}/{stems[i]}"
            named[i] = replace(photos[i], path=str(paths[i].with_name(stems[i] + paths[i].suffix)))
    altered = tuple(stem != name for stem, name in zip(stems, names, strict=True))
    return Stems(tuple(sources), altered, tuple(named))


def _read_two_numbers(folders: Sequence[str], stems: list[str]) -> None:
    """Shorten `aug_3_4711`, in place: to `aug_3` where the second number is Keras's random one, else to `4711`."""
    found: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for i, stem in enumerate(stems):
        match = _TWO_NUMBERS.fullmatch(stem)
        if match and (match[1] == "_" or set(re.findall(r"[^\W\d_]+", match[1].casefold())) & ALTERED):
            found[folders[i]].append((i, f"{match[1]}{match[2]}", match[3]))
    for members in found.values():
        random = len({second for _, _, second in members}) > MOSTLY_UNIQUE * len(members)
        for i, first, second in members:
            stems[i] = first if random else second


def _read_repeats(folders: Sequence[str], stems: list[str]) -> None:
    """Shorten `A (1)` to `A` where there is an `A`, in place."""
    plain = [match[1] if (match := _REPEATED.fullmatch(stem)) else stem for stem in stems]
    for members in _sharing(folders, plain):
        different = {stems[i] for i in members}
        if plain[members[0]] in different and 1 < len(different) <= MOST_REPEATS:
            for i in members:
                stems[i] = plain[i]


def _sharing(folders: Sequence[str], stems: Sequence[str]) -> list[list[int]]:
    """Return the positions of each stem that several photos of one folder have."""
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, key in enumerate(zip(folders, stems, strict=True)):
        members[key].append(i)
    return [same for same in members.values() if len(same) > 1]


def _stem(name: str, label: str) -> tuple[str, bool]:
    """Return the stem of a file name, and whether no person would have named a photo so."""
    for pattern in (_ROBOFLOW, _AUGMENTOR):
        if match := pattern.fullmatch(name):
            source = match[1]
            return (inner[1] if (inner := _EXTENSION.fullmatch(source)) else source), True
    words = ALTERED - set(re.findall(r"[^\W\d_]+", label.casefold()))
    stem = name
    while (shorter := _without_prefix(_without_suffix(stem, words), words)) != stem:
        stem = shorter
    return stem, False


def _without_suffix(name: str, words: frozenset[str]) -> str:
    """Cut a word of `words` off the end, with the numbers behind it and what stands beside it."""
    tokens = list(_TOKEN.finditer(name))
    end = len(tokens)
    while end and _beside(tokens[end - 1].group()):
        end -= 1
    if not end or tokens[end - 1].group().casefold() not in words:
        return name
    end -= 1
    while end and tokens[end - 1].group().casefold() in BESIDE:
        end -= 1
    kept = name[: tokens[end].start()].rstrip("_-. (")
    return kept if _TOKEN.search(kept) else name


def _without_prefix(name: str, words: frozenset[str]) -> str:
    """Cut a word of `words` off the beginning, with a number that belongs to it.

    Of two numbers behind a word (`aug_3_4711`) nobody knows which is the source: such a name stays.
    """
    tokens = list(_TOKEN.finditer(name))
    start = 0
    while start < len(tokens) and tokens[start].group().casefold() in BESIDE:
        start += 1
    if start >= len(tokens) or tokens[start].group().casefold() not in words:
        return name
    start += 1
    while start < len(tokens) and tokens[start].group().casefold() in BESIDE:
        start += 1
    rest = tokens[start:]
    attached = bool(rest) and rest[0].group()[0].isdigit() and rest[0].start() == tokens[start - 1].end()
    lettered = any(token.group()[0].isalpha() for token in rest)
    apart = len(rest) > 1 and rest[0].end() < rest[1].start()
    if apart and rest[0].group()[0].isdigit() and (attached or lettered):
        rest = rest[1:]
    elif len(rest) > 1 and not lettered:
        return name
    return name[rest[0].start() :] if rest else name


def _beside(token: str) -> bool:
    return token[0].isdigit() or token.casefold() in BESIDE
