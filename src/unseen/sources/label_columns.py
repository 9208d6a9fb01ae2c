"""Tell by its header what each column of a table of labels means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from unseen.containers.field_names import GROUP_NAMES, LABEL_NAMES
from unseen.photos.part_names import part_named
from unseen.photos.scan import refusal

# The names that tools write, the plainest first: pandas and Keras (filename, class), Hugging Face (file_name), fastai
# (name), Label Studio (image, choice), Vertex AI (ml_use), Kaggle (id, image_id).
_ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "path": (
            "path", "file_name", "filename", "file", "filepath", "file_path", "image_path", "img_path", "image_name",
            "image", "img", "photo", "uri", "gcs_file_path", "name", "fname", "image_id", "id",
        ),
        "label": LABEL_NAMES,
        "group": GROUP_NAMES,
        "part": ("part", "split", "subset", "ml_use", "usage", "fold"),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a table says what. at: position of path, label, group and part, as far as there.

    one_hot: class of each column of ones and zeros, where there is no column of labels. unused: names of the others.
    """

    at: Mapping[str, int]
    one_hot: Mapping[int, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()


def label_columns(header: Sequence[str], first: Sequence[str] = ()) -> Columns | None:
    """Return what the columns mean, `None` where it is no table of labels.

    header: names as written. first: cells of the first row, by which columns of ones and zeros are told.
    """
    lower = [name.strip().lower().replace(" ", "_") for name in header]
    at: dict[str, int] = {}
    for meaning, names in _ALIASES.items():
        known = next((name for name in names if lower.count(name) == 1), None)
        if known is not None:
            at[meaning] = lower.index(known)
    if "path" not in at:
        return None
    if "part" in at and lower[at["part"]] != "part" and first and not _is_part(first, at["part"]):
        del at["part"]
    others = [i for i in range(len(header)) if i not in at.values() and header[i].strip()]
    if "label" in at:
        return Columns(at, unused=tuple(header[i].strip() for i in others))
    ones = [i for i in others if i < len(first) and first[i].strip() in ("0", "1", "0.0", "1.0")]
    if len(ones) > 1 and sum(float(first[i]) for i in ones) == 1:
        return Columns(at, {i: header[i].strip() for i in ones}, tuple(header[i] for i in others if i not in ones))
    return None


def headless_columns(cells: Sequence[str]) -> Columns | None:
    """Return what the columns of a table without a header mean (photo.jpg,label or TRAIN,uri,label of Vertex AI).

    cells: its first row. `None` where it is no table of labels.
    """
    paths = [i for i, cell in enumerate(cells) if "." in cell and refusal(cell.strip()) is None]
    if len(paths) != 1 or len(cells) < 2:
        return None
    parts = [i for i in range(paths[0]) if part_named(cells[i]) or cells[i].strip().lower() == "unassigned"]
    labels = [i for i in range(len(cells)) if i not in (*paths, *parts) and cells[i].strip()]
    if not labels:
        return None
    return Columns({"path": paths[0], "label": labels[0]} | ({"part": parts[0]} if parts else {}))


def _is_part(first: Sequence[str], at: int) -> bool:
    return at < len(first) and (not first[at].strip() or part_named(first[at]) is not None)
