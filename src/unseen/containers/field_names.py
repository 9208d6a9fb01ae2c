"""Choose the fields that hold the label, the group and the file name among named fields, and name each image."""

from collections.abc import Iterable
from dataclasses import dataclass

# The names that tools write, the plainest first.
LABEL_NAMES = (
    "label_name", "class_name", "category_name",  # beside these, label and class are numbers
    "label", "labels", "class", "classname", "category", "target", "choice", "tag", "tags", "y",
    "gesture", "sign", "letter", "class_id", "label_id", "category_id",
)  # fmt: skip
GROUP_NAMES = ("group", "person", "subject", "signer", "session", "user", "participant", "person_id", "subject_id")
FILE_NAMES = ("file_name", "filename", "image/filename", "path", "image_path")


@dataclass(frozen=True, slots=True)
class Fields:
    """Names of the fields or columns that are read, and the class names; a class without a name has its number."""

    image: str
    label: str
    names: tuple[str, ...]
    group: str | None
    file_name: str | None

    @property
    def used(self) -> list[str]:
        """The fields to load."""
        return [name for name in (self.image, self.label, self.group, self.file_name) if name]


def first_named(wanted: Iterable[str], fields: Iterable[str]) -> str | None:
    """Return the first of `wanted` among `fields`, whatever its case; `None` where none is."""
    by_name = {field.lower(): field for field in reversed(list(fields))}
    return next((by_name[name] for name in wanted if name in by_name), None)


class PathNames:
    """Names the images of one source, none twice: `train/IMG_1.jpg`, or `train/17` without a file name."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def name(self, split: str, number: int, file_name: str | None) -> str:
        """Return the path for the image `number` of `split`; a name that came before gets its number in front."""
        base = (file_name or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
        path = f"{split}/{base or number}"
        if path in self._given:
            path = f"{split}/{number}-{base}"
        self._given.add(path)
        return path
