"""Write the lines that turn prepared numbers into the whole levels, or the shape, that a network takes."""

from unseen.diagnosing.photo_reading import Reading
from unseen.foreign.network import Stored


def level_lines(reading: Reading, stored: Stored | None, name: str) -> list[str]:
    """Return the line that makes whole levels of `x`, where the network takes those."""
    if stored is None:
        return []
    least, browser_array = stored.least, {"uint8": "Uint8Array", "int8": "Int8Array"}[stored.dtype]
    if reading.scale == "raw":
        moved = f" - {-least}" if least else ""
        return [f"const levels = {browser_array}.from(x, (v) => Math.round(v){moved});" if name == "browser" else
                f"x = (x.round(){moved}).astype(np.{stored.dtype})"]  # fmt: skip
    divided = f"x / {stored.scale!r}" if name != "browser" else f"v / {stored.scale!r}"
    if name == "browser":
        whole = f"Math.round({divided} + {stored.zero})"
        return [f"const levels = {browser_array}.from(x, (v) => "
                f"Math.min({least + 255}, Math.max({least}, {whole})));"]  # fmt: skip
    return [f"x = ({divided} + {stored.zero}).round().clip({least}, {least + 255}).astype(np.{stored.dtype})"]


def shape_lines(rank: int, name: str) -> list[str]:
    """Return the line that gives `x` the dimensions of the network's input, where it has no channels or one row."""
    if rank == 4 or name == "browser":
        return []  # a browser's array has no dimensions of its own
    return ["x = x[..., 0]" if rank == 3 else "x = x.reshape(len(x), -1)"]
