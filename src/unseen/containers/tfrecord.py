"""Read the `Example` messages of TFRecord files without TensorFlow.

A file is records of length (8 bytes), its checksum (4), content, its checksum (4), see
https://www.tensorflow.org/tutorials/load_data/tfrecord; a record is a protocol buffer of three nested messages, see
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/example/feature.proto.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from unseen.errors import UnseenError

Values = list[bytes] | list[int] | list[float]

_MASK_DELTA = 0xA282EAD8
_BYTES, _FLOATS, _INTS = 1, 2, 3  # the fields of a Feature


def read_records(file: Path) -> Iterator[bytes]:
    """Yield the content of each record; raise `UnseenError` where the file is cut or damaged.

    Only the checksum of the length is compared: damaged pictures are found when they are decoded.
    """
    with file.open("rb") as stream:
        while head := stream.read(12):
            length, checksum = struct.unpack("<QI", head) if len(head) == 12 else (0, None)
            if checksum != masked_crc32c(head[:8]):
                raise UnseenError(f"{file} is damaged or no TFRecord file: download it again")
            content = stream.read(length)
            if len(stream.read(4)) < 4 or len(content) < length:
                raise UnseenError(f"{file} is cut off: download it again")
            yield content


def parse_example(message: bytes) -> dict[str, Values]:
    """Return the features of an `Example` by name; raise `ValueError` where the bytes are none."""
    features: dict[str, Values] = {}
    for field, block in _fields(message):
        for _, entry in _fields(_message(block)) if field == 1 else ():
            parts = dict(_fields(_message(entry)))
            features[_message(parts.get(1, b"")).decode()] = _feature(_message(parts.get(2, b"")))
    return features


def _feature(message: bytes) -> Values:
    for kind, block in _fields(message):
        items = [value for _, value in _fields(_message(block))]
        if kind == _BYTES:
            return [_message(item) for item in items]
        if kind == _FLOATS:
            packed = b"".join(_message(item) for item in items)
            return list(struct.unpack(f"<{len(packed) // 4}f", packed))
        if kind == _INTS:
            return [
                _signed(number) for item in items for number in ([item] if isinstance(item, int) else _varints(item))
            ]
    return []


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Yield the number and value of each field of a message, in order."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        length, at = _varint(message, at) if wire == 2 else ({1: 8, 5: 4}.get(wire, -1), at)
        if length < 0 or at + length > len(message):
            raise ValueError("not an Example")
        yield key >> 3, message[at : at + length]
        at += length


def _varints(packed: bytes) -> Iterator[int]:
    at = 0
    while at < len(packed):
        number, at = _varint(packed, at)
        yield number


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return a number of 7 bits a byte, the lowest first, and where the next one begins."""
    number = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("not an Example")
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def _signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number


def _message(value: bytes | int) -> bytes:
    if isinstance(value, int):
        raise ValueError("not an Example")
    return value


def masked_crc32c(content: bytes) -> int:
    """Return the checksum of TFRecord: CRC-32C (Castagnoli), rotated and shifted."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF
