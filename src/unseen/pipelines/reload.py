"""The photos that a finished run was made from, found again: a run in, its photos with their parts and groups out."""

from dataclasses import replace
from pathlib import Path

from unseen.errors import UnseenError
from unseen.photos.class_names import part_named
from unseen.photos.sources import open_photos
from unseen.pipelines.trained_run import Source, Trained
from unseen.records import Photo, PhotoSet, Rejected
from unseen.split.split_table import read_table


def past_photos(trained: Trained) -> tuple[PhotoSet, tuple[Rejected, ...]]:
    """Return the photos that the run's split names, part and group stated, and a row for each that is gone.

    Files that came into the folders since are no photos of the run. Raises `UnseenError` where a folder is not there,
    or a class has no photo left.
    """
    rows = {row["path"]: row for row in read_table(trained.run.split, ["path", "label", "group", "part"])}
    found: dict[str, Photo] = {}
    for source in trained.sources:
        for photo in _open(source, trained):
            row = rows.get(photo.path)
            if row is not None and row["label"] == photo.label:
                found[photo.path] = replace(photo, group=row["group"] or photo.path, part=part_named(row["part"]))
    classes = trained.facts.classes
    lost = [name for name in classes if all(photo.label != name for photo in found.values())]
    if lost:
        raise UnseenError(
            f"no photo of class '{lost[0]}' that {trained.run.root} was trained on is left in "
            f"{trained.sources[0].photos}: put the photos back, or train again"
        )
    gone = tuple(Rejected(path, "gone since the run was trained") for path in rows if path not in found)
    return PhotoSet(tuple(found[path] for path in rows if path in found), (), classes), gone


def _open(source: Source, trained: Trained) -> list[Photo]:
    if not Path(source.photos).exists():
        raise UnseenError(
            f"{source.photos}, where the photos of {trained.run.root} were, is not there: put them back, or start "
            "from the folder it was trained from"
        )
    named = open_photos(Path(source.photos), layout=source.layout, least_classes=1)
    return [replace(photo, path=source.prefix + photo.path) for photo in named.photos]
