"""Read the tensors that TensorFlow stores; what is computed with are floats of 32 bits, whole numbers of 64."""

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from unseen.errors import UnseenError
from unseen.models import wire

Numbers: TypeAlias = npt.NDArray[Any]
MAX_NUMBERS = 2**28  # of one tensor: a gigabyte
BFLOAT16, TEXT = 14, 7
# DataType of types.proto; bfloat16 as its bits.
DTYPES: dict[int, type[np.generic]] = {
    1: np.float32, 2: np.float64, 3: np.int32, 4: np.uint8, 5: np.int16, 6: np.int8, 9: np.int64, 10: np.bool_,
    14: np.uint16, 19: np.float16,
}  # fmt: skip
_FLOATS = {1, 2, BFLOAT16, 19}
# TensorProto: the type, the shape, the bytes, and the fields of typed numbers.
_TYPE, _SHAPE, _CONTENT, _TEXTS = 1, 2, 4, 8
_TYPED = {1: 5, 2: 6, 3: 7, 4: 7, 5: 7, 6: 7, 9: 10, 10: 11, 14: 13, 19: 13}


def element_type(kind: int) -> int:
    """Return the ONNX type that numbers of a TensorFlow type are computed in."""
    if kind in _FLOATS:
        return int(TensorProto.FLOAT)
    if kind in (4, 10):
        return int(TensorProto.UINT8 if kind == 4 else TensorProto.BOOL)
    if kind in DTYPES:
        return int(TensorProto.INT64)
    raise UnseenError(
        f"it computes with {'text' if kind == TEXT else f'numbers of type {kind}'}: export it for pictures"
    )


def as_computed(values: Numbers, kind: int) -> Numbers:
    """Return stored numbers as they are computed with."""
    if kind == BFLOAT16:
        return (values.astype(np.uint32) << 16).view(np.float32)
    if kind in _FLOATS:
        return values.astype(np.float32, copy=False)
    return values if kind in (4, 10) else values.astype(np.int64, copy=False)


def dims(shape: bytes) -> tuple[int, ...]:
    """Return the lengths that a TensorShapeProto states, -1 where any fits."""
    found = tuple([-1, *wire.wholes(dim, 1)][-1] if dim else 0 for dim in wire.parts(shape, 2))
    if any(length < -1 for length in found):
        raise UnseenError("it holds a tensor of a negative size: export it again")
    return found


def tensor(message: bytes) -> Numbers:
    """Return the numbers of a TensorProto; the last of too few stands for those that are missing."""
    kind, shape = wire.whole(message, _TYPE), dims(b"".join(wire.parts(message, _SHAPE)))
    if kind not in DTYPES:
        element_type(kind)
    many = math.prod(shape)
    if not 0 <= many <= MAX_NUMBERS:
        raise UnseenError(f"it holds a tensor of {shape}, which is more than a classifier needs: export it again")
    dtype = np.dtype(DTYPES[kind])
    content = b"".join(wire.parts(message, _CONTENT))
    field = _TYPED[kind]
    if not content and field in (5, 6):
        content = b"".join(wire.parts(message, field))
    if content:
        values = np.frombuffer(content, dtype.newbyteorder("<"))
    else:
        values = np.array(wire.wholes(message, field) or [0], np.int64)
        values = values.astype(np.uint16).view(np.float16) if kind == 19 else values.astype(dtype)
    if len(values) not in (1, many) and len(values) > many:
        raise UnseenError(f"it holds a tensor of {shape} with {len(values)} numbers: export it again")
    whole = np.concatenate([values, np.full(max(many - len(values), 0), values[-1])])[:many]
    return as_computed(whole.reshape(shape), kind)


def texts(message: bytes) -> list[str]:
    """Return the strings of a TensorProto."""
    return [one.decode("utf-8", "replace") for one in wire.parts(message, _TEXTS)]
