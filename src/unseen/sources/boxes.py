"""Read a detection export: each of its boxes, cropped with a margin, is a photo of a class."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from unseen.containers.kept_images import ImageRow, distinct_parts, files_key, keep_images, png
from unseen.errors import UnreadablePhoto
from unseen.photos.decode import decode_with_header
from unseen.photos.part_names import first_part, part_named
from unseen.photos.scan import Found, Scan
from unseen.records import Part, PhotoSet
from unseen.sources.box_files import Box, NamedBoxes, labelme_boxes, voc_boxes, yolo_boxes, yolo_names
from unseen.sources.find_files import FileFinder
from unseen.text import count

MARGIN = 0.1  # of the box's longer side, added on each side: the network's own crop needs some surroundings
LEAST_PX = 8
_SIDE_PX = 4096
_LOOKED_AT = 20  # files that tell whether an export is one of boxes


@dataclass(frozen=True, slots=True)
class BoxExport:
    """Photos with their boxes. what: for messages. files: that say so."""

    root: Path
    what: str
    photos: tuple[tuple[Found, tuple[Box, ...]], ...]
    files: tuple[Path, ...]

    @property
    def folders(self) -> set[str]:
        """Names, in lower case, of the folders on the way to the photos and to the files of boxes."""
        inside = (name for file in self.files for name in file.relative_to(self.root).parts[:-1])
        return {name.lower() for name in (*inside, *(name for found, _ in self.photos for name in found.parts))}

    def agrees(self, labels: Mapping[Path, str]) -> bool:
        """Say whether the folders that photos lie in, `labels` by file, are the classes of their boxes."""
        stated = [
            (labels[found.file], box.label) for found, boxes in self.photos if found.file in labels for box in boxes
        ]
        return bool(stated) and sum(label == other for label, other in stated) >= 0.9 * len(stated)


def find_boxes(root: Path, below: Scan, tables: Mapping[Path, NamedBoxes]) -> BoxExport | None:
    """Return the detection export in the folder `root`, `None` where it holds none. tables: files of many photos."""
    if tables:
        return _of_tables(root, below, tables)
    others: dict[str, list[Path]] = defaultdict(list)
    for row in below.rejected:
        path = PurePosixPath(row.path)
        if path.suffix.lower() in (".txt", ".xml", ".json"):
            others[path.stem].append(root / row.path)
    pairs = []
    for found in below.found:
        near = [file for file in others.get(found.file.stem, ()) if _belongs(found, file)]
        beside = [file for file in near if file.parent == found.file.parent]
        pairs += [(found, file) for file in beside or near]  # not of fist/1.jpg and palm/1.xml
    if not pairs or len(pairs) < 0.5 * len(below.found):
        return None
    folders = list(dict.fromkeys(parent for _, file in pairs[:1] for parent in (file.parent, *file.parents)))
    names = yolo_names([folder for folder in folders if folder.is_relative_to(root)])
    kinds = (
        ("YOLO labels", ".txt", lambda file: yolo_boxes(file, names)),
        ("Pascal VOC labels", ".xml", voc_boxes),
        ("LabelMe labels", ".json", labelme_boxes),
    )
    for what, suffix, read in kinds:
        own = [(found, file) for found, file in pairs if file.suffix.lower() == suffix]
        if own and all(read(file) is not None for _, file in own[:_LOOKED_AT]):
            photos = tuple((found, tuple(read(file) or ())) for found, file in own)
            return BoxExport(root, f"a detection export with {what}", photos, tuple(file for _, file in own))
    return None


def _belongs(found: Found, file: Path) -> bool:
    """Say whether a file of boxes lies beside a photo, below it, or in labels/ where the photo lies in images/."""
    folder = found.file.parent
    if folder in (file.parent, file.parent.parent):
        return True
    if len(folder.parts) != len(file.parent.parts):
        return False
    other = [pair for pair in zip(folder.parts, file.parent.parts, strict=True) if pair[0] != pair[1]]
    return len(other) == 1 and not any(map(part_named, other[0]))  # not of another part


def _of_tables(root: Path, below: Scan, tables: Mapping[Path, NamedBoxes]) -> BoxExport | None:
    photos = []
    for file, (_, named) in tables.items():
        near = [found for found in below.found if found.file.is_relative_to(file.parent)] or below.found
        finder = FileFinder(near)
        for name, boxes in named.items():
            found = finder.find(name)
            if isinstance(found, Found):
                photos.append((found, tuple(boxes)))
    what = next(iter(tables.values()))[0]
    return BoxExport(root, f"a detection export with {what}", tuple(photos), tuple(tables)) if photos else None


def crop_boxes(export: BoxExport) -> PhotoSet:
    """Return a photo a box, cropped once into the cache; boxes of one photo are one group."""
    photos = [found.file for found, _ in export.photos]
    key = files_key(f"boxes 1 {MARGIN}", sorted({*photos, *export.files}))
    boxes = sum(len(boxes) for _, boxes in export.photos)
    note = f"{export.what}: {count(boxes, 'box', 'boxes')} cropped from {count(len(photos), 'photo')}"
    cropped = keep_images(export.root, key, lambda: _crops(export.photos), [note])
    return distinct_parts(cropped)


def _crops(photos: Iterable[tuple[Found, tuple[Box, ...]]]) -> Iterator[ImageRow]:
    for found, boxes in photos:
        part = first_part(found.parts)
        group = found.path if len(boxes) > 1 else None
        stem = PurePosixPath(found.path).with_suffix("").as_posix()
        try:
            rgba, header = decode_with_header(found.file, _SIDE_PX)
        except UnreadablePhoto as error:
            yield from (_row(f"{stem}_box{i}.png", box, str(error), group, part) for i, box in enumerate(boxes, 1))
            continue
        pixels = rgba[..., :3]
        height, width = pixels.shape[:2]
        for i, box in enumerate(boxes, 1):
            x, y = (width / header.width, height / header.height) if box.in_px else (width, height)
            left, top, right, bottom = box.left * x, box.top * y, box.right * x, box.bottom * y
            if not all(map(math.isfinite, (left, top, right, bottom))):
                yield _row(f"{stem}_box{i}.png", box, "box without a place", group, part)
                continue
            margin = MARGIN * max(right - left, bottom - top)
            rows = slice(max(0, round(top - margin)), min(height, round(bottom + margin)))
            columns = slice(max(0, round(left - margin)), min(width, round(right + margin)))
            cut = pixels[rows, columns]
            is_small = min(cut.shape[:2]) < LEAST_PX
            yield _row(f"{stem}_box{i}.png", box, "box too small" if is_small else png(cut), group, part)


def _row(path: str, box: Box, content: bytes | str, group: str | None, part: Part | None) -> ImageRow:
    return ImageRow(path, box.label.strip(), content, group, part)
