import numpy as np

from unseen.photos.exif import Exif, read_exif

from .pictures import exif_block


def test_the_time_is_when_the_photo_was_taken_not_when_it_was_saved() -> None:
    assert read_exif(exif_block()) == Exif(6, 1714979289.0, "Maker Model 3")
    assert read_exif(exif_block(taken="")).taken is None
    assert read_exif(exif_block(taken="0000:00:00 00:00:00")).taken is None


def test_broken_exif_says_nothing() -> None:
    block = exif_block()
    for cut in range(len(block)):
        read_exif(block[:cut])
    rng = np.random.default_rng(0)
    for _ in range(500):
        broken = bytearray(block)
        broken[int(rng.integers(6, len(block)))] = int(rng.integers(0, 256))
        assert 1 <= read_exif(bytes(broken)).orientation <= 8
    assert read_exif(b"Exif\0\0" + b"\xff" * 40) == Exif()
