"""Write small clips whose every frame is known."""

import struct
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageFilter

from unseen.records import Uint8Array

CODECS = {".mp4": "libx264", ".mkv": "libx264", ".webm": "libvpx-vp9", ".avi": "mpeg4", ".mov": "mjpeg"}
_MATRICES = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def textured(seed: int, side: int = 96) -> Uint8Array:
    """Coarse blocks of random colour: sharp, and unlike those of another seed."""
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    return np.repeat(np.repeat(blocks, side // 6, axis=0), side // 6, axis=1)


def blurred(pixels: Uint8Array) -> Uint8Array:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(6)))


def write_clip(path: Path, frames: Sequence[Uint8Array], rate: int = 10) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gif":
        pictures = [Image.fromarray(frame) for frame in frames]
        pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=1000 // rate)
        return path
    with av.open(str(path), "w") as container:
        stream = container.add_stream(CODECS[path.suffix], rate=rate)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuvj420p" if path.suffix == ".mov" else "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


def turn(clip: Path, degrees: int) -> Path:
    """State in an MP4 that its frames are to be turned clockwise, as a phone does that is held upright."""
    content = clip.read_bytes()
    at = content.index(b"tkhd") + 44  # the matrix in the track header, ISO 14496-12
    a, b, c, d = (value << 16 for value in _MATRICES[degrees])
    matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    clip.write_bytes(content[:at] + matrix + content[at + 36 :])
    return clip
