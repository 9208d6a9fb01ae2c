"""Read images and labels from batches of Arrow columns, as Parquet files and Hugging Face data sets hold them."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unseen.containers.field_names import FILE_NAMES, GROUP_NAMES, LABEL_NAMES, Fields, PathNames, first_named
from unseen.containers.kept_images import ImageRow
from unseen.errors import UnreadablePhoto, UnseenError
from unseen.photos.decode import read_photo
from unseen.records import Part
from unseen.text import listed

if TYPE_CHECKING:
    import pyarrow

_IMAGE_NAMES = ("image", "img", "photo", "picture", "jpg", "png", "image_bytes")


def find_columns(source: object, schema: "pyarrow.Schema") -> Fields:
    """Choose the columns by what Hugging Face wrote into the schema, else by type and name.

    Raises `UnseenError` where no column holds images, or none labels.
    """
    from pyarrow import types

    features = _features(schema)
    kinds = {field.name: field.type for field in schema}
    holds_bytes = [name for name, kind in kinds.items() if _is_image(types, kind)]
    images = [name for name in holds_bytes if _type(features.get(name)) == "Image"] or holds_bytes
    labels = [name for name in kinds if _type(features.get(name)) == "ClassLabel"]
    plain = [name for name, kind in kinds.items() if types.is_integer(kind) or _is_text(types, kind)]
    image = first_named(_IMAGE_NAMES, images) or next(iter(images), None)
    label = first_named(LABEL_NAMES, labels) or next(iter(labels), None) or first_named(LABEL_NAMES, plain)
    if image is None or label is None:
        what = "images (bytes)" if image is None else "labels"
        raise UnseenError(f"{source} has no column of {what} ({listed(list(kinds))}): rename it to image or label")
    described = features.get(label)
    names = tuple(map(str, described.get("names") or ())) if isinstance(described, dict) else ()
    return Fields(image, label, names, first_named(GROUP_NAMES, plain), first_named(FILE_NAMES, plain))


def _features(schema: "pyarrow.Schema") -> dict[str, Any]:
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
    except (ValueError, LookupError, TypeError):
        return {}
    return features if isinstance(features, dict) else {}


def _type(feature: object) -> str | None:
    return feature.get("_type") if isinstance(feature, dict) else None


def _is_image(types: Any, kind: Any) -> bool:
    if types.is_struct(kind):
        return any(field.name == "bytes" and _is_binary(types, field.type) for field in kind)
    return _is_binary(types, kind)


def _is_binary(types: Any, kind: Any) -> bool:
    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind))


def _is_text(types: Any, kind: Any) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_dictionary(kind))


def image_rows(
    batches: Iterable["pyarrow.RecordBatch"],
    columns: Fields,
    split: str,
    part: Part | None,
    folder: Path,
    paths: PathNames,
) -> Iterator[ImageRow]:
    """Yield the rows of one split; a path instead of bytes is read from `folder`."""
    number = 0
    for batch in batches:
        loaded = {name: batch.column(name).to_pylist() for name in columns.used}
        for at in range(batch.num_rows):
            number += 1
            content, stored_as = _content(loaded[columns.image][at], folder)
            file_name = loaded[columns.file_name][at] if columns.file_name else stored_as
            group = loaded[columns.group][at] if columns.group else None
            yield ImageRow(
                paths.name(split, number, None if file_name is None else str(file_name)),
                _label(loaded[columns.label][at], columns.names),
                content,
                None if group is None else str(group),
                part,
            )


def _content(cell: object, folder: Path) -> tuple[bytes | str, str | None]:
    """Return the bytes of an image, or why there are none, and the file name stored with it."""
    path: str | None = None
    if isinstance(cell, dict):
        path, cell = cell.get("path"), cell.get("bytes")
    if isinstance(cell, bytes):
        return cell, path
    if not path:
        return "no image", None
    file = folder / path
    if not file.resolve().is_relative_to(folder.resolve()):
        return "path leads out of the folder", path
    try:
        return read_photo(file), path
    except UnreadablePhoto as error:
        return str(error), path


def _label(cell: object, names: tuple[str, ...]) -> str:
    """Return the class name; nothing for -1, which stands for a label that is kept secret."""
    if cell is None or (isinstance(cell, int) and cell < 0):
        return ""
    return names[cell] if isinstance(cell, int) and cell < len(names) else str(cell)
