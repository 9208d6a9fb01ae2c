"""Read records strictly: every key is known, every value has the type that its field states."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from unseen.errors import SettingError

Record = TypeVar("Record")
WORDS = {int: "a whole number", float: "a number", str: "text", bool: "True or False", NoneType: "None"}


def read_record(kind: type[Record], values: Mapping[str, Any]) -> Record:
    """Build the dataclass `kind` from `values`, as JSON holds them or a caller gives them.

    Lists become tuples and arrays, whole numbers pass as floats, mappings become nested records. Raises
    `SettingError` for a key that is missing or not known, and for a value that does not fit its field.
    """
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # `Record` is a dataclass
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise SettingError(unknown[0], "is not known: it is misspelt, or of another version")
    for name, field in known.items():
        if name not in values and field.default is MISSING and field.default_factory is MISSING:
            raise SettingError(name, "is missing")
    return kind(**{name: fitted(name, value, _hints(kind)[name]) for name, value in values.items()})


def fit_fields(record: object) -> None:
    """Convert the fields of a frozen dataclass to the types they state, as `read_record` does."""
    for name, hint in _hints(type(record)).items():
        object.__setattr__(record, name, fitted(name, getattr(record, name), hint))


def fitted(name: str, value: object, hint: Any) -> Any:
    """Return `value` as the type `hint`; raise `SettingError` with `name` where it is not of that type."""
    try:
        return _fitted(value, hint)
    except TypeError:
        raise SettingError(name, f"is {value!r}: use {_described(hint)}") from None


def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _fitted(value: Any, hint: Any) -> Any:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _first_fitting(value, parts)
    if origin is Literal:
        return _require(value, any(value == choice and type(value) is type(choice) for choice in parts))
    if origin is tuple and isinstance(value, list | tuple):
        wanted = parts[:1] * len(value) if parts[-1] is Ellipsis else parts
        _require(value, len(wanted) == len(value))
        return tuple(_fitted(item, part) for item, part in zip(value, wanted, strict=True))
    if origin is list and isinstance(value, list):
        return [_fitted(item, parts[0]) for item in value]
    if origin in (Mapping, dict) and isinstance(value, Mapping):
        return {_fitted(key, parts[0]): _fitted(item, parts[1]) for key, item in value.items()}
    if origin is np.ndarray and isinstance(value, list):
        return _array(value, get_args(parts[1])[0])
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(_require(value, value in set(hint)))
    if is_dataclass(hint) and isinstance(hint, type):
        return read_record(hint, value) if isinstance(value, Mapping) else _require(value, isinstance(value, hint))
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return value
    fits = origin is None and isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
    return _require(value, fits)


def _array(value: list[Any], dtype: type[np.generic]) -> Any:
    try:
        return np.array(value, dtype)
    except ValueError:  # rows of several lengths, or no numbers
        raise TypeError from None


def _first_fitting(value: object, hints: tuple[Any, ...]) -> Any:
    for hint in hints:
        try:
            return _fitted(value, hint)
        except TypeError:
            continue
    raise TypeError


def _require(value: Any, fits: bool) -> Any:
    if not fits:
        raise TypeError
    return value


def _described(hint: Any) -> str:
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return ", ".join(map(str, parts))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return ", ".join(hint)
    if origin in (Union, UnionType):
        return " or ".join(_described(part) for part in parts)
    if origin in (tuple, list):
        return f"a list of {_described(parts[0])}"
    return WORDS.get(hint, getattr(hint, "__name__", str(hint)))
