"""Read the frames of a clip one after another, upright, and never more than a few a second."""

import math
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import GifImagePlugin

from unseen.errors import UnreadablePhoto
from unseen.photos.colour_modes import over_white
from unseen.photos.decode import MAX_PIXELS
from unseen.photos.scan import CLIP_SUFFIXES
from unseen.records import Uint8Array

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

FRAMES_A_SECOND = 10  # what is looked at; hands do not change faster
SHORT_SIDE_PX = 1080  # larger frames are reduced: no network here is given more
KEY_FRAMES_FROM_SECONDS = 180  # of longer clips the key frames alone are decoded, one every 1 to 10 s
# Demuxers of files. Others open what a file names: play lists, network addresses, devices.
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg"
# What Pillow's GIF plugin raises on malformed bytes
_MALFORMED = (OSError, SyntaxError, ValueError, LookupError, EOFError, TypeError, struct.error)


def is_clip(file: Path) -> bool:
    """Say whether `file` is a video by its name, or a GIF with more than one frame by its content."""
    suffix = file.suffix.lower()
    if suffix != ".gif":
        return suffix in CLIP_SUFFIXES
    try:
        with GifImagePlugin.GifImageFile(file) as image:
            return image.is_animated
    except _MALFORMED:
        return False  # the decoder will say what is wrong with it


def read_frames(file: Path) -> Iterator[tuple[float, Uint8Array]]:
    """Yield (seconds, (H, W, 3) uint8 RGB) in order, at most `FRAMES_A_SECOND`.

    Raises `UnreadablePhoto` where there is no video in it or it is damaged; what comes before the damage is yielded.
    Videos need PyAV, GIFs do not.
    """
    due = -math.inf
    frames = _gif_frames(file) if file.suffix.lower() == ".gif" else _video_frames(file)
    for seconds, take in frames:
        if seconds >= due:
            due = seconds + 0.999 / FRAMES_A_SECOND  # 0.999: a tenth of a second is not exact in binary
            yield seconds, take()


_Frames = Iterator[tuple[float, Callable[[], Uint8Array]]]  # seconds, and what makes the pixels when they are wanted


def _gif_frames(file: Path) -> _Frames:
    try:
        with GifImagePlugin.GifImageFile(file) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UnreadablePhoto(f"too many pixels ({image.width} x {image.height})")
            seconds = 0.0
            for number in range(image.n_frames):
                image.seek(number)
                yield seconds, lambda: np.array(over_white(image.convert("RGBA"))[0].convert("RGB"))
                seconds += max(image.info.get("duration", 100), 20) / 1000
    except _MALFORMED as error:
        raise UnreadablePhoto("damaged clip") from error


def _video_frames(file: Path) -> _Frames:
    try:
        import av
    except ModuleNotFoundError:
        raise UnreadablePhoto("a video: pip install 'unseen[video]'") from None
    options = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}
    try:
        with av.open(f"file:{file.absolute()}", options=options, metadata_errors="replace") as container:
            if not container.streams.video:
                raise UnreadablePhoto("no video in it")
            stream = container.streams.video[0]
            if stream.width * stream.height > MAX_PIXELS:
                raise UnreadablePhoto(f"too many pixels ({stream.width} x {stream.height})")
            stream.thread_type = "AUTO"
            if (container.duration or 0) > KEY_FRAMES_FROM_SECONDS * av.time_base:
                stream.codec_context.skip_frame = "NONKEY"
            ratio = float(stream.sample_aspect_ratio or 1)
            for number, frame in enumerate(container.decode(stream)):
                yield frame.time if frame.time is not None else number / 30, partial(_upright, frame, ratio)
    except (av.FFmpegError, OSError) as error:
        raise UnreadablePhoto("damaged clip, or not a video") from error


def _upright(frame: "VideoFrame", ratio: float) -> Uint8Array:
    """Return the pixels as they are meant to be shown: square ones, turned as the camera was held.

    ratio: width over height of one stored pixel.
    """
    scale = min(1.0, SHORT_SIDE_PX / min(frame.width * ratio, frame.height))
    width, height = max(1, round(frame.width * ratio * scale)), max(1, round(frame.height * scale))
    pixels = frame.reformat(width, height, format="rgb24").to_ndarray()
    return np.rot90(np.asarray(pixels, np.uint8), round(frame.rotation / 90))
