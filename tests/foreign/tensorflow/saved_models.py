"""Write SavedModel folders byte for byte as TensorFlow does: graphs, functions, the table of variables."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unseen.records import Float32Array

FLOAT, UINT8, INT32, TEXT, RESOURCE = 1, 4, 3, 7, 20
_KINDS = {"float32": FLOAT, "int32": INT32, "uint8": UINT8, "int64": 9, "float16": 19, "bool": 10}


class Kind(int):
    """A DataType as a setting."""


class Function(str):
    """A function as a setting."""


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    made = bytearray()
    while number >= 0x80:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*made, number])


def field(number: int, value: int | float | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def entry(number: int, key: str, value: bytes) -> bytes:
    """One entry of a map."""
    return field(number, field(1, key) + field(2, value))


def shape_of(shape: Sequence[int]) -> bytes:
    return b"".join(field(2, field(1, length)) for length in shape)


def tensor(values: Any) -> bytes:
    array = np.asarray(values)
    kind = field(1, _KINDS[array.dtype.name])
    return kind + field(2, shape_of(array.shape)) + field(4, array.tobytes())


def words(*names: str) -> bytes:
    return field(1, TEXT) + field(2, shape_of([len(names)])) + b"".join(field(8, name) for name in names)


def setting(value: Any) -> bytes:
    """An AttrValue; bytes are a tensor that is written already."""
    if isinstance(value, bytes):
        return field(8, value)
    if isinstance(value, np.ndarray | np.generic):
        return field(8, tensor(value))
    if isinstance(value, Function):
        return field(10, field(1, value))
    if isinstance(value, Kind):
        return field(6, int(value))
    if isinstance(value, bool):
        return field(5, int(value))
    if isinstance(value, list):
        return field(1, field(3, b"".join(varint(one) for one in value)))
    return field({int: 3, float: 4, str: 2}[type(value)], value)


def node(name: str, op: str, *inputs: str, **settings: Any) -> bytes:
    made = field(1, name) + field(2, op) + b"".join(field(3, one) for one in inputs)
    return made + b"".join(entry(5, key, setting(value)) for key, value in settings.items())


def const(name: str, values: Any) -> bytes:
    array = np.asarray(values)
    kind = np.float32 if array.dtype == np.float64 else np.int32 if array.dtype == np.int64 else array.dtype
    return node(name, "Const", value=array.astype(kind))


def function(name: str, arguments: Sequence[str], returns: Mapping[str, str], *nodes: bytes) -> bytes:
    """A FunctionDef. returns: for each output, by name, what it is taken from."""
    signature = field(1, name) + b"".join(field(2, field(1, one)) for one in arguments)
    signature += b"".join(field(3, field(1, one)) for one in returns)
    body = b"".join(field(3, one) for one in nodes)
    return (
        field(1, signature) + body + b"".join(field(4, field(1, key) + field(2, ref)) for key, ref in returns.items())
    )


def end(name: str, reference: str, kind: int, shape: Sequence[int]) -> bytes:
    return field(1, name) + field(2, field(1, reference) + field(2, kind) + field(3, shape_of(shape)))


def write_graph(
    folder: Path, nodes: Sequence[bytes], functions: Sequence[bytes], given: bytes, result: bytes, restores: str = ""
) -> Path:
    graph = b"".join(field(1, one) for one in nodes) + field(2, b"".join(field(1, one) for one in functions))
    saver = field(1, "saver_filename:0") + field(3, restores)
    signature = field(1, given) + field(2, result) + field(3, "tensorflow/serving/predict")
    meta = field(1, field(4, "serve")) + field(2, graph) + field(3, saver) + entry(5, "serving_default", signature)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "saved_model.pb").write_bytes(field(1, 1) + field(2, meta))
    return folder


def one_function(folder: Path, nodes: Sequence[bytes], shape: Sequence[int], kind: int = FLOAT, **more: Any) -> Path:
    """A model without variables: what a function makes of "photos", its node "scores"."""
    main = [node("input", "Placeholder"), node("call", "PartitionedCall", "input", f=Function("f"))]
    body = function("f", ["photos"], {"output": "scores:0"}, *nodes)
    functions = [body, *more.get("functions", ())]
    return write_graph(folder, main, functions, end("x", "input:0", kind, shape), end("y", "call:0", FLOAT, [-1, -1]))


def crc(content: bytes) -> int:
    """CRC-32C, masked as tables store it."""
    value = 0xFFFFFFFF
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0x82F63B78 * (value & 1)
    value ^= 0xFFFFFFFF
    return (value >> 15 | value << 17) + 0xA282EAD8 & 0xFFFFFFFF


def block(entries: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A block of a table, keys by what they share with the one before; every 16th is whole."""
    made, restarts, last = b"", [], b""
    for place, (key, value) in enumerate(entries):
        shared = 0
        if place % 16:
            while shared < min(len(key), len(last)) and key[shared] == last[shared]:
                shared += 1
        else:
            restarts.append(len(made))
        made += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    starts = restarts or [0]
    return made + struct.pack(f"<{len(starts) + 1}I", *starts, len(starts))


def stored(content: bytes, compression: int = 0) -> bytes:
    """A block as it lies in the file."""
    kind = bytes([compression])
    return content + kind + struct.pack("<I", crc(content + kind))


def write_bundle(folder: Path, variables: Mapping[str, Float32Array], compression: int = 0) -> None:
    """Write the index and the one file of variables."""
    inside = folder / "variables"
    inside.mkdir(parents=True, exist_ok=True)
    entries, data = [(b"", field(1, 1) + field(3, field(1, 1)))], b""
    for key, values in sorted(variables.items()):
        content = values.tobytes()
        about = field(1, _KINDS[values.dtype.name]) + field(2, shape_of(values.shape))
        about += field(4, len(data)) if data else b""
        about += field(5, len(content)) + varint(6 << 3 | 5) + struct.pack("<I", crc(content))
        entries.append((key.encode(), about))
        data += content
    (inside / "variables.data-00000-of-00001").write_bytes(data)
    first = block(entries)
    nothing = block([])
    table = stored(first, compression)
    places = [varint(len(table)) + varint(len(nothing))]
    table += stored(nothing)
    index = block([(entries[-1][0] + b"\xff", varint(0) + varint(len(first)))])
    places.append(varint(len(table)) + varint(len(index)))
    table += stored(index)
    footer = b"".join(places).ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")
    (inside / "variables.index").write_bytes(table + footer)


def centroid_model(folder: Path, means: Float32Array, sharp: float, side_px: int) -> Path:
    """A folder as Keras saves it: which of `means` (classes, 3) is the mean of a photo near to? Weights chosen.

    The photo goes through a batch norm that changes nothing but by its own numbers, and two functions.
    """
    ones, zeros = np.ones(3, np.float32), np.zeros(3, np.float32)
    variables = {
        "layer-0/gamma": ones, "layer-0/beta": zeros, "layer-0/moving_mean": zeros,
        "layer-0/moving_variance": np.full(3, 0.999, np.float32),  # with epsilon 1
        "layer-1/kernel": (2 * sharp * means.T).astype(np.float32),
        "layer-1/bias": (-sharp * np.square(means).sum(axis=1)).astype(np.float32),
    }  # fmt: skip
    keys = [f"{name}/.ATTRIBUTES/VARIABLE_VALUE" for name in sorted(variables)]
    handles = [f"variable_{i}" for i in range(len(keys))]
    gamma, beta, mean, variance, kernel, bias = (sorted(variables).index(name) for name in variables)
    reads = [node(f"read_{i}", "ReadVariableOp", f"h{i}", dtype=Kind(FLOAT)) for i in range(len(keys))]
    arguments = ["photos", *(f"h{i}" for i in range(len(keys)))]
    inner = function(
        "__inference_model", arguments, {"identity": "out:output:0"}, *reads,
        node("bn", "FusedBatchNormV3", "photos", *(f"read_{i}:value:0" for i in (gamma, beta, mean, variance)),
             epsilon=0.001, is_training=False, data_format="NHWC"),
        const("axes", [1, 2]), node("pool", "Mean", "bn:y:0", "axes:output:0", keep_dims=False),
        node("dense", "MatMul", "pool:output:0", f"read_{kernel}:value:0"),
        node("biased", "BiasAdd", "dense:product:0", f"read_{bias}:value:0", "^pool"),
        node("softmax", "Softmax", "biased:output:0"), node("out", "Identity", "softmax:softmax:0"),
    )  # fmt: skip
    wrapper = function(
        "__inference_signature_wrapper", arguments, {"identity": "call:output:0"},
        node("call", "StatefulPartitionedCall", *arguments, f=Function("__inference_model")),
    )  # fmt: skip
    many = len(keys)
    restore = function(
        "__inference__traced_restore", ["file_prefix", *(f"h{i}" for i in range(many))], {},
        node("names", "Const", value=words(*keys)), node("slices", "Const", value=words(*[""] * many)),
        node("restore", "RestoreV2", "file_prefix", "names:output:0", "slices:output:0"),
        *(node(f"value_{i}", "Identity", f"restore:tensors:{i}") for i in range(many)),
        *(node(f"assign_{i}", "AssignVariableOp", f"h{i}", f"value_{i}:output:0") for i in range(many)),
    )  # fmt: skip
    main = [
        *(node(name, "VarHandleOp", dtype=Kind(FLOAT)) for name in handles),
        node("serving_default_input_1", "Placeholder", dtype=Kind(FLOAT)),
        node("StatefulPartitionedCall", "StatefulPartitionedCall", "serving_default_input_1", *handles,
             f=Function("__inference_signature_wrapper")),
        node("saver_filename", "Placeholder", dtype=Kind(TEXT)),
        node("StatefulPartitionedCall_1", "StatefulPartitionedCall", "saver_filename", *handles,
             f=Function("__inference__traced_restore")),
    ]  # fmt: skip
    shape, classes = [-1, side_px, side_px, 3], [-1, len(means)]
    write_graph(
        folder, main, [inner, wrapper, restore], end("input_1", "serving_default_input_1:0", FLOAT, shape),
        end("dense", "StatefulPartitionedCall:0", FLOAT, classes), "StatefulPartitionedCall_1",
    )  # fmt: skip
    write_bundle(folder, {key: variables[name] for key, name in zip(keys, sorted(variables), strict=True)})
    return folder
