"""Turn the texts of flags into settings, and settings that are wrong into the flags to change."""

import csv
import re
from collections.abc import Callable, Mapping
from typing import Any

import click

from unseen.errors import SettingError
from unseen.per_class import Answer, PerClass
from unseen.records import ASKED_HANDS

ANSWERS: dict[str, Answer] = {"auto": "auto", "no": False, "yes": True}
FLAGS = {"hidden_layers": "hidden", "as_": "as"}  # where the flag is not the setting's name


def flag(setting: str) -> str:
    """Return the flag of a setting, such as `--time-limit`."""
    return f"--{FLAGS.get(setting, setting).replace('_', '-')}"


def settings_of(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that flags by name mean; raise `SettingError` for a text that means nothing."""
    return {name: PARSERS[name](text) if name in PARSERS and text is not None else text for name, text in flags.items()}


def parse_fractions(text: str) -> tuple[float, ...]:
    """Read `70/15/15` (train, validation, test; any unit)."""
    try:
        shares = tuple(float(share) for share in text.split("/"))
    except ValueError:
        shares = ()
    if len(shares) != 3:
        raise SettingError("fractions", f"is {text}: give train/validation/test such as 70/15/15 or 50/25/25")
    return shares


def parse_classes(text: str) -> tuple[str, ...] | None:
    """Read names separated by commas, in double quotes where a name has one; none at all mean every class."""
    names = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(name.strip() for name in names if name.strip()) or None


def parse_hidden(text: str) -> tuple[int, ...] | None:
    """Read `auto` (the model's own), `linear`, or widths such as `100` or `512,128`."""
    if text in ("auto", "linear"):
        return None if text == "auto" else ()
    if not re.fullmatch(r"[1-9]\d{0,4}(,[1-9]\d{0,4})*", text):
        raise SettingError("hidden_layers", f"is '{text}': use auto, linear, or widths such as 100 or 512,128")
    return tuple(int(width) for width in text.split(","))


def parse_unfreeze(text: str) -> str | int:
    """Read `none`, `last`, `all` or a number of stages."""
    return int(text) if text.isdecimal() else text


def parse_per_class(setting: str, text: str) -> PerClass:
    """Read `ANSWER`, `ANSWER,CLASS=ANSWER,...`, or `CLASS=ANSWER,...` with `auto` for the rest.

    A class with a comma in its name cannot be named. Raises `SettingError` for anything else, and for a class that is
    named twice.
    """
    items = [item.strip() for item in text.split(",")]
    rest = items.pop(0) if "=" not in items[0] else "auto"
    named: dict[str, Answer] = {}
    for item in items:
        name, _, answer = (side.strip() for side in item.rpartition("="))
        if not name:
            raise _no_answer(setting, item)
        if name in named:
            raise SettingError(setting, f"names '{name}' twice: give it one answer")
        named[name] = _answer(setting, answer, item)
    return PerClass(_answer(setting, rest, rest), named)


def _answer(setting: str, word: str, item: str) -> Answer:
    if word not in ANSWERS:
        raise _no_answer(setting, item)
    return ANSWERS[word]


def _no_answer(setting: str, item: str) -> SettingError:
    return SettingError(
        setting, f"is '{item}': use {', '.join(ANSWERS)}, and others for single classes, as in auto,6=no,9=no"
    )


PARSERS: dict[str, Callable[[str], Any]] = {
    "fractions": parse_fractions,
    "classes": parse_classes,
    "also": parse_classes,
    "hidden_layers": parse_hidden,
    "unfreeze": parse_unfreeze,
    "flip": lambda text: parse_per_class("flip", text),
    "rotate": lambda text: parse_per_class("rotate", text),
}


_LAYOUT = click.option(
    "--layout", default="auto", show_default=True, help="auto, class/group, group/class or boxes: see docs/folders.md."
)
_LABELS_FROM = click.option(
    "--labels-from", metavar="PATTERN", help="Read labels from file names: '^(?P<label>[A-Z]+)_'."
)


def reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the flags that say how photos are read: errors about folders name them, whichever verb reads photos."""
    return _LABELS_FROM(_LAYOUT(command))


asked_hand = click.option(
    "--hand", type=click.Choice(ASKED_HANDS), help="Of two hands in a photo, the one that is meant; else that of RUN."
)
