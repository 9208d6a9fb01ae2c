"""Read an existing folder as labelled photos: by its class folders, by tables of labels, or by tables of pixels."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path

from unseen.containers.readers import reader_of
from unseen.errors import UnseenError
from unseen.photos.class_names import photo_set
from unseen.photos.generated_mark import holds_generated
from unseen.photos.part_names import divides, first_part
from unseen.photos.scan import Found, Scan, scan
from unseen.records import Part, PhotoSet, Rejected, common_reasons
from unseen.sources.boxes import BoxExport, crop_boxes, find_boxes
from unseen.sources.folders import Labelled, label_by_folder
from unseen.sources.manifest import label_by_table, with_parts_of_paths
from unseen.sources.name_labels import label_by_name, suggest_pattern
from unseen.sources.pixel_csv import read_pixel_tables
from unseen.sources.tables_beside import Table, tables_beside, unread_table
from unseen.text import count, listed


def open_folder(
    folder: Path,
    named: Path,
    layout: str,
    known: Collection[str] = (),
    *,
    labels_from: str | None = None,
    is_unpacked: bool = False,
) -> PhotoSet:
    """Return the labelled photos of `folder`; messages call it `named`, what the person typed.

    layout, labels_from: see `open_photos`. known: names that are surely classes. is_unpacked: it comes from a zip.
    Raises `UnseenError` with the question to answer where it could be read in two ways.
    """
    _refuse_generated(folder, named)
    below = scan(folder)
    for root in (folder, _only_child(folder)):
        if root and not below.found and (reader := reader_of(root)):
            return reader(root)
    if labels_from:
        return _with_rest(label_by_name([*below.found, *below.unusable], labels_from), below)
    tables, pixels, of_boxes = tables_beside(folder, below)
    boxes = find_boxes(folder, below, of_boxes)
    if layout == "boxes":
        return _with_rest(_of_boxes(boxes, named), below)
    everything = [*below.found, *below.unusable]
    inside = folder if is_unpacked else None
    if plain := [table for table in tables if table.is_plain]:
        return _joined(plain, everything, named, inside)
    labelled = _by_folders(everything, tables, layout, known)
    is_clear = labelled.doubt is None and len({photo.label for photo in labelled.photos}) > 1
    if is_clear and not _is_box_export(boxes, labelled):
        notes = [f"{boxes.what} is not used: --layout boxes crops it"] if boxes else []
        notes += [
            _unread_note(table, labelled, everything, named, inside) for table in tables if not table.labels.is_guess
        ]
        photos = photo_set(labelled.photos, labelled.rejected, [*labelled.notes, *notes])
        return _with_rest(photos, below)
    if tables and (joined := _joined(tables, everything, named, inside)).photos:
        return joined
    if pixels:
        return _with_rest(read_pixel_tables(pixels), below, beside=True)
    if boxes:
        raise UnseenError(
            f"{named} is {boxes.what}, boxes and not classes: --layout boxes crops each box to a photo of its class"
        )
    _require_labels(folder, named, labelled, tables, below.found, known)
    return _with_rest(photo_set(labelled.photos, labelled.rejected, labelled.notes), below)


def _refuse_generated(folder: Path, named: Path) -> None:
    if holds_generated(folder):
        raise UnseenError(
            f"{named} holds generated photos, which may only be trained on: name the photos they were made from, and "
            f"--generated {named}"
        )


def _by_folders(files: Sequence[Found], tables: Sequence[Table], layout: str, known: Collection[str]) -> Labelled:
    """Label `files` by their folders; where those could be read in two ways, what the tables call classes may tell."""
    labelled = label_by_folder(files, layout, known)
    if labelled.doubt and tables:
        stated = {row.label for table in tables for row in table.labels.rows}
        with_tables = label_by_folder(files, layout, {*known, *stated})
        return labelled if with_tables.doubt else with_tables
    return labelled


def _require_labels(
    folder: Path,
    named: Path,
    labelled: Labelled,
    tables: Sequence[Table],
    files: Sequence[Found],
    known: Collection[str],
) -> None:
    """Raise where no folder labels a photo and file names do, or where folders could be read in two ways."""
    is_plain = labelled.photos or named.name in known or (labelled.doubt and "--layout" in labelled.doubt)
    unread = unread_table(folder)
    for named_files in (files, [found for found in files if first_part(found.parts) == "train"]):
        if is_plain or not (seen := suggest_pattern([found.file.name for found in named_files])):
            continue
        raise UnseenError(
            f"{named}: no class folders{f'; {unread}' if unread else ''}; file names look like {seen[0]} "
            f"(such as {named_files[0].file.name}): use --labels-from '{seen[1]}'"
        )
    if labelled.doubt:
        raise UnseenError(f"{named}: {labelled.doubt}{_advice(folder, labelled, tables, known)}")


def _only_child(folder: Path) -> Path | None:
    inside = [path for path in folder.iterdir() if path.is_dir()]
    return inside[0] if len(inside) == 1 else None


def _joined(tables: Sequence[Table], files: Sequence[Found], named: Path, inside: Path | None) -> PhotoSet:
    """Return the photos of all `tables`; two that state the same part, or none, are one too many.

    One that states no part is left out beside two or more that do (a picture of each sign, beside train and test).
    """
    aside = [table for table in tables if not table.part] if divides({t.part for t in tables} - {None}) else []
    tables = [table for table in tables if table not in aside]
    by_place: dict[tuple[Path, Part | None], list[Table]] = defaultdict(list)
    for table in tables:
        by_place[table.file.parent, table.part].append(table)
    parts = {table.part for table in tables}
    same = next((found for found in by_place.values() if len(found) > 1), tables if len(parts) < len(tables) else None)
    if same and len(same) > 1 and (None in parts or any(len(found) > 1 for found in by_place.values())):
        names = ", ".join(table.file.name for table in same)
        raise UnseenError(f"{named} holds {len(same)} tables of labels ({names}): keep one, or name the one to use")
    has_parts = divides(parts)
    sets = [
        label_by_table(
            table.file,
            table.labels,
            lambda table=table: _near(table, files),  # type: ignore[misc]
            part=table.part if has_parts else None,
            inside=inside,
            prefix=table.prefix,
        )
        for table in tables
    ]
    photos = [photo for found in sets for photo in found.photos]
    used = {photo.file for photo in photos} | {row.path for found in sets for row in found.rejected}
    unlabelled = [Rejected(found.path, "no table labels it") for found in files if found.file not in used]
    rejected = [*(row for found in sets for row in found.rejected), *(unlabelled if photos else ())]
    notes = [note for found in sets for note in found.notes]
    notes += [f"{table.file.name} is not read, as it states no part: to use it, name {table.file}" for table in aside]
    return with_parts_of_paths(photo_set(photos, rejected, notes))


def _near(table: Table, files: Sequence[Found]) -> list[Found]:
    """Return the files below the folder of `table`; train/metadata.csv names those of train/."""
    return [found for found in files if found.file.is_relative_to(table.file.parent)] or list(files)


def _unread_note(table: Table, labelled: Labelled, files: Sequence[Found], named: Path, inside: Path | None) -> str:
    """Say that `table` is not read where it divides the photos as the folders do; raise where it does not."""
    stated = {
        photo.file: photo.label
        for photo in label_by_table(table.file, table.labels, lambda: files, inside=inside).photos
    }
    pairs = Counter((photo.label, stated[photo.file]) for photo in labelled.photos if photo.file in stated)
    most = sum(max(n for (folder, _), n in pairs.items() if folder == label) for label in {pair[0] for pair in pairs})
    is_same = len({pair[1] for pair in pairs}) == len({pair[0] for pair in pairs}) and most >= 0.9 * pairs.total()
    if pairs.total() >= 0.5 * len(labelled.photos) and not is_same:
        folders, table_labels = sorted({pair[0] for pair in pairs}), sorted({pair[1] for pair in pairs})
        raise UnseenError(
            f"{named}: the folders say {listed(folders, 3)}, {table.file.name} says {listed(table_labels, 3)}: name "
            f"{table.file} to use it, or take it away to use the folders"
        )
    return f"{table.file.name} is not read, the folders name the classes: to use it, name {table.file}"


def _is_box_export(boxes: BoxExport | None, labelled: Labelled) -> bool:
    """Say whether what look like class folders are the images/ and labels/ of a detection export."""
    if boxes is None or boxes.agrees({photo.file: photo.label for photo in labelled.photos}):
        return False
    return {photo.label.lower() for photo in labelled.photos} <= boxes.folders


def _of_boxes(boxes: BoxExport | None, named: Path) -> PhotoSet:
    if boxes is None:
        kinds = "YOLO, COCO, Pascal VOC, LabelMe, Create ML or a CSV of them"
        raise UnseenError(f"{named} holds no boxes ({kinds}): leave out --layout boxes")
    return crop_boxes(boxes)


def _advice(folder: Path, labelled: Labelled, tables: Sequence[Table], known: Collection[str]) -> str:
    if labelled.doubt and ": " in labelled.doubt:  # it says itself what to do
        return ""
    if tables:
        return f"; {tables[0].file.name} labels none of the photos: check its paths"
    if unread := unread_table(folder):
        return f"; {unread}"
    if known:
        return ": put photos in class folders, or list them in a CSV of path,label"
    return ": put photos in class folders, list them in a CSV of path,label, or name the class folders with --classes"


def _with_rest(photos: PhotoSet, below: Scan, *, beside: bool = False) -> PhotoSet:
    """Add what the scan found besides photos."""
    others = list(below.rejected)
    if beside:
        others = [row for row in others if not row.path.lower().endswith(".csv")]
        others += [Rejected(found.path, "beside a table of pixels") for found in below.found]
    notes = list(photos.notes)
    if below.empty_folders:
        notes.append(f"empty folders: {listed(below.empty_folders, 5)}")
    if below.own:
        notes.append(f"passed over, as unseen wrote it: {listed(below.own, 5)}")
    if others and not beside:
        notes.append(f"{count(len(others), 'other file')} not used: {common_reasons(others)}")
    return PhotoSet(photos.photos, (*photos.rejected, *others), photos.classes, tuple(notes))
