"""Sort names as people do: 2 before 10, a before B."""

import re
import unicodedata

_DIGITS = re.compile(r"([0-9]+)")


def natural_key(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Return a key that orders digits by value and the rest without case; ties go by the exact name."""
    pieces = _DIGITS.split(unicodedata.normalize("NFC", name).casefold())
    key = []
    for at, piece in enumerate(pieces):
        if at % 2:
            digits = piece.lstrip("0")  # compared by length and text: int() refuses more than 4300 digits
            key.append((0, len(digits), digits))
        elif piece:
            key.append((1, 0, piece))
    return tuple(key), name
