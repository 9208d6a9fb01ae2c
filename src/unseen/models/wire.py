"""Read the fields of a protobuf message without its schema, and without a library that trusts it."""

from collections.abc import Iterator

from unseen.errors import UnseenError

Value = int | bytes


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """Yield (field number, value) of a message: whole numbers as they are, all else as bytes.

    Raises `UnseenError` where the message ends too early or holds what no writer writes.
    """
    place, end = 0, len(message)
    while place < end:
        key = message[place]  # nearly always one byte
        key, place = (key, place + 1) if key < 0x80 else varint(message, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, place = varint(message, place)
            yield number, value
            continue
        if kind == 2:
            length = message[place] if place < end else 0x80
            length, place = (length, place + 1) if length < 0x80 else varint(message, place)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise UnseenError("the file is damaged: export it again")
        if number == 0 or place + length > end:
            raise UnseenError("the file ends too early or is damaged: export it again, or copy it again")
        yield number, message[place : place + length]
        place += length


def varint(message: bytes, place: int) -> tuple[int, int]:
    """Return the whole number that begins at a place, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(message):
            raise UnseenError("the file ends too early: export it again, or copy it again")
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise UnseenError("the file is damaged: export it again")


def parts(message: bytes, number: int) -> list[bytes]:
    """Return every value of a field that holds bytes."""
    return [value for found, value in fields(message) if found == number and isinstance(value, bytes)]


def text(message: bytes, number: int) -> str:
    """Return the last value of a field that holds text, empty where there is none."""
    return parts(message, number)[-1].decode("utf-8", "replace") if parts(message, number) else ""


def whole(message: bytes, number: int, default: int = 0) -> int:
    """Return the last value of a field that holds a whole number."""
    return [default, *(value for found, value in fields(message) if found == number and isinstance(value, int))][-1]


def wholes(message: bytes, number: int) -> list[int]:
    """Return the values of a repeated whole number, packed or not; negative ones as such."""
    found: list[int] = []
    for field, value in fields(message):
        if field != number:
            continue
        if isinstance(value, int):
            found.append(value)
            continue
        place = 0
        while place < len(value):
            one, place = varint(value, place)
            found.append(one)
    return [one - (1 << 64) if one >= 1 << 63 else one for one in found]
