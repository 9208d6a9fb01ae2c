"""Read a detection export: each of its boxes, cropped with a margin, is a photo of a class."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from unseen.containers.kept_images import ImageRow, distinct_parts, files_key, keep_images, png
from unseen.errors import UnreadablePhoto
from unseen.photos.decode import decode
from unseen.photos.part_names import first_part, part_named
from unseen.photos.scan import Found, Scan
from unseen.records import Part, PhotoSet
from unseen.sources.box_files import Box, voc_boxes, yolo_boxes, yolo_names
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


def find_boxes(root: Path, below: Scan, coco: Mapping[Path, Mapping[str, Sequence[Box]]]) -> BoxExport | None:
    """Return the detection export in the folder `root`, `None` where it holds none. coco: what `coco_boxes` found."""
    if coco:
        return _of_coco(root, below, coco)
    others: dict[str, list[Path]] = defaultdict(list)
    for row in below.rejected:
        path = PurePosixPath(row.path)
        if path.suffix.lower() in (".txt", ".xml"):
            others[path.stem].append(root / row.path)
    pairs = [
        (found, file) for found in below.found for file in others.get(found.file.stem, ()) if _belongs(found, file)
    ]
    if not pairs or len(pairs) < 0.5 * len(below.found):
        return None
    folders = list(dict.fromkeys(parent for _, file in pairs[:1] for parent in (file.parent, *file.parents)))
    names = yolo_names([folder for folder in folders if folder.is_relative_to(root)])
    kinds = (("YOLO labels", ".txt", lambda file: yolo_boxes(file, names)), ("Pascal VOC labels", ".xml", voc_boxes))
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


def _of_coco(root: Path, below: Scan, coco: Mapping[Path, Mapping[str, Sequence[Box]]]) -> BoxExport:
    photos = []
    for file, named in coco.items():
        near = [found for found in below.found if found.file.is_relative_to(file.parent)] or below.found
        by_name = {found.file.name: found for found in near}
        for name, boxes in named.items():
            found = by_name.get(PurePosixPath(name).name)
            if found is not None:
                photos.append((found, tuple(boxes)))
    return BoxExport(root, "a detection export with COCO annotations", tuple(photos), tuple(coco))


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
            pixels = decode(found.file, _SIDE_PX)[..., :3]
        except UnreadablePhoto as error:
            yield from (_row(f"{stem}_box{i}.png", box, str(error), group, part) for i, box in enumerate(boxes, 1))
            continue
        height, width = pixels.shape[:2]
        for i, box in enumerate(boxes, 1):
            left, top, right, bottom = box.left * width, box.top * height, box.right * width, box.bottom * height
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
