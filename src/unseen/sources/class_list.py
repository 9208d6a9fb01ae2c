"""Name the classes that a table only numbers, by the list of names beside it."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from unseen.photos.scan import refusal

_LIST = re.compile(r".*(?:class|label|categor|names).*\.(?:txt|json|names)", re.IGNORECASE)
_NUMBER = re.compile(r"([0-9]+)(?:\.0*)?")  # pandas writes 3 as 3.0 where another cell of the column is empty
_NUMBERED = re.compile(r"([0-9]+)[\s:,=]+(\S.*)")  # Teachable Machine's labels.txt
MAX_BYTES = 2**20


def names_of_numbers(table: Path, labels: Collection[str]) -> tuple[dict[str, str], str]:
    """Return what `labels` are called, where all are numbers, and a sentence for the screen, empty where there is none.

    A list that names every one of them and lies beside `table`, or in the folder above, names them: lines of a text, or
    JSON. Without one, 3.0 is the class 3.
    """
    matches = {label: _NUMBER.fullmatch(label) for label in labels}
    numbers = {label: int(match[1]) for label, match in matches.items() if match}
    if len(numbers) < len(matches) or not numbers:
        return {}, ""
    for file in _lists(table):
        names = _names(file)
        if set(numbers.values()) <= set(names) and len(set(names.values())) == len(names):
            return {label: names[number] for label, number in numbers.items()}, f"{file.name} names the classes"
    return {label: str(number) for label, number in numbers.items() if "." in label}, ""


def _lists(table: Path) -> Iterator[Path]:
    for folder in (table.parent, table.parent.parent):
        try:
            found = sorted(file for file in folder.iterdir() if _LIST.fullmatch(file.name) and file != table)
        except OSError:
            continue
        yield from found


def _names(file: Path) -> Mapping[int, str]:
    """Return the class names in `file` by number; empty where it is no such list."""
    try:
        text = file.read_text("utf-8-sig") if file.stat().st_size <= MAX_BYTES else ""
        if file.suffix.lower() == ".json":
            return _of_json(json.loads(text))
    except (OSError, ValueError, RecursionError):
        return {}
    lines = [line.strip() for line in text.strip().splitlines()]
    numbered = [match for line in lines if (match := _NUMBERED.fullmatch(line))]
    if len(numbered) == len(lines):
        return {int(match[1]): match[2] for match in numbered}
    if any(not line or refusal(line.split()[0]) is None for line in lines):  # a list of photos
        return {}
    return dict(enumerate(lines))


def _of_json(content: Any) -> Mapping[int, str]:
    if isinstance(content, list) and all(isinstance(name, str) for name in content):
        return dict(enumerate(content))
    if not isinstance(content, dict):
        return {}
    if all(key.isdecimal() and isinstance(name, str) for key, name in content.items()):
        return {int(key): name for key, name in content.items()}
    if all(isinstance(number, int) for number in content.values()):
        return {number: name for name, number in content.items()}
    return {}
