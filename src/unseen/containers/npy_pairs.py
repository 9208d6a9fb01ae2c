"""Read pictures and labels from pairs of NumPy files, such as `X.npy` and `Y.npy`."""

import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unseen.containers.kept_images import ImageRow, distinct_parts, files_key, keep_images, png
from unseen.errors import UnseenError
from unseen.photos.part_names import part_named
from unseen.records import Part, PhotoSet, Uint8Array
from unseen.text import count

Array = npt.NDArray[Any]

_WORDS = re.compile(r"[A-Za-z][a-z]*|[0-9]+")
_PICTURES = frozenset(("x", "image", "images", "imgs", "data", "features", "pixels"))
_LABELS = frozenset(("y", "label", "labels", "class", "classes", "target", "targets"))


@dataclass(frozen=True, slots=True)
class Pair:
    """A file of pictures, the file of their labels, and the part that their names or folders state."""

    pictures: Path
    labels: Path
    part: Part | None


def find_pairs(folder: Path) -> list[Pair]:
    """Return the pairs in `folder` and below it, whose names differ in the word for pictures or labels alone."""
    halves: dict[tuple[Path, tuple[str, ...]], dict[str, Path]] = {}
    for file in sorted(folder.rglob("*.[nN][pP][yY]")):
        words = tuple(word.lower() for word in _WORDS.findall(file.stem))
        for kind, names in (("pictures", _PICTURES), ("labels", _LABELS)):
            if len(named := [word for word in words if word in names]) == 1:
                rest = tuple(word for word in words if word != named[0])
                halves.setdefault((file.parent, rest), {})[kind] = file
    return [
        Pair(both["pictures"], both["labels"], next(filter(None, map(part_named, (*rest, parent.name))), None))
        for (parent, rest), both in halves.items()
        if len(both) == 2
    ]


def read_npy(source: Path) -> PhotoSet:
    """Return the pictures of the pairs in the folder `source`, or of the pair that the file `source` is half of.

    Pictures are (N, H, W), (N, H, W, C) or (N, C, H, W), uint8 or numbers from 0 to 1 or to 255. Labels are N numbers
    or texts, or one-hot rows (N, classes). Nothing is unpickled.
    """
    root = source if source.is_dir() else source.parent
    pairs = find_pairs(root)
    if source.is_file():
        pairs = [pair for pair in pairs if source in (pair.pictures, pair.labels)]
        if not pairs:
            raise UnseenError(f"{source} has no partner: put X.npy (pictures) and Y.npy (labels) into one folder")
    files = [file for pair in pairs for file in (pair.pictures, pair.labels)]
    names = [pair.pictures.relative_to(root).as_posix() for pair in pairs]
    notes = [f"pictures of {name}, labels of {pair.labels.name}" for name, pair in zip(names, pairs, strict=True)]
    key = files_key(f"npy pairs 2 {names}", files)
    return distinct_parts(keep_images(source, key, lambda: chain.from_iterable(map(_rows, names, pairs)), notes))


def _rows(name: str, pair: Pair) -> Iterator[ImageRow]:
    pictures, labels = _load(pair.pictures), _labels(pair.labels)
    if len(pictures) != len(labels):
        raise UnseenError(
            f"{pair.pictures} has {count(len(pictures), 'picture')}, {pair.labels} {count(len(labels), 'label')}: "
            "name files that belong together"
        )
    last = _channels_last(pair.pictures, pictures)
    scale = _scale(pair.pictures, pictures)
    for number, label in enumerate(labels):
        picture = _picture(last(pictures[number]), scale)
        yield ImageRow(f"{name}/{number}.png", label, picture, part=pair.part)


def _load(file: Path) -> Array:
    try:
        array: Array = np.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        why = "it holds Python objects" if "allow_pickle" in str(error) else str(error).partition("\n")[0]
    except (tokenize.TokenError, SyntaxError, TypeError, OverflowError):
        why = "its header is damaged"
    else:
        return array
    raise UnseenError(f"{file} cannot be read ({why}): save it again as an array of numbers or texts")


def _labels(file: Path) -> list[str]:
    array = _load(file)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and ((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all():
        array = array.argmax(axis=1)
    if array.ndim != 1:
        raise UnseenError(f"{file} has the shape {array.shape}: it must hold one label a picture, or one-hot rows")
    if array.dtype.kind == "f" and (array == np.floor(array)).all():
        array = array.astype(np.int64)
    if array.dtype.kind not in "iubUS":
        raise UnseenError(f"{file} holds {array.dtype}: labels must be whole numbers, texts or one-hot rows")
    return [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in array.tolist()]


def _channels_last(file: Path, pictures: Array) -> Callable[[Array], Array]:
    """Return the function that turns one picture into (H, W) or (H, W, 3 or 4)."""
    shape = pictures.shape[1:]
    if len(shape) == 2:
        return np.asarray
    if len(shape) == 3 and shape[2] in (1, 3, 4) and shape[2] <= shape[0]:
        return (lambda one: one[..., 0]) if shape[2] == 1 else np.asarray
    if len(shape) == 3 and shape[0] in (1, 3, 4):
        return (lambda one: one[0]) if shape[0] == 1 else (lambda one: np.moveaxis(one, 0, -1))
    raise UnseenError(f"{file} has the shape {pictures.shape}: pictures are (N, H, W), (N, H, W, 3) or (N, 3, H, W)")


def _scale(file: Path, pictures: Array) -> float | None:
    """Return what the values are multiplied by to lie in 0 to 255; `None` where they do as they are."""
    if pictures.dtype == np.uint8 or not pictures.size:
        return None
    if pictures.dtype.kind not in "fiub":
        raise UnseenError(f"{file} holds {pictures.dtype}: pictures are uint8, or numbers from 0 to 1 or to 255")
    ranges = [(float(one.min()), float(one.max())) for one in pictures]  # a picture at a time: the file may be large
    low, high = min(one for one, _ in ranges), max(one for _, one in ranges)
    if not 0 <= low <= high <= 255:  # NaN fails too
        raise UnseenError(
            f"{file} has values from {low:g} to {high:g}: pictures are numbers from 0 to 1 or to 255, "
            "not normalised ones"
        )
    return 255.0 if high <= 1 else 1.0


def _picture(picture: Array, scale: float | None) -> bytes:
    if scale is None:
        return png(np.ascontiguousarray(picture, np.uint8))
    pixels: Uint8Array = np.rint(np.asarray(picture, np.float64) * scale).astype(np.uint8)
    return png(np.ascontiguousarray(pixels))
