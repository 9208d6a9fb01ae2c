"""Read photos from Parquet files and from folders that `datasets` wrote, with pyarrow alone."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unseen.containers.arrow_rows import find_columns, image_rows
from unseen.containers.field_names import Fields, PathNames
from unseen.containers.kept_images import ImageRow, files_key, keep_images
from unseen.containers.splits import choose_splits
from unseen.errors import UnseenError
from unseen.photos.natural import natural_key
from unseen.photos.part_names import part_named
from unseen.records import Part, PhotoSet

if TYPE_CHECKING:
    import pyarrow

_BATCH = 64  # photos of some megabytes each are in memory at a time
_SHARD = re.compile(r"[-_.]?\d{4,}(?:-of-\d{4,})?.*$")


def parquet_files(folder: Path) -> list[Path]:
    """Return the Parquet files in `folder` and below it, in natural order."""
    return sorted(folder.rglob("*.parquet"), key=lambda file: natural_key(file.as_posix()))


def is_saved(folder: Path) -> bool:
    """Say whether `save_to_disk` of `datasets` wrote `folder`."""
    return (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file()


def read_parquet(source: Path) -> PhotoSet:
    """Return the images of a Parquet file, or of all below a folder; names with train or test in them state parts."""
    if source.is_file():
        return read_splits(source, {source.stem: [source]}, None)
    files = parquet_files(source)
    return read_splits(source, by_split(source, files), None)


def read_saved(source: Path) -> PhotoSet:
    """Return the images of a folder that `save_to_disk` of `datasets` wrote; its splits are parts."""
    folders = {"all": source}
    if (source / "dataset_dict.json").is_file():
        folders = {name: source / name for name in _json(source / "dataset_dict.json")["splits"]}
    splits = {}
    for name, folder in folders.items():
        state = _json(folder / "state.json")
        if state.get("_indices_files"):
            raise UnseenError(f"{folder} holds a selection of rows: save it again with flatten_indices()")
        splits[name] = [folder / entry["filename"] for entry in state["_data_files"]]
    return read_splits(source, splits, None)


def read_splits(source: Path, splits: dict[str, list[Path]], asked: str | None) -> PhotoSet:
    """Return the images of Parquet and Arrow files by split; `asked` is the one to read, `None` for all."""
    try:
        import pyarrow
    except ModuleNotFoundError:
        raise UnseenError(f"{source} needs pyarrow: pip install 'unseen[hf]'") from None
    chosen, notes = choose_splits(source.as_posix().removesuffix(f":{asked}"), splits, asked)
    files = {split: splits[split] for split in chosen}
    every = [file for listed in files.values() for file in listed]
    try:
        columns = find_columns(source, _open(every[0]).schema)
        key = files_key(f"arrow 1 {sorted(chosen.items())} {columns}", every)
        return keep_images(source, key, lambda: _rows(source, files, chosen, columns), notes)
    except (pyarrow.ArrowException, KeyError) as error:
        raise UnseenError(f"{source} cannot be read ({error}): download or save it again") from None


def _rows(
    source: Path, files: dict[str, list[Path]], parts: dict[str, Part | None], columns: Fields
) -> Iterator[ImageRow]:
    paths = PathNames()
    folder = source if source.is_dir() else source.parent
    for split, shards in files.items():
        batches = (batch for file in shards for batch in _open(file).batches(columns.used))
        yield from image_rows(batches, columns, split, parts[split], folder, paths)


@dataclass(frozen=True, slots=True)
class _ArrowFile:
    schema: "pyarrow.Schema"
    file: Path

    def batches(self, columns: list[str]) -> "Iterator[pyarrow.RecordBatch]":
        import pyarrow.parquet

        if self.file.suffix == ".parquet":
            with pyarrow.parquet.ParquetFile(self.file) as parquet:
                yield from parquet.iter_batches(_BATCH, columns=columns)
            return
        with pyarrow.memory_map(str(self.file)) as mapped, pyarrow.ipc.open_stream(mapped) as stream:
            for batch in stream:
                for start in range(0, batch.num_rows, _BATCH):
                    yield batch.slice(start, _BATCH)


def _open(file: Path) -> _ArrowFile:
    import pyarrow.parquet

    if file.suffix == ".parquet":
        return _ArrowFile(pyarrow.parquet.read_schema(file), file)
    with pyarrow.memory_map(str(file)) as mapped, pyarrow.ipc.open_stream(mapped) as stream:
        return _ArrowFile(stream.schema, file)


def by_split(root: Path, files: list[Path]) -> dict[str, list[Path]]:
    """Sort files by the part in their names (`train-00000-of-00002.parquet`) or in their folders (`test/0.parquet`)."""
    splits: dict[str, list[Path]] = defaultdict(list)
    for file in files:
        inside = file.relative_to(root)
        words = [word for name in (inside.stem, *reversed(inside.parts[:-1])) for word in re.split(r"[-_.]", name)]
        named = next((word for word in words if part_named(word)), None)
        splits[named or _SHARD.sub("", inside.stem) or "all"].append(file)
    return dict(splits)


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise UnseenError(f"{file} cannot be read: save the data set again with save_to_disk")
    return content
