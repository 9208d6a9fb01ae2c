"""Find the photos that a finished run was tested on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from unseen.dataset.reload import reload_photos
from unseen.pipelines.stages.loaded_run import LoadedRun
from unseen.records import PhotoSet
from unseen.runs import read_rows

Rows = Sequence[Mapping[str, str]]


def held_out_photos(trained: LoadedRun, also: Rows | None = None) -> PhotoSet:
    """Return the test photos of the run; none where it has none.

    also: the split of another run that tested them too.
    """
    rows = read_rows(trained.run.split)
    both = _tested(rows) & (_tested(rows) if also is None else _tested(also))
    if not both:
        return PhotoSet((), (), trained.facts.classes)
    some_without = bool(trained.recipe.config.also)
    found = reload_photos(trained.sources, rows, trained.facts.classes, some_without=some_without)
    chosen = found.select([i for i, photo in enumerate(found.photos) if (photo.path, photo.label) in both])
    return replace(chosen, photos=tuple(replace(photo, part=None) for photo in chosen.photos))


def _tested(rows: Rows) -> set[tuple[str, str]]:
    return {(row["path"], row["label"]) for row in rows if row["part"] == "test"}
