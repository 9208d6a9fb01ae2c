"""Read images and class labels of a TensorFlow Datasets folder without TensorFlow."""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unseen.containers.field_names import FILE_NAMES, GROUP_NAMES, LABEL_NAMES, Fields, PathNames, first_named
from unseen.containers.kept_images import ImageRow, files_key, keep_images
from unseen.containers.splits import choose_splits
from unseen.containers.tfrecord import Values, parse_example, read_records
from unseen.errors import UnseenError
from unseen.photos.natural import natural_key
from unseen.records import Part, PhotoSet
from unseen.text import listed

_SHARD = re.compile(r"[^-]+-(?P<split>.+)\.(?P<kind>tfrecord|array_record)-(?P<at>\d{5,})-of-(?P<of>\d{5,})")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


def is_tfds(folder: Path) -> bool:
    """Say whether `folder` holds one version of a data set that TensorFlow Datasets prepared."""
    return (folder / "features.json").is_file() and (folder / "dataset_info.json").is_file()


def read_tfds(source: Path) -> PhotoSet:
    """Return the images of `tfds:NAME[/CONFIG][:VERSION][:SPLIT]`, `tfds:/FOLDER[:SPLIT]`, or a prepared folder.

    NAME is looked for below $TFDS_DATA_DIR, else in ~/tensorflow_datasets. Of several versions the newest is read.
    Raises `UnseenError` where nothing is found, or where it has no images with class labels.
    """
    written = source.as_posix()
    folder, asked = (source, None) if is_tfds(source) else _find(written.removeprefix("tfds:"))
    fields = _fields(folder)
    shards = _shards(folder)
    named = f"tfds:{folder}" if folder == source else written.removesuffix(f":{asked}")
    chosen, notes = choose_splits(named, shards, asked)
    files = [file for split in chosen for file in shards[split]]
    notes = [f"images read from {folder} (field {fields.image!r}, labels from {fields.label!r})", *notes]
    key = files_key(f"tfds 1 {sorted(chosen.items())}", [folder / "features.json", *files])
    return keep_images(source, key, lambda: _rows({split: shards[split] for split in chosen}, chosen, fields), notes)


def _find(text: str) -> tuple[Path, str | None]:
    """Return the folder that `text` names, and the split it asks for."""
    pieces = [text]
    while not Path(pieces[0]).is_dir() and ":" in pieces[0]:
        pieces[:1] = pieces[0].rsplit(":", 1)
    version = next((piece for piece in pieces[1:] if _VERSION.fullmatch(piece)), None)
    asked = next((piece for piece in pieces[1:] if piece != version), None)
    data_dir = Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()
    root = next((path for path in (Path(pieces[0]).expanduser(), data_dir / pieces[0]) if path.is_dir()), None)
    if root is None:
        here = sorted((path.name for path in data_dir.glob("*") if path.is_dir()), key=natural_key)
        there = f"it holds {listed(here)}" if here else "nothing is there"
        raise UnseenError(
            f"no {pieces[0]!r} in {data_dir} ({there}): prepare it with tfds.builder('{pieces[0]}')"
            ".download_and_prepare(), or name the folder as tfds:/FOLDER"
        )
    found = [path for path in (root, *root.glob("*"), *root.glob("*/*")) if is_tfds(path)]
    found = [path for path in found if version in (None, path.name)]
    configs = sorted({path.parent for path in found})
    if not found or len(configs) > 1:
        names = listed([path.relative_to(root.parent).as_posix() for path in configs])
        raise UnseenError(
            f"{root} holds several configurations ({names}): name one of them"
            if found
            else f"{root} holds no prepared data set: name the folder with features.json and dataset_info.json in it"
        )
    return max(found, key=lambda path: natural_key(path.name)), asked


def _fields(folder: Path) -> Fields:
    try:
        described: dict[str, Any] = json.loads((folder / "features.json").read_text(encoding="utf-8"))
        features: dict[str, Any] = described["featuresDict"]["features"]
        kinds = {name: str(feature["pythonClassName"]).rpartition(".")[2] for name, feature in features.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise UnseenError(f"{folder / 'features.json'} cannot be read: prepare the data set again") from None
    images = [name for name, kind in kinds.items() if kind == "Image"]
    labels = [name for name, kind in kinds.items() if kind == "ClassLabel"]
    if not images or not labels:
        has = listed([f"{name}: {kind}" for name, kind in kinds.items()])
        raise UnseenError(f"{folder} has no image with a class label ({has}): export the photos to class folders")
    label = first_named(LABEL_NAMES, labels) or labels[0]
    texts = [
        name for name, kind in kinds.items() if kind in ("Text", "Tensor", "Scalar", "ClassLabel") and name != label
    ]
    names_file = folder / f"{label}.labels.txt"
    names = tuple(names_file.read_text(encoding="utf-8").split("\n")) if names_file.is_file() else ()
    image = first_named(("image",), images) or images[0]
    return Fields(image, label, names, first_named(GROUP_NAMES, texts), first_named(FILE_NAMES, texts))


def _shards(folder: Path) -> dict[str, list[Path]]:
    """Return the files of each split in order; raise `UnseenError` where one is not there."""
    shards: dict[str, dict[int, Path]] = defaultdict(dict)
    asked: dict[str, int] = {}
    for file in folder.iterdir():
        if named := _SHARD.fullmatch(file.name):
            shards[named["split"]][int(named["at"])] = file
            asked[named["split"]] = int(named["of"])
    for split, files in shards.items():
        if len(files) != asked[split]:
            raise UnseenError(f"{folder} holds {len(files)} of {asked[split]} files of {split!r}: prepare it again")
    if not shards:
        raise UnseenError(f"{folder} holds no tfrecord or array_record files: prepare it as one of these")
    return {split: [files[at] for at in sorted(files)] for split, files in shards.items()}


def _rows(shards: dict[str, list[Path]], parts: dict[str, Part | None], fields: Fields) -> Iterator[ImageRow]:
    paths = PathNames()
    for split, files in shards.items():
        records = (record for file in files for record in _records(file))
        for number, record in enumerate(records, start=1):
            try:
                example = parse_example(record)
            except (ValueError, TypeError):
                yield ImageRow(paths.name(split, number, None), "?", "not an Example")
                continue
            content = next(iter(example.get(fields.image, ())), None)
            name = _text(example, fields.file_name)
            yield ImageRow(
                paths.name(split, number, name),
                _label(example.get(fields.label, []), fields.names),
                content if isinstance(content, bytes) else "no image",
                _text(example, fields.group),
                parts[split],
            )


def _label(values: Values, names: tuple[str, ...]) -> str:
    """Return the class name; nothing for -1, which stands for a label that is kept secret."""
    value = next(iter(values), -1)
    if not isinstance(value, int) or value < 0:
        return ""
    return names[value] if value < len(names) and names[value] else str(value)


def _text(example: dict[str, Values], field: str | None) -> str | None:
    value = next(iter(example.get(field, ())), None) if field else None
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else None if value is None else str(value)


def _records(file: Path) -> Iterator[bytes]:
    if ".tfrecord-" in file.name:
        yield from read_records(file)
        return
    try:
        from array_record.python.array_record_module import ArrayRecordReader
    except ModuleNotFoundError:
        raise UnseenError(f"{file} is an ArrayRecord file: pip install 'unseen[tfds]'") from None
    try:
        reader = ArrayRecordReader(str(file))
        for at in range(reader.num_records()):
            yield reader.read([at])[0]
    except RuntimeError as error:
        raise UnseenError(f"{file} cannot be read ({error}): prepare the data set again") from None
