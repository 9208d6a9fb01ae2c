"""Tell by its header what each column of a table of labels means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from unseen.containers.field_names import GROUP_NAMES, LABEL_NAMES
from unseen.photos.part_names import part_named
from unseen.photos.scan import refusal

# The names that tools write, the plainest first: pandas and Keras (filename, class), Hugging Face (file_name), fastai
# (name), Label Studio (image, choice), Vertex AI (ml_use), Kaggle (id, image_id, Img_ID).
_ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "path": (
            "path", "filename", "file", "filepath", "filepaths", "imagepath", "imgpath", "imagename", "imgname",
            "image", "img", "photo", "uri", "gcsfilepath", "name", "fname", "imageid", "imgid", "idcode", "id",
        ),
        "label": LABEL_NAMES,
        "group": GROUP_NAMES,
        "part": ("part", "split", "subset", "mluse", "usage", "fold", "dataset"),
    }
)  # fmt: skip
_ONES = frozenset(("0", "1", "0.0", "1.0", "true", "false"))
_LEAST_EACH = 3  # rows a value, on average: a column of labels repeats them, one of captions or sizes does not


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a table says what. at: position of path, label, group and part, as far as there.

    one_hot: class of each column of ones and zeros, where there is no column of labels. unused: names of the others.
    is_guess: the labels are in the only other column, whatever it is called.
    """

    at: Mapping[str, int]
    one_hot: Mapping[int, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    is_guess: bool = False


def label_columns(header: Sequence[str], rows: Sequence[Sequence[str]] = ()) -> Columns | None:
    """Return what the columns mean, `None` where it is no table of labels.

    header: names as written. rows: cells of the first rows, by which columns of ones and zeros are told.
    """
    plain = [_plain(name) for name in header]
    at: dict[str, int] = {}
    for meaning, names in _ALIASES.items():
        known = next((name for name in map(_plain, names) if plain.count(name) == 1), None)
        if known is not None:
            at[meaning] = plain.index(known)
    if "path" not in at:
        return None
    if "part" in at and plain[at["part"]] != "part" and not all(_is_part(row, at["part"]) for row in rows):
        del at["part"]
    others = [i for i in range(len(header)) if i not in at.values() and header[i].strip()]
    if "label" in at:
        return Columns(at, unused=tuple(header[i].strip() for i in others))
    ones = [i for i in others if rows and all(_cell(row, i).lower() in _ONES for row in rows)]
    marked = [sum(is_one(_cell(row, i)) for i in ones) for row in rows]
    if len(ones) > 1 and 2 * marked.count(1) >= len(rows):
        return Columns(at, {i: header[i].strip() for i in ones}, tuple(header[i] for i in others if i not in ones))
    if len(others) == 1 and _are_labels([_cell(row, others[0]) for row in rows]):
        return Columns(at | {"label": others[0]}, is_guess=True)  # Kaggle: id,breed
    return None


def is_one(cell: str) -> bool:
    """Say whether a cell of a column of ones and zeros marks its class."""
    return cell.strip().lower() in ("1", "1.0", "true")


def _plain(name: str) -> str:
    """Return a column's name without what its writers differ in: File_Name, "file name" and filename are one."""
    return "".join(character for character in name.strip().lower() if character not in " _-")


def _cell(row: Sequence[str], at: int) -> str:
    return row[at].strip() if at < len(row) else ""


def _are_labels(cells: Sequence[str]) -> bool:
    """Say whether values repeat as those of classes do; measures with decimals are none."""
    values = set(cells) - {""}
    is_measure = any(re.fullmatch(r"-?[0-9]*\.[0-9]*[1-9][0-9]*", value) for value in values)
    return not is_measure and 2 <= len(values) <= len(cells) / _LEAST_EACH


def headless_columns(cells: Sequence[str]) -> Columns | None:
    """Return what the columns of a table without a header mean (photo.jpg,label or TRAIN,uri,label of Vertex AI).

    cells: its first row. `None` where it is no table of labels.
    """
    paths = [i for i, cell in enumerate(cells) if "." in cell and refusal(cell.strip()) is None]
    if len(paths) != 1 or len(cells) < 2 or sum(map(_is_number, cells)) >= 4:  # four numbers are a box
        return None
    parts = [i for i in range(paths[0]) if part_named(cells[i]) or cells[i].strip().lower() == "unassigned"]
    labels = [i for i in range(len(cells)) if i not in (*paths, *parts) and cells[i].strip()]
    if not labels:
        return None
    return Columns({"path": paths[0], "label": labels[0]} | ({"part": parts[0]} if parts else {}))


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"-?[0-9]+(?:\.[0-9]*)?", cell.strip()))


def _is_part(row: Sequence[str], at: int) -> bool:
    return not _cell(row, at) or part_named(row[at]) is not None
