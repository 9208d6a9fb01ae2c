"""Write the photos of a source, or the frames taken from its clips, as files to look at and to choose from."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

import numpy as np
from PIL import Image

from unseen.clips.clip_photos import expand_clips
from unseen.clips.read_frames import is_clip
from unseen.errors import UnreadablePhoto, UnseenError
from unseen.paths import safe_name
from unseen.photos.class_names import photo_set, select_classes
from unseen.photos.decode import decode
from unseen.photos.scan import scan
from unseen.progress import Progress
from unseen.records import Photo, PhotoSet, Rejected, Uint8Array
from unseen.report.pictures import contact_sheet
from unseen.runs import atomic_path
from unseen.settings import ChosenPhotos
from unseen.sources.open_photos import open_photos

COLUMNS = 8
ROWS = 40
PICTURE_PX = 120


@dataclass(frozen=True, slots=True)
class Shown:
    """photos: what was written into `folder`, by their paths there. sheet: the PNG. rows: what its rows show."""

    folder: Path
    sheet: Path
    photos: tuple[Path, ...]
    rows: dict[str, int]
    rejected: tuple[Rejected, ...]


def show_frames(source: Path, folder: Path, progress: Progress, **how: Unpack[ChosenPhotos]) -> Shown:
    """Write the photos of `source` into class folders in `folder`, with a contact sheet; one folder a clip.

    source: a clip, a folder of clips, or anything that `open_photos` takes. Raises `UnseenError` where `folder` holds
    files already, or nothing can be used.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UnseenError(f"{folder} is taken: name another --out")
    named = _open(source, **how)
    if not named.photos:
        why = f": {named.rejected[0].path}: {named.rejected[0].reason}" if named.rejected else ""
        raise UnseenError(f"no frame or photo of {source} can be used{why}")
    has_parts = len({photo.part for photo in named.photos}) > 1
    written, rejected, rows = [], list(named.rejected), {name: list[Path]() for name in named.classes}
    with progress.task("write photos", len(named.photos), "photos") as task:
        for photo in named.photos:
            target = _free(folder / _place(photo, has_parts=has_parts))
            try:
                decode(photo.file, PICTURE_PX)
            except UnreadablePhoto as error:
                rejected.append(Rejected(photo.path, str(error)))
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(photo.file, target)
                written.append(target)
                rows[photo.label].append(target)
            task.advance()
    if not written:
        raise UnseenError(f"no photo of {source} can be used: {rejected[0].path}: {rejected[0].reason}")
    sheet = folder / "sheet.png"
    with atomic_path(sheet) as temporary:
        Image.fromarray(_sheet([files for files in rows.values() if files][:ROWS])).save(temporary, "PNG")
    counts = {name: len(files) for name, files in rows.items() if files}
    return Shown(folder, sheet, tuple(written), counts, tuple(rejected))


def _open(source: Path, **how: Unpack[ChosenPhotos]) -> PhotoSet:
    """Return the photos; clips that no class folder labels are a row each, called what they are called."""
    clips = [source] if source.is_file() and is_clip(source) else []
    if not clips:
        try:
            classes, layout = how.get("classes") or (), how.get("layout", "auto")
            photos = open_photos(
                source, layout=layout, labels_from=how.get("labels_from"), least_classes=1, known=classes
            )
            return select_classes(photos, classes) if classes else photos
        except UnseenError:
            clips = [item.file for item in scan(source).found if is_clip(item.file)] if source.is_dir() else []
            if not clips:
                raise
    root = source if source.is_dir() else source.parent
    named = [(clip.relative_to(root).as_posix(), clip) for clip in clips]
    unlabelled = expand_clips(photo_set([Photo(name, clip, name) for name, clip in named], (), ()))
    return replace(unlabelled, photos=tuple(replace(photo, group=None) for photo in unlabelled.photos))


def _place(photo: Photo, *, has_parts: bool) -> Path:
    """Return where a photo belongs so that the folder reads as it does: [part/]class/[group/]name."""
    group = (photo.group or "").removeprefix(f"{photo.label}/")
    names = [photo.part if has_parts else None, photo.label, group or None, Path(photo.path).name]
    place = Path(*(safe_name(name) for name in names if name))
    return place if place.suffix.lower() == photo.file.suffix else place.with_name(place.name + photo.file.suffix)


def _free(file: Path) -> Path:
    number = 1
    while (free := file if number == 1 else file.with_stem(f"{file.stem}-{number}")).exists():
        number += 1
    return free


def _sheet(rows: list[list[Path]]) -> Uint8Array:
    """Return one row of up to `COLUMNS` pictures at even steps for each list of files."""
    blank = np.full((1, 1, 3), 255, np.uint8)
    pictures: list[Uint8Array] = []
    for files in rows:
        at = np.linspace(0, len(files) - 1, min(COLUMNS, len(files))).round().astype(int).tolist()
        pictures += [_small(files[i]) for i in at] + [blank] * (COLUMNS - len(at))
    return contact_sheet(pictures, COLUMNS)


def _small(file: Path) -> Uint8Array:
    picture = Image.fromarray(decode(file, PICTURE_PX)[..., :3])
    picture.thumbnail((PICTURE_PX, PICTURE_PX))
    return np.asarray(picture)
