"""Lay out a folder of generated photos, claim it, and read a finished one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from unseen.errors import UnseenError
from unseen.generating.generate_config import GenerateConfig
from unseen.paths import safe_name
from unseen.photos.generated_mark import RECORD, holds_generated, is_marked, marked_png
from unseen.records import Int64Array, Uint8Array
from unseen.runs import FileIn, atomic_path, read_json, read_rows, write_json, write_rows
from unseen.version import __version__


@dataclass(frozen=True, slots=True)
class GeneratedFolder:
    """Where each file of generated photos lies."""

    root: Path
    record = FileIn(RECORD)  # what they were made with and what was found; its being there marks the folder
    table = FileIn("generated.csv")  # path,label,generated: one row a photo
    trained_on = FileIn("trained_on.csv")  # path,label,group,digest: the photos that the GAN has seen
    split = FileIn("split.csv")  # the parts of all photos
    sheet = FileIn("samples.png")  # of each class some training photos, then generated ones
    generator = FileIn("generator.safetensors")
    checkpoint = FileIn(".checkpoint")

    def claim(self, config: GenerateConfig) -> None:
        """Make the folder, or check that the same command began it; raise `UnseenError` for any other."""
        settings = {**config.as_dict(), "out": ""}
        if self.record.exists():
            found = read_json(self.record)
            if found.get("finished"):
                raise UnseenError(f"{self.root} is finished: see {self.sheet}, or name another folder")
            if (other := _other(found.get("settings", {}), settings)) is not None:
                raise UnseenError(
                    f"{self.root} was begun with another {other}: use the same settings to go on, or another folder"
                )
        elif self.root.exists() and (not self.root.is_dir() or any(self.root.iterdir())):
            raise UnseenError(f"{self.root} holds other things: name a folder that is new or empty")
        else:
            self.write_record({"finished": False, "settings": settings})

    def require_same(self, fingerprint: str) -> None:
        """Keep the fingerprint of the photos, or raise `UnseenError` where they are not those it was begun with."""
        record = read_json(self.record)
        if record.setdefault("fingerprint", fingerprint) != fingerprint:
            raise UnseenError(f"the photos are not those that {self.root} was begun with: name another folder")
        write_json(self.record, record)

    def write_record(self, content: dict[str, Any]) -> None:
        """Write the record, which marks the folder."""
        write_json(self.record, {"generated_by": f"unseen {__version__}", **content})

    def write_class(self, classes: Sequence[str], label: int, pixels: Uint8Array) -> list[tuple[str, str, int]]:
        """Write photos (n, S, S, 3) of one of `classes` into its folder; return their rows of the table."""
        names = [safe_name(one).lower() for one in classes]
        name = classes[label]
        alone = names.count(names[label]) == 1
        folder, rows = self.root / (safe_name(name) if alone else f"{safe_name(name)}-{label}"), []
        for i, one in enumerate(pixels):
            file = folder / f"{i:05d}.png"
            with atomic_path(file) as temporary:
                temporary.write_bytes(marked_png(one))
            rows.append((file.relative_to(self.root).as_posix(), name, 1))
        return rows

    def write_table(self, rows: Sequence[tuple[str, str, int]]) -> None:
        """Write the table of all photos."""
        write_rows(self.table, ("path", "label", "generated"), rows)


@dataclass(frozen=True, slots=True)
class GeneratedPhotos:
    """pixels: (n, S, S, 4) uint8. labels: (n,). seen: digests of the photos that the GAN was trained on."""

    pixels: Uint8Array
    labels: Int64Array
    seen: frozenset[str]


def finished(root: Path) -> GeneratedFolder:
    """Return the folder `root`; raise `UnseenError` where it is none of generated photos, or is not finished."""
    folder = GeneratedFolder(root)
    if not holds_generated(root):
        raise UnseenError(f"{root} holds no generated photos: make them with unseen generate PHOTOS {root}")
    if not read_json(folder.record).get("finished"):
        raise UnseenError(f"{root} is not finished: give its unseen generate again, which goes on")
    return folder


def read_generated(root: Path, classes: Sequence[str]) -> GeneratedPhotos:
    """Read the photos of `classes` in a finished folder; raise `UnseenError` where there are none."""
    folder = finished(root)
    index = {name: i for i, name in enumerate(classes)}
    rows = [row for row in read_rows(folder.table) if row["label"] in index and (root / row["path"]).is_file()]
    files = [(root / row["path"]).read_bytes() for row in rows]
    if not rows or not all(is_marked(file) for file in files):
        raise UnseenError(
            f"{root} holds no generated photo of these classes, or files that are not its own: make it again"
        )
    pixels = np.stack([_opaque(root / row["path"]) for row in rows])
    seen = frozenset(row["digest"] for row in read_rows(folder.trained_on))
    return GeneratedPhotos(pixels, np.array([index[row["label"]] for row in rows], np.int64), seen)


def _opaque(file: Path) -> Uint8Array:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGBA"))


def _other(found: dict[str, Any], wanted: dict[str, Any]) -> str | None:
    listed = {key: list(value) if isinstance(value, tuple) else value for key, value in wanted.items()}
    return next((key for key in listed if found.get(key) != listed[key]), None)
