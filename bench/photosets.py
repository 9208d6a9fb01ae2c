"""The photo sets that benches measure on: a root folder in, decoded and labelled sets out."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unseen.photos.class_names import select_classes
from unseen.photos.header import Headers
from unseen.photos.pixel_cache import PixelCache
from unseen.progress import Silent
from unseen.records import Int64Array, PhotoSet
from unseen.sources.open_photos import open_photos
from unseen.split.groups import find_groups
from unseen.store.mapped import MappedArrays


@dataclass(frozen=True, slots=True)
class LabelledPhotos:
    """Decoded photos and their headers, class indices (N,), class names and groups."""

    pixels: MappedArrays
    headers: Headers
    labels: Int64Array
    photos: PhotoSet
    groups: tuple[str, ...]


def parser(text: str) -> argparse.ArgumentParser:
    """Return a parser with the flags that every bench has."""
    made = argparse.ArgumentParser(description=text)
    made.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the photo sets")
    made.add_argument(
        "--weights", default="../shared/weights/mobilenetv2_100_in1k.safetensors", help="imagenet, or a file"
    )
    return made


def labelled(folder: Path, classes: Sequence[str] | None = None) -> PhotoSet:
    """Name the photos of a folder of class folders, or of a table; `classes` as in `TrainConfig`."""
    named = open_photos(folder)
    return select_classes(named, classes) if classes else named


def open_set(folder: Path, side_px: int, classes: Sequence[str] | None = None) -> LabelledPhotos:
    """Decode and group what `labelled` names."""
    named = labelled(folder, classes)
    loaded = PixelCache().load(named.photos, side_px, Silent())
    photos = named.select([int(i) for i in loaded.positions])
    groups = find_groups(photos, loaded.pixels, loaded.digests).groups
    return LabelledPhotos(loaded.pixels, loaded.headers, photos.labels, photos, groups)
