"""Detection exports: refused by name without --layout boxes, cropped to the planted squares with it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unseen.errors import UnseenError
from unseen.photos.decode import decode
from unseen.records import PhotoSet
from unseen.sources.box_files import voc_boxes, yolo_boxes
from unseen.sources.open_photos import open_photos

COLOURS = {"fist": (200, 30, 30), "palm": (30, 200, 30)}
WIDTH, HEIGHT = 120, 80


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))


def draw(file: Path) -> dict[str, tuple[int, int, int, int]]:
    """Draw a square of each class's colour on grey; return left, top, right, bottom of each in pixels."""
    places = {"fist": (10, 10, 40, 40), "palm": (70, 30, 110, 70)}
    pixels = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    for name, (left, top, right, bottom) in places.items():
        pixels[top:bottom, left:right] = COLOURS[name]
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(file)
    return places


def yolo(root: Path) -> None:
    for part in ("train", "valid"):
        for i in range(2):
            places = draw(root / part / "images" / f"{i}.png")
            file = root / part / "labels" / f"{i}.txt"
            file.parent.mkdir(exist_ok=True)
            file.write_text(
                "".join(
                    f"{k} {(a + c) / 2 / WIDTH} {(b + d) / 2 / HEIGHT} {(c - a) / WIDTH} {(d - b) / HEIGHT}\n"
                    for k, (a, b, c, d) in enumerate(places.values())
                )
            )
    (root / "data.yaml").write_text("train: train/images\nnames:\n- fist\n- palm\n")


def coco(root: Path) -> None:
    for part in ("train", "valid"):
        places = [draw(root / part / f"{i}.png") for i in range(2)]
        boxes = [(i, k, box) for i, one in enumerate(places) for k, box in enumerate(one.values())]
        content = {
            "images": [{"id": i, "file_name": f"{i}.png", "width": WIDTH, "height": HEIGHT} for i in range(2)],
            "categories": [{"id": k, "name": name} for k, name in enumerate(COLOURS)],
            "annotations": [
                {"id": n, "image_id": i, "category_id": k, "bbox": [a, b, c - a, d - b]}
                for n, (i, k, (a, b, c, d)) in enumerate(boxes)
            ],
        }
        (root / part / "_annotations.coco.json").write_text(json.dumps(content))


def voc(root: Path) -> None:
    for part in ("train", "valid"):
        for i in range(2):
            objects = "".join(
                f"<object><name>{name}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax>"
                "</bndbox></object>"
                for name, (a, b, c, d) in draw(root / part / f"{i}.jpg").items()
            )
            size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height></size>"
            (root / part / f"{i}.xml").write_text(f"<annotation>{size}{objects}</annotation>")


def create_ml(root: Path) -> None:
    for part in ("train", "valid"):
        content = [
            {
                "image": f"{i}.png",
                "annotations": [
                    {
                        "label": name,
                        "coordinates": {"x": (a + c) / 2, "y": (b + d) / 2, "width": c - a, "height": d - b},
                    }
                    for name, (a, b, c, d) in draw(root / part / f"{i}.png").items()
                ],
            }
            for i in range(2)
        ]
        (root / part / "_annotations.createml.json").write_text(json.dumps(content))


def labelme(root: Path) -> None:
    for part in ("train", "valid"):
        for i in range(2):
            shapes = [
                {"label": name, "points": [[a, b], [c, d]], "shape_type": "rectangle"}
                for name, (a, b, c, d) in draw(root / part / f"{i}.png").items()
            ]
            (root / part / f"{i}.json").write_text(json.dumps({"shapes": shapes, "imagePath": f"{i}.png"}))


def rows_of_boxes(root: Path) -> list[str]:
    """Write the photos of one part, and return their boxes as photo,x1,y1,x2,y2,class."""
    return [
        ",".join(map(str, (f"{i}.png", *box, name))) for i in range(2) for name, box in draw(root / f"{i}.png").items()
    ]


def tensorflow_csv(root: Path) -> None:
    for part in ("train", "valid"):
        rows = [row.split(",") for row in rows_of_boxes(root / part)]
        lines = [f"{path},{WIDTH},{HEIGHT},{name},{','.join(box)}\n" for path, *box, name in rows]
        (root / part / "_annotations.csv").write_text(
            "filename,width,height,class,xmin,ymin,xmax,ymax\n" + "".join(lines)
        )


def retinanet_csv(root: Path) -> None:
    for part in ("train", "valid"):
        (root / part / "annotations.csv").write_text("\n".join(rows_of_boxes(root / part)) + "\n")


@pytest.mark.parametrize(
    ("write", "what"),
    [
        (yolo, "YOLO"),
        (coco, "COCO"),
        (voc, "Pascal VOC"),
        (create_ml, "Create ML"),
        (labelme, "LabelMe"),
        (tensorflow_csv, "boxes in _annotations.csv"),
        (retinanet_csv, "boxes in annotations.csv"),
    ],
)
def test_boxes_become_photos_of_their_class(tmp_path: Path, write: object, what: str) -> None:
    root = tmp_path / "root"
    write(root)  # type: ignore[operator]
    with pytest.raises(UnseenError, match=rf"detection export with {what}.*--layout boxes"):
        open_photos(root)
    photos = open_photos(root, layout="boxes")
    assert photos.classes == ("fist", "palm")
    assert sorted(str(photo.part) for photo in photos.photos) == ["train"] * 4 + ["validation"] * 4
    assert len({photo.group for photo in photos.photos}) == 4  # two boxes of a photo stay together
    check_colours(photos)
    assert open_photos(root, layout="boxes") == photos


def check_colours(photos: PhotoSet) -> None:
    for photo in photos.photos:
        pixels = decode(photo.file, 500)[..., :3].astype(int)
        centre = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]
        assert np.abs(centre - COLOURS[photo.label]).max() < 20
        side = 30 if photo.label == "fist" else 40
        assert pixels.shape[:2] == (side + 2 * side // 10, side + 2 * side // 10)  # the box and its margin


def test_class_folders_that_agree_with_the_boxes_stay_what_counts(tmp_path: Path) -> None:
    for name in COLOURS:
        for i in range(2):
            draw(tmp_path / name / f"{i}.png")
            size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height></size>"
            box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>30</xmax><ymax>30</ymax></bndbox>"
            text = f"<annotation>{size}<object><name>{name}</name>{box}</object></annotation>"
            (tmp_path / name / f"{i}.xml").write_text(text)
    photos = open_photos(tmp_path)
    assert photos.classes == ("fist", "palm")
    assert "a detection export with Pascal VOC labels is not used: --layout boxes crops it" in photos.notes


def test_folders_without_boxes_say_so(tmp_path: Path) -> None:
    for name in COLOURS:
        draw(tmp_path / "root" / name / "1.png")
    with pytest.raises(UnseenError, match="holds no boxes"):
        open_photos(tmp_path / "root", layout="boxes")
    (tmp_path / "root" / "fist" / "1.txt").write_text("a note about this photo\n")
    assert open_photos(tmp_path / "root").classes == ("fist", "palm")


def test_polygons_and_confidences(tmp_path: Path) -> None:
    file = tmp_path / "1.txt"
    file.write_text("0 .1 .2 .5 .2 .5 .6 .1 .6\n1 .5 .5 .2 .4 .93\n")
    assert yolo_boxes(file, {0: "fist"}) is not None
    polygon, box = yolo_boxes(file, {0: "fist"}) or []
    assert (polygon.label, polygon.left, polygon.top, polygon.right, polygon.bottom) == ("fist", 0.1, 0.2, 0.5, 0.6)
    assert (box.label, box.left, box.bottom) == ("1", 0.4, 0.7)
    file.write_text("hello\n")
    assert yolo_boxes(file, {}) is None


def test_a_box_that_is_no_number_is_rejected_and_the_others_are_cropped(tmp_path: Path) -> None:
    root = tmp_path / "root"
    coco(root)
    file = root / "train" / "_annotations.coco.json"
    content = json.loads(file.read_text())
    content["annotations"][0]["bbox"][0] = float("nan")
    content["annotations"][1]["bbox"][2] = float("inf")
    file.write_text(json.dumps(content))
    photos = open_photos(root, layout="boxes")
    assert [row.reason for row in photos.rejected if row.is_photo] == ["box without a place"] * 2
    assert len(photos.photos) == 6
    check_colours(photos)


def test_entities_that_expand_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "1.xml"
    file.write_text('<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>')
    assert voc_boxes(file) is None
