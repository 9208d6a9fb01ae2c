"""Put the chosen frames of clips in the place of the clips; the frames of one clip stay together."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PIL import Image

from unseen.clips.choose_frames import choose_frames
from unseen.clips.read_frames import is_clip, read_frames
from unseen.containers.kept_images import ImageRow, keep_images
from unseen.errors import UnreadablePhoto
from unseen.records import Photo, PhotoSet, Rejected, Uint8Array
from unseen.runs import sha256
from unseen.text import count

_VERSION = 2  # raise it when other frames are chosen: the cache keys on it
_QUALITY = 95  # video is coarser than that


def frames_of(clip: Path) -> tuple[Photo, ...]:
    """Return the chosen frames of one clip, named by their seconds, as photos kept in the cache by content.

    Raises `UnreadablePhoto` where nothing can be decoded.
    """

    def rows() -> Iterator[ImageRow]:
        chosen = choose_frames(_until_damage(clip), _jpeg)
        if not chosen:
            raise UnreadablePhoto("no frames in it")
        for frame in chosen:
            yield ImageRow(f"{frame.seconds:.2f}s.jpg", "frame", frame.content)

    try:
        return keep_images(clip, f"clip {_VERSION} {sha256(clip)}".replace(" ", "-"), rows, ()).photos
    except OSError as error:
        raise UnreadablePhoto(f"cannot be opened ({error.strerror})") from None


def expand_clips(photos: PhotoSet) -> PhotoSet:
    """Return the set with frames instead of clips: the group is the clip where none was stated."""
    kept: list[Photo] = []
    rejected = list(photos.rejected)
    clips = frames = 0
    for photo in photos.photos:
        if not is_clip(photo.file):
            kept.append(photo)
            continue
        try:
            chosen = frames_of(photo.file)
        except UnreadablePhoto as error:
            rejected.append(Rejected(photo.path, str(error), photo.label))
            continue
        clips, frames = clips + 1, frames + len(chosen)
        kept += [_frame_of(photo, frame) for frame in chosen]
    if len(rejected) == len(photos.rejected) and not clips:
        return photos
    note = [f"{count(frames, 'frame')} taken from {count(clips, 'clip')}, each clip one group"] if clips else []
    left = {photo.label for photo in kept}
    classes = tuple(name for name in photos.classes if name in left)
    return PhotoSet(tuple(kept), tuple(rejected), classes, (*photos.notes, *note))


def _frame_of(clip: Photo, frame: Photo) -> Photo:
    return replace(clip, path=f"{clip.path}/{frame.path}", file=frame.file, group=clip.group or clip.path)


def _until_damage(clip: Path) -> Iterator[tuple[float, Uint8Array]]:
    """Yield the frames; damage after the first ends the clip, as a recording that was cut off does."""
    some = False
    try:
        for frame in read_frames(clip):
            some = True
            yield frame
    except UnreadablePhoto:
        if not some:
            raise


def _jpeg(pixels: Uint8Array) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=_QUALITY, subsampling=0)
    return stream.getvalue()
