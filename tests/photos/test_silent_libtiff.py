import io

import pytest
from PIL import Image

from tests.photos.pictures import cornered, encoded
from unseen.errors import UnreadablePhoto
from unseen.photos.decode import decode
from unseen.photos.silent_libtiff import silent_libtiff


def damaged() -> bytes:
    """A TIFF whose compressed pixels are noise, which libtiff writes about."""
    content = encoded(cornered(), "TIFF", compression="tiff_lzw")
    return content[:8] + b"\xa5\x3c\x99" * 40 + content[128:]


def load(content: bytes) -> None:
    with Image.open(io.BytesIO(content)) as image, pytest.raises(OSError, match="decoder error"):
        image.load()


def test_a_damaged_tiff_is_one_reason_and_no_line_on_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    load(damaged())
    assert capfd.readouterr().err  # what libtiff says when it is let
    with pytest.raises(UnreadablePhoto, match=r"^damaged$"):
        decode(damaged(), 64)
    assert capfd.readouterr() == ("", "")


def test_other_users_of_pillow_hear_of_it_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    with silent_libtiff():
        load(damaged())
    assert not capfd.readouterr().err
    load(damaged())
    assert capfd.readouterr().err
