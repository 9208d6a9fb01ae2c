"""Read the files of boxes that detection tools write: YOLO, COCO, Pascal VOC, LabelMe, Create ML and CSV."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

from unseen.sources.csv_table import open_table

MAX_BYTES = 256 * 2**20


NamedBoxes = tuple[str, Mapping[str, "Sequence[Box]"]]  # what a file holds, and the boxes of each photo that it names


@dataclass(frozen=True, slots=True)
class Box:
    """A box with its class; sides are shares of the photo's width and height, 0 to 1, or `in_px`."""

    label: str
    left: float
    top: float
    right: float
    bottom: float
    in_px: bool = False


def yolo_boxes(file: Path, names: Mapping[int, str]) -> list[Box] | None:
    """Return the boxes of a YOLO text file, `None` where it is none.

    A line is `class x y w h` (centre and size) or `class x1 y1 x2 y2 ...` (a polygon), in shares of the photo.
    """
    found = []
    for line in _text(file).splitlines():
        cells = line.split()
        if not cells:
            continue
        try:
            number, values = int(cells[0]), [float(cell) for cell in cells[1:]]
        except ValueError:
            return None
        if len(values) < 4 or number < 0 or any(not -0.01 <= value <= 1.01 for value in values[:4]):
            return None
        label = names.get(number, str(number))
        if len(values) <= 5:  # a fifth value is a confidence
            x, y, w, h = values[:4]
            found.append(Box(label, x - w / 2, y - h / 2, x + w / 2, y + h / 2))
        else:
            xs, ys = values[0::2], values[1::2]
            found.append(Box(label, min(xs), min(ys), max(xs), max(ys)))
    return found


def yolo_names(folders: Sequence[Path]) -> dict[int, str]:
    """Return the class names of a YOLO export, by number: from data.yaml, classes.txt or obj.names in `folders`."""
    for folder in folders:
        for file in (*sorted(folder.glob("*.yaml")), *sorted(folder.glob("*.yml"))):
            with suppress(yaml.YAMLError, RecursionError):
                content = yaml.safe_load(_text(file))
                names = content.get("names") if isinstance(content, dict) else None
                if isinstance(names, dict):
                    return {int(key): str(value) for key, value in names.items() if str(key).isdecimal()}
                if isinstance(names, list):
                    return dict(enumerate(map(str, names)))
        for name in ("classes.txt", "obj.names"):
            if (folder / name).is_file():
                return dict(enumerate(_text(folder / name).split("\n")))
    return {}


def coco_boxes(content: Any) -> dict[str, list[Box]] | None:
    """Return the boxes of each file name in COCO annotations, read from JSON; `None` where it is something else."""
    try:
        if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= set(content):
            return None
        names = {row["id"]: str(row["name"]) for row in content["categories"]}
        images = {row["id"]: row for row in content["images"]}
        found: dict[str, list[Box]] = {str(row["file_name"]): [] for row in images.values()}
        for row in content["annotations"]:
            image = images.get(row["image_id"])
            if image is None or len(row.get("bbox") or ()) != 4:
                continue
            x, y, w, h = map(float, row["bbox"])
            width, height = float(image["width"]), float(image["height"])
            label = names.get(row["category_id"], str(row["category_id"]))
            found[str(image["file_name"])].append(Box(label, x / width, y / height, (x + w) / width, (y + h) / height))
    except (ValueError, KeyError, TypeError, ZeroDivisionError, RecursionError):
        return None
    return found


def createml_boxes(content: Any) -> dict[str, list[Box]] | None:
    """Return the boxes of each file name in annotations of Create ML, read from JSON; `None` where it is another."""
    try:
        found = {str(row["image"]): list(map(_createml_box, row["annotations"])) for row in content}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if any(found.values()) else None


def _createml_box(row: Mapping[str, Any]) -> Box:
    x, y, width, height = (float(row["coordinates"][name]) for name in ("x", "y", "width", "height"))
    return Box(str(row["label"]), x - width / 2, y - height / 2, x + width / 2, y + height / 2, in_px=True)


def labelme_boxes(file: Path) -> list[Box] | None:
    """Return the boxes of a file of LabelMe, around polygons too, `None` where it is none."""
    try:
        content = json.loads(_text(file))
        shapes = [(str(shape["label"]), shape["points"]) for shape in content["shapes"]]
        sides = [(name, [float(x) for x, _ in points], [float(y) for _, y in points]) for name, points in shapes]
        return [Box(name, min(xs), min(ys), max(xs), max(ys), in_px=True) for name, xs, ys in sides]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def csv_boxes(file: Path) -> dict[str, list[Box]] | None:
    """Return the boxes of each file name in a CSV, a row a box; `None` where it has no such columns.

    TensorFlow's (filename,width,height,class,xmin,ymin,xmax,ymax), Open Images', in shares, and RetinaNet's, which has
    no header (photo.jpg,x1,y1,x2,y2,class).
    """
    found: dict[str, list[Box]] = defaultdict(list)
    with open_table(file) as (header, rows):
        plain = [re.sub(r"[ _.-]", "", name) for name in header]
        at = [next((plain.index(name) for name in names if name in plain), -1) for names in _BOX_COLUMNS]
        if len(header) == 6 and all(_is_number(cell) for cell in header[1:5]):
            at, rows = list(range(6)), chain([(1, header)], rows)
        if -1 in at:
            return None
        for _, cells in rows:
            if len(cells) > max(at):
                path, *sides, label = (cells[i].strip() for i in at)
                with suppress(ValueError):
                    left, top, right, bottom = map(float, sides)
                    found[path].append(Box(label, left, top, right, bottom, max(left, top, right, bottom) > 1))
    return dict(found) or None


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"[0-9]+(?:\.[0-9]*)?", cell.strip()))


_BOX_COLUMNS = (
    ("filename", "image", "imagepath", "path", "file", "imageid", "imagename"),
    *((side, short) for side, short in (("xmin", "x1"), ("ymin", "y1"), ("xmax", "x2"), ("ymax", "y2"))),
    ("class", "label", "classname", "labelname", "name", "category"),
)


def voc_boxes(file: Path) -> list[Box] | None:
    """Return the boxes of a Pascal VOC file, `None` where it is none."""
    text = _text(file)
    if "<!ENTITY" in text:  # entities that expand into each other
        return None
    try:
        root = ElementTree.fromstring(text)
        width, height = (float(root.findtext(f"size/{side}") or 0) for side in ("width", "height"))
        if root.tag != "annotation" or not width or not height:
            return None
        return list(_voc_objects(root, width, height))
    except (ElementTree.ParseError, ValueError, RecursionError):
        return None


def _voc_objects(root: ElementTree.Element, width: float, height: float) -> Iterator[Box]:
    for one in root.findall("object"):
        left, top, right, bottom = (float(one.findtext(f"bndbox/{name}") or 0) for name in _VOC_SIDES)
        yield Box(one.findtext("name") or "", left / width, top / height, right / width, bottom / height)


_VOC_SIDES = ("xmin", "ymin", "xmax", "ymax")


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig", errors="replace") if file.stat().st_size <= MAX_BYTES else ""
    except OSError:
        return ""
