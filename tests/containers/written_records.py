"""Write TFRecord files of Examples, byte by byte, as TensorFlow Datasets lays them out."""

import json
import struct
from collections.abc import Sequence
from pathlib import Path

from unseen.containers.tfrecord import masked_crc32c


def varint(number: int) -> bytes:
    number &= 2**64 - 1
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def block(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def example(**features: bytes | str | int) -> bytes:
    entries = b""
    for name, value in features.items():
        if isinstance(value, int):
            feature = block(3, block(1, varint(value)))
        else:
            feature = block(1, block(1, value if isinstance(value, bytes) else value.encode()))
        entries += block(1, block(1, name.encode()) + block(2, feature))
    return block(1, entries)


def tfrecord(file: Path, records: Sequence[bytes]) -> Path:
    content = b""
    for record in records:
        length = struct.pack("<Q", len(record))
        content += length + struct.pack("<I", masked_crc32c(length)) + record + bytes(4)
    file.write_bytes(content)
    return file


KINDS = {
    "Image": "image_feature.Image",
    "ClassLabel": "class_label_feature.ClassLabel",
    "Text": "text_feature.Text",
    "BBoxFeature": "bounding_boxes.BBoxFeature",
}


def tfds_folder(folder: Path, classes: Sequence[str], fields: dict[str, str], *, label: str = "label") -> Path:
    folder.mkdir(parents=True)
    described = {
        name: {"pythonClassName": f"tensorflow_datasets.core.features.{KINDS[kind]}"} for name, kind in fields.items()
    }
    (folder / "features.json").write_text(json.dumps({"featuresDict": {"features": described}}))
    (folder / "dataset_info.json").write_text(json.dumps({"name": "signs", "version": folder.name}))
    (folder / f"{label}.labels.txt").write_text("".join(f"{name}\n" for name in classes))
    return folder
