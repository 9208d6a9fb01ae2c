"""Find the tables that lie beside photos: of labels, of pixels, of boxes; and say which one is not read."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unseen.errors import UnseenError
from unseen.photos.part_names import first_part
from unseen.photos.scan import Scan, scan
from unseen.records import Part
from unseen.sources.box_files import NamedBoxes, coco_boxes, createml_boxes, csv_boxes
from unseen.sources.csv_table import kind_of
from unseen.sources.label_rows import LabelFile, labels_in, read_json, read_label_file

_NO_LABELS = ("submission", "sample_submission", "samplesubmission")  # Kaggle's: made-up labels to be replaced
# Lists of labels in a form that is not read.
_LABELS = re.compile(
    r"(?:label|annotation|class|train|test|list)[^/]*\.(?:txt|xlsx?|ods|xml|ya?ml|mat)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of labels beside photos, and the part that its name or its folder states."""

    file: Path
    labels: LabelFile
    part: Part | None
    prefix: str  # the way to its folder
    is_plain: bool  # its header says path,label: made for this


def tables_beside(folder: Path, below: Scan) -> tuple[list[Table], list[Path], dict[Path, NamedBoxes]]:
    """Return the tables of labels, of pixels and of boxes; what is none of them, nobody named, may be anything."""
    tables, pixels, boxes = [], [], {}
    for file in below.tables:
        try:
            if file.suffix.lower() == ".csv" and kind_of(file) == "pixels":
                pixels.append(file)
                continue
            is_json = file.suffix.lower() == ".json"
            content = read_json(file) if is_json else None
            if found := _boxes_in(file, content):
                boxes[file] = found
            elif file.stem.lower() in _NO_LABELS:
                continue
            elif labels := labels_in(file, content) if is_json else read_label_file(file):
                relative = file.relative_to(folder).parts
                names = (file.stem, *reversed(relative[:-1]))
                part = first_part(names)
                prefix = "".join(f"{name}/" for name in relative[:-1])
                tables.append(Table(file, labels, part, prefix, labels.is_plain and len(relative) <= 2))
        except UnseenError:
            continue
    return tables, pixels, boxes


def _boxes_in(file: Path, content: Any) -> NamedBoxes | None:
    kinds = {"COCO annotations": coco_boxes(content), "Create ML annotations": createml_boxes(content)}
    if file.suffix.lower() == ".csv":
        kinds = {f"boxes in {file.name}": csv_boxes(file)}
    return next(((what, found) for what, found in kinds.items() if found), None)


def unread_table(folder: Path) -> str:
    """Say which file beside photos may hold their labels but is not read, and what to do; empty where there is none."""
    below = scan(folder)
    for file in below.tables:
        try:
            is_pixels = file.suffix.lower() == ".csv" and kind_of(file) == "pixels"
            if file.stem.lower() in _NO_LABELS:
                continue
            if not is_pixels and not read_label_file(file) and not _is_of_one(file, below):
                return f"{file.name} beside the photos is no table that is known: write path,label"
        except UnseenError as error:
            return str(error)
    for row in below.rejected:
        if _LABELS.search(row.path) and row.path.count("/") < 2:
            return f"{row.path} is not read: save it as a CSV of path,label"
    return ""


def _is_of_one(file: Path, below: Scan) -> bool:
    """Say whether a file is what a program wrote of one photo or one folder: IMG_1.jpg.json, metadata.json."""
    return file.suffix.lower() == ".json" and len(below.tables) > 1
