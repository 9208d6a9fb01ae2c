"""Read files that label photos, whichever tool wrote them, as rows of path, label, group and part."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from unseen.errors import UnseenError
from unseen.photos.part_names import first_part
from unseen.photos.scan import refusal
from unseen.sources.class_list import names_of_numbers
from unseen.sources.csv_table import open_table
from unseen.sources.label_columns import Columns, headless_columns, is_one, label_columns

MAX_JSON_BYTES = 512 * 2**20
_LOOKED_AT = 20_000  # rows that tell what the columns mean


@dataclass(frozen=True, slots=True)
class LabelRow:
    """What one line says. where: the line, for messages. Cells are as written; '' where there is none."""

    where: str
    path: str
    label: str
    group: str = ""
    part: str = ""
    reason: str = ""  # why the line cannot be used


@dataclass(frozen=True, slots=True)
class LabelFile:
    """The rows of one file and sentences for the screen.

    is_plain: its header says path and label, as ours does. is_guess: no header says which column holds the labels.
    """

    rows: tuple[LabelRow, ...]
    notes: tuple[str, ...] = ()
    is_plain: bool = False
    is_guess: bool = False


def read_label_file(file: Path) -> LabelFile | None:
    """Return the rows of `file`, `None` where it is no table of labels.

    CSV with a header (`path,label`, `filename,class`, one column of ones and zeros a class, ...) or without one
    (`photo.jpg,label`, Vertex AI), JSON of Label Studio and FiftyOne, JSON lines of Hugging Face and Vertex AI.
    Raises `UnseenError` where it is no text.
    """
    suffix = file.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return _read_csv(file)
    if suffix in (".json", ".jsonl"):
        return labels_in(file, read_json(file))
    return None


def _read_csv(file: Path) -> LabelFile | None:
    with open_table(file, as_written=True) as (header, rows):
        first = list(islice(rows, _LOOKED_AT))
        if not first:
            return None
        columns = label_columns(header, [cells for _, cells in first])
        if columns is None:
            columns = headless_columns(header)
            first = [(1, list(header)), *first]
        if columns is None:
            return None
        found = [_csv_row(f"{file.name} line {line}", cells, columns) for line, cells in chain(first, rows)]
    named, said = names_of_numbers(file, {row.label for row in found if row.label})
    found = [replace(row, label=named.get(row.label, row.label)) for row in found] if named else found
    notes = [f"{file.name}: {said}"] if said else []
    if columns.is_guess:
        notes.append(f"{file.name}: labels are its column {header[columns.at['label']]!r}, the only one beside names")
    if columns.unused:
        notes.append(f"{file.name}: columns not used: {', '.join(columns.unused[:10])}")
    plain = {"path", "label"} <= {name.lower() for name in header}
    return LabelFile(tuple(found), tuple(notes), plain, columns.is_guess)


def _csv_row(where: str, cells: list[str], columns: Columns) -> LabelRow:
    cell = {name: cells[at].strip() if at < len(cells) else "" for name, at in columns.at.items()}
    label, reason = cell.get("label", ""), ""
    if columns.one_hot:
        chosen = [name for at, name in columns.one_hot.items() if at < len(cells) and is_one(cells[at])]
        label = chosen[0] if len(chosen) == 1 else ""
        reason = "" if len(chosen) == 1 else f"{len(chosen)} classes are marked, one is needed"
    return LabelRow(where, cell["path"], label, cell.get("group", ""), cell.get("part", ""), reason)


def read_json(file: Path) -> Any:
    """Return what a JSON file holds, a list for JSON lines; `None` where it is none. Raises where it cannot be read."""
    try:
        if file.stat().st_size > MAX_JSON_BYTES:
            return None
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix.lower() == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return json.loads(text)
    except OSError as error:
        raise UnseenError(f"{file} cannot be read ({error.strerror}): check its permissions") from None
    except (ValueError, RecursionError):
        return None


def labels_in(file: Path, content: Any) -> LabelFile | None:
    """Return the rows of `content`, which `read_json` read of `file`; `None` where it is no table of labels."""
    if isinstance(content, dict) and isinstance(content.get("samples"), list):
        content = content["samples"]  # a whole data set of FiftyOne
    if isinstance(content, dict) and isinstance(content.get("labels"), dict):
        rows = list(_fiftyone_rows(content))
    elif isinstance(content, list) and content and all(isinstance(entry, dict) for entry in content):
        rows = [row for at, entry in enumerate(content, 1) if (row := _entry_row(f"{file.name} entry {at}", entry))]
    else:
        rows = list(_plain_rows(content))
    return LabelFile(tuple(rows)) if rows else None


def _plain_rows(content: Any) -> Iterator[LabelRow]:
    """Yield the rows of {"photo.jpg": "fist"} or {"fist": ["photo.jpg"]}; nothing where it is neither."""
    pairs = list(_mapping(content).items())
    if pairs and all(isinstance(label, str | int) and refusal(path) is None for path, label in pairs):
        yield from (LabelRow(path, path, str(label)) for path, label in pairs)
    elif pairs and all(_are_photos(paths) for _, paths in pairs):
        yield from (LabelRow(path, path, label) for label, paths in pairs for path in paths)


def _are_photos(paths: Any) -> bool:
    return isinstance(paths, list) and all(isinstance(path, str) and refusal(path) is None for path in paths)


def _fiftyone_rows(content: Mapping[str, Any]) -> Iterator[LabelRow]:
    """Yield the rows of FiftyOne's image classification format: {"classes": [...], "labels": {"photo": 0}}."""
    classes = content.get("classes") or []
    for path, label in content["labels"].items():
        stated = label if isinstance(label, list) else [label]  # a list where a photo may have several
        labels = {one.get("label") if isinstance(one, dict) else one for one in stated if not isinstance(one, list)}
        reason = f"{len(labels)} classes are stated, one is needed" if len(labels) != 1 else ""
        label = None if reason else labels.pop()
        if isinstance(label, int) and isinstance(classes, list) and 0 <= label < len(classes):
            label = classes[label]
        yield LabelRow(str(path), str(path), "" if label is None else str(label), reason=reason)


def _entry_row(where: str, entry: Mapping[str, Any]) -> LabelRow | None:
    return next((row for read in _ENTRIES.values() if (row := read(where, entry))), None)


def _label_studio_row(where: str, entry: Mapping[str, Any]) -> LabelRow | None:
    """Read a task with its first choice: {"data": {"image": ...}, "annotations": [{"result": [...]}]}."""
    stated, annotations = entry.get("data"), entry.get("annotations")
    if not isinstance(stated, dict) or not isinstance(annotations, list):
        return None
    path = next((value for key, value in stated.items() if key in ("image", "img", "photo", "url")), None)
    results = [_mapping(result) for one in annotations for result in _sequence(_mapping(one).get("result"))]
    values = [_mapping(result.get("value")) for result in results]
    choices = [choice for value in values for choice in _sequence(value.get("choices"))]
    labels = {str(choice) for choice in choices if isinstance(choice, str | int)}
    reason = "" if len(labels) == 1 else f"{len(labels)} classes are chosen, one is needed"
    return LabelRow(where, str(path or ""), labels.pop() if len(labels) == 1 else "", reason=reason)


def _fiftyone_sample(where: str, entry: Mapping[str, Any]) -> LabelRow | None:
    """Read a sample: {"filepath": ..., "tags": ["train"], "ground_truth": {"_cls": "Classification", "label": ...}}."""
    fields = [value for value in entry.values() if isinstance(value, dict) and value.get("_cls") == "Classification"]
    stated = _mapping(entry.get("ground_truth")) or next(iter(fields), {})
    if "filepath" not in entry or not isinstance(stated.get("label"), str):
        return None
    tags = [tag for tag in _sequence(entry.get("tags")) if isinstance(tag, str)]
    return LabelRow(where, str(entry["filepath"]), stated["label"], part=first_part(tags) or "")


def _vertex_row(where: str, entry: Mapping[str, Any]) -> LabelRow | None:
    """Read a line for Vertex AI: {"imageGcsUri": ..., "classificationAnnotation": {"displayName": ...}}."""
    if "imageGcsUri" not in entry or not isinstance(entry.get("classificationAnnotation"), dict):
        return None
    part = _mapping(entry.get("dataItemResourceLabels")).get("aiplatform.googleapis.com/ml_use", "")
    return LabelRow(
        where, str(entry["imageGcsUri"]), str(entry["classificationAnnotation"].get("displayName", "")), part=str(part)
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    """Return an object of a file that anything may stand in; empty where it is none."""
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> Sequence[Any]:
    """Return a list of a file that anything may stand in; empty where it is none."""
    return value if isinstance(value, list) else ()


def _flat_row(where: str, entry: Mapping[str, Any]) -> LabelRow | None:
    """Read an entry whose keys are those of a table's columns: {"file_name": ..., "label": ...}."""
    names = [name for name, value in entry.items() if isinstance(value, str | int | float)]
    columns = label_columns(names)
    if columns is None:
        return None
    return _csv_row(where, [str(entry[name]) for name in names], columns)


_ENTRIES: Mapping[str, Callable[[str, Mapping[str, Any]], LabelRow | None]] = MappingProxyType(
    {
        "Label Studio": _label_studio_row,
        "FiftyOne": _fiftyone_sample,
        "Vertex AI": _vertex_row,
        "Hugging Face": _flat_row,
    }
)
