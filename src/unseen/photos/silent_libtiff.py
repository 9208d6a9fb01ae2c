"""Keep libtiff from writing about damaged files to the screen while Pillow decodes with it."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from PIL import _imaging

_SETTERS = ("TIFFSetWarningHandler", "TIFFSetErrorHandler")


@contextmanager
def silent_libtiff() -> Iterator[None]:
    """Let Pillow's errors alone say what is wrong with a TIFF; for one thread at a time, as the handlers are global.

    libtiff writes to the process's standard error, past Python, so that its lines come between those of a server's log.
    """
    before = [setter(None) for setter in _setters()]
    try:
        yield
    finally:
        for setter, handler in zip(_setters(), before, strict=True):
            setter(handler)


@cache
def _setters() -> tuple[Any, ...]:
    """Return libtiff's functions that set a handler and return the one before; none where Pillow does not show them."""
    try:
        # the symbols of Pillow's own library are also those of what it was linked with
        library = ctypes.CDLL(str(_imaging.__file__))
        found = tuple(getattr(library, name) for name in _SETTERS)
    except (OSError, AttributeError, TypeError):
        return ()
    for setter in found:
        setter.restype, setter.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    return found
