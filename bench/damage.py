"""Damage small images, tables and containers: bytes, words, lines, or values within JSON."""

import io
import json
import random
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

# What the tables name, and what lies beside them: a reader is reached as far as its own checks let it.
PHOTOS = ("a.png", "b.png", "c.png", "d.png", "sub/e.png", "sub/f.png")
_WORDS = re.compile(rb"[A-Za-z0-9_.\-]+")
_ODD = (
    b"", b"-1", b"0", b"1e999", b"NaN", b"null", b"true", b"999999999999999999999999", b"[]", b"{}", b"\"\"", b"..",
    b"/etc/passwd", b"C:\\x\\a.png", b"gs://b/a.png", b"a.png", b"\xff", b"\xc3\x28", b"\0", b"\n", b",", b"\"",
    "\u202e".encode(), b"train", b"x" * 5000,
)  # fmt: skip
_ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 10**30, float("inf"), float("nan"), "", "a.png", "..", "x" * 5000, [], {}, [[]], {"label": "x"},
)  # fmt: skip


def images() -> dict[str, bytes]:
    """Return one small file of each image format that this Pillow writes."""
    rng = np.random.default_rng(0)
    smooth = np.add.outer(np.arange(48) * 3, np.arange(64) * 2)[..., None] + np.array([0, 40, 90])
    pixels = np.clip(smooth + rng.integers(0, 20, (48, 64, 3)), 0, 255).astype(np.uint8)
    found: dict[str, bytes] = {}
    picture = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[274] = 6
    for kind, image, options in (
        ("JPEG", picture, {"exif": exif}),
        ("JPEG", picture.convert("CMYK"), {}),
        ("JPEG", picture, {"progressive": True}),
        ("PNG", picture, {}),
        ("PNG", picture.convert("P"), {}),
        ("PNG", picture.convert("I;16"), {}),
        ("GIF", picture.convert("P"), {"save_all": True, "append_images": [picture.convert("P")]}),
        ("WEBP", picture, {}),
        ("BMP", picture, {}),
        ("TIFF", picture, {"compression": "tiff_lzw"}),
        ("PPM", picture, {}),
        ("AVIF", picture, {}),
        ("JPEG2000", picture, {}),
    ):
        buffer = io.BytesIO()
        try:
            image.save(buffer, kind, **options)
        except (OSError, KeyError, ValueError):
            continue
        found[f"{kind} {len(found)}"] = buffer.getvalue()
    return found


def tables() -> dict[str, bytes]:
    """Return one small file of each kind of table and container, by its suffix and a number; see `PHOTOS`."""
    arrays, packed = io.BytesIO(), io.BytesIO()
    np.save(arrays, np.zeros((6, 8, 8, 3), np.uint8))
    with zipfile.ZipFile(packed, "w") as file:
        for name in ("a/1.png", "a/2.png", "b/3.png"):
            file.writestr(name, images()["PNG 3"])
    sides = {"width": 64, "height": 48}
    coco = {
        "images": [{"id": i, "file_name": name, **sides} for i, name in enumerate(PHOTOS)],
        "annotations": [{"image_id": i, "category_id": i % 2, "bbox": [1, 2, 30, 40]} for i in range(len(PHOTOS))],
        "categories": [{"id": 0, "name": "fist"}, {"id": 1, "name": "palm"}],
    }
    label = {name: "xy"[i % 2] for i, name in enumerate(PHOTOS)}
    studio = [
        {"data": {"image": name}, "annotations": [{"result": [{"value": {"choices": [said]}}]}]}
        for name, said in label.items()
    ]
    samples = [{"filepath": n, "ground_truth": {"_cls": "Classification", "label": said}} for n, said in label.items()]
    rows = "".join(f"{name},{said},g{i},{('train', 'test')[i % 2]}\n" for i, (name, said) in enumerate(label.items()))
    lines = "".join(json.dumps({"file_name": name, "label": said}) + "\n" for name, said in label.items())
    marks = "".join(f"{name},{int(said == 'x')},{int(said == 'y')}\n" for name, said in label.items())
    pixels = "label," + ",".join(f"pixel{i}" for i in range(1, 785)) + "\n"
    return {
        ".csv 0": b"path,label,group,part\n" + rows.encode(),
        ".csv 1": b"filename,x,y\n" + marks.encode(),
        ".csv 2": (pixels + ("1" + ",0" * 784 + "\n") + ("2" + ",7" * 784 + "\n")).encode(),
        ".csv 3": "".join(f"TRAIN,gs://bucket/{name},{said}\n" for name, said in label.items()).encode(),
        ".tsv 0": b"path\tlabel\n" + "".join(f"{name}\t{said}\n" for name, said in label.items()).encode(),
        ".json 0": json.dumps(coco).encode(),
        ".json 1": json.dumps({"samples": samples}).encode(),
        ".json 2": json.dumps(studio).encode(),
        ".json 3": json.dumps({"classes": ["x", "y"], "labels": {n: i % 2 for i, n in enumerate(label)}}).encode(),
        ".jsonl 0": lines.encode(),
        ".npy 0": arrays.getvalue(),
        ".zip 0": packed.getvalue(),
    }


def misprinted(content: bytes, rng: random.Random) -> bytes:
    """Return text after one to three changes of whole words or lines, so that it stays a table for the most part."""
    for _ in range(rng.randint(1, 3)):
        words, lines = list(_WORDS.finditer(content)), content.splitlines(keepends=True)
        if not words:
            break
        word, place = rng.choice(words), rng.randrange(len(lines))
        match rng.randrange(4):
            case 0:
                content = content[: word.start()] + rng.choice(_ODD) + content[word.end() :]
            case 1:
                content = content[: word.start()] + rng.choice(words)[0] + content[word.end() :]
            case 2:
                content = b"".join([*lines[:place], *lines[place + 1 :]])
            case _:
                content = b"".join([*lines, rng.choice(lines) * rng.randint(1, 50)])
    return content


def damaged(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """Return `content` after one to four changes."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        if not data:
            break
        place, length = rng.randrange(len(data)), 2 ** rng.randint(0, 8)
        match rng.randrange(6):
            case 0:
                data[place] ^= 1 << rng.randrange(8)
            case 1:
                data[place : place + 4] = rng.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0"))
            case 2:
                del data[place:]
            case 3:
                data[place:place] = data[place : place + length] * rng.randint(1, 16)
            case 4:
                start = rng.randrange(len(other))
                data[place : place + length] = other[start : start + length]
            case _:
                del data[place : place + length]
    return bytes(data)


def altered_json(content: bytes, rng: random.Random, *, lines: bool) -> bytes:
    """Return JSON, or JSON lines, after one to three values were replaced, taken away, or put elsewhere."""
    held = [json.loads(line) for line in content.splitlines()] if lines else json.loads(content)
    for _ in range(rng.randint(1, 3)):
        places = list(_places(held))
        if not places:
            break
        (where, key), (source, other) = rng.choice(places), rng.choice(places)
        match rng.randrange(3):
            case 0:
                where[key] = rng.choice(_ODD_VALUES)
            case 1:
                where[key] = json.loads(json.dumps(source[other]))
            case _:
                del where[key]
    return ("\n".join(map(json.dumps, held)) if lines else json.dumps(held)).encode()


def _places(held: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a JSON value as its list or object with index or key."""
    keys = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
    for key, value in keys:
        yield held, key
        yield from _places(value)
