"""Find the names of a model's classes in the files that exporters put beside it."""

import json
import re
from pathlib import Path

_NUMBERED = re.compile(r"^\s*(\d+)[\s:,;]+(\S.*)$")  # Teachable Machine: "0 Rock"
_TEXTS = ("labels.txt", "classes.txt", "class_names.txt", "label.txt", "labelmap.txt")
_TABLES = ("labels.json", "classes.json", "class_names.json", "class_indices.json", "metadata.json")
_MOST = 2**20  # bytes of a file of names


def names_beside(model: Path) -> tuple[str, ...] | None:
    """Return the class names of `labels.txt`, `class_indices.json` and the like in the model's folder, if any.

    A SavedModel is a folder itself: its names lie in it or beside it.
    """
    folders = (
        [model, model.parent] if (model / "saved_model.pb").is_file() else [model if model.is_dir() else model.parent]
    )
    for folder in folders:
        for name in (f"{model.stem}.txt", f"{model.stem}_labels.txt", *_TEXTS, f"{model.stem}.json", *_TABLES):
            file = folder / name
            if file.is_file() and file.stat().st_size < _MOST and (found := read_names(file)):
                return found
    return None


def read_names(file: Path) -> tuple[str, ...] | None:
    """Return the names of a file, one a line or as JSON; `None` where it does not hold two names or more."""
    written = file.read_text(encoding="utf-8-sig", errors="replace")
    names = _of_json(written) if file.suffix == ".json" else lines_of(written)
    return names if names and len(set(names)) == len(names) > 1 else None


def lines_of(written: str) -> tuple[str, ...]:
    """Return one name a line, without the numbers before them where every line has its own."""
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    numbered = [_NUMBERED.match(line) for line in lines]
    if all(numbered) and sorted(int(one[1]) for one in numbered if one) == list(range(len(lines))):
        return tuple(one[2] for one in sorted((one for one in numbered if one), key=lambda one: int(one[1])))
    return tuple(lines)


def _of_json(written: str) -> tuple[str, ...] | None:
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict):
        for key in ("labels", "classes", "class_names", "names"):
            if isinstance(found.get(key), list | dict):
                found = found[key]
                break
    if isinstance(found, dict):
        places = list(found.values())
        if places and all(isinstance(place, int) for place in places):  # Keras's class_indices: {"rock": 0}
            return tuple(sorted(found, key=lambda name: int(found[name])))
        if found and all(str(key).isdecimal() for key in found):
            return tuple(str(found[key]) for key in sorted(found, key=int))
        return None
    return tuple(map(str, found)) if isinstance(found, list) else None
