from pathlib import Path

import pytest

from unseen.containers.tfrecord import parse_example, read_records
from unseen.errors import UnseenError

# Two records that TensorFlow wrote: an Example of a PNG, three whole numbers, two fractions and nothing; and no bytes.
WRITTEN = bytes.fromhex(
    "9700000000000000e47640f30a94010a550a05696d616765124c0a4a0a4889504e470d0a1a0a0000000d4948445200000002000000010802"
    "0000007b40e8dd0000000f49444154789c63e4129163606000000126003e63f860590000000049454e44ae4260820a1a0a056c6162656c12"
    "111a0f0a0d02ffffffffffffffffff01ac020a080a046e6f6e6512000a150a0573636f7265120c120a0a080000003f000000c08717805600"
    "0000000000000029039807d8ea82a2"
)


def test_what_tensorflow_wrote_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(WRITTEN)
    first, second = read_records(tmp_path / "a")
    read = parse_example(first)
    image = read.pop("image")[0]
    assert isinstance(image, bytes)
    assert (image[:8], image[-8:]) == (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82")
    assert read == {"label": [2, -1, 300], "score": [0.5, -2.0], "none": []}
    assert parse_example(second) == {}


@pytest.mark.parametrize("length", [5, 12, 100, len(WRITTEN) - 20, len(WRITTEN) - 1])
def test_a_file_that_is_cut_is_an_error(tmp_path: Path, length: int) -> None:
    (tmp_path / "a").write_bytes(WRITTEN[:length])
    with pytest.raises(UnseenError, match=r"cut off|damaged"):
        list(read_records(tmp_path / "a"))


def test_a_length_that_was_changed_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff" + WRITTEN[1:])
    with pytest.raises(UnseenError, match="damaged"):
        list(read_records(tmp_path / "a"))


def test_no_bytes_whatever_raise_another_error_than_value_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(WRITTEN)
    message = next(iter(read_records(tmp_path / "a")))
    broken = 0
    for at in range(len(message)):
        for value in (0, 1, 0x80, 0xFF, message[at] ^ 1):
            try:
                parse_example(message[:at] + bytes([value]) + message[at + 1 :])
            except ValueError:
                broken += 1
    assert broken > len(message)
