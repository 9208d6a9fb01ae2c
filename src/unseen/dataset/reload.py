"""Find the photos again that a finished run was made from, with the parts and groups they had."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from unseen.containers.readers import reader_of
from unseen.dataset.load import Source, open_named
from unseen.errors import UnseenError
from unseen.photos.part_names import part_named
from unseen.records import Photo, PhotoSet, Rejected


def reload_photos(
    sources: Sequence[Source],
    rows: Sequence[Mapping[str, str]],
    classes: tuple[str, ...],
    *,
    some_without: bool = False,
) -> PhotoSet:
    """Return the photos that the split of a run names, part and group stated; those that are gone are rejected rows.

    rows: path, label, group and part of each photo. Files that came into the folders since are no photos of the run.
    some_without: classes without a row are no loss, for they were learnt from other people alone. Raises `UnseenError`
    where a folder is not there, or a class has no photo left.
    """
    by_path = {row["path"]: row for row in rows}
    found: dict[str, Photo] = {}
    for source in sources:
        for photo in _open(source, classes):
            row = by_path.get(photo.path)
            if row is not None and row["label"] == photo.label:
                found[photo.path] = replace(photo, group=row["group"] or photo.path, part=part_named(row["part"]))
    had = {row["label"] for row in rows} if some_without else set(classes)
    left = {photo.label for photo in found.values()}
    lost = [name for name in classes if name in had and name not in left]
    if lost:
        raise UnseenError(
            f"no photo of class '{lost[0]}' that the run was trained on is left in {sources[0].photos}: "
            "put the photos back, or train again"
        )
    missing = tuple(Rejected(path, "gone since the run was trained") for path in by_path if path not in found)
    return PhotoSet(tuple(found[path] for path in by_path if path in found), missing, classes)


def _open(source: Source, classes: tuple[str, ...]) -> list[Photo]:
    if not Path(source.photos).exists() and not reader_of(Path(source.photos)):
        raise UnseenError(
            f"{source.photos}, where the photos of the run were, is not there: put them back, or start from the "
            "folder it was trained from"
        )
    named = open_named(source, 1, classes)
    return [replace(photo, path=source.prefix + photo.path) for photo in named.photos]
