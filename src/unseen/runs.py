"""Write the files of a run whole or not at all; its manifest comes last."""

import csv
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from unseen.errors import CannotWrite, UnseenError

SCHEMA = 2


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling of `path`; it replaces `path` when the block ends well, else it is removed.

    A rename is atomic on one file system, so a reader or a killed process never leaves half a file. Raises
    `CannotWrite` where the block or the rename meets a full disk, or a folder that takes no files.
    """
    # not mkstemp, whose files only their owner can read: a run folder is shared like any other
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch(0o666, exist_ok=False)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written ({error.strerror or error})", "free some space there") from None
    finally:
        with suppress(OSError):  # where its folder could not be made
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 `text` to `path` atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Mapping[str, Any], schema: int = SCHEMA) -> None:
    """Write `content` as indented JSON with `schema` first; NaN and infinity are refused, not smuggled in."""
    write_text(path, json.dumps({"schema": schema, **content}, indent=2, allow_nan=False) + "\n")


def read_json(path: Path, schema: int = SCHEMA) -> dict[str, Any]:
    """Read what `write_json` wrote, without `schema`; raise `UnseenError` where it is absent, broken or older."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnseenError(f"{path} is not there: name the folder of a run, and one that finished") from None
    # a recursion error is what deeply nested JSON ends in
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise UnseenError(f"{path} cannot be read ({error}): restore it, or train again") from None
    found = content.pop("schema", None) if isinstance(content, dict) else None
    if found == 1 and found is not True:
        raise UnseenError(f"{path} was written by unseen 0.1: train again with this version")
    if found != schema:
        raise UnseenError(f"{path} does not have schema {schema}: it is of another version, train again with this one")
    assert isinstance(content, dict)
    return content


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file atomically; `None` becomes an empty cell."""
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV file written by `write_rows`, one dict a row."""
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))
    except FileNotFoundError:
        raise UnseenError(f"{path} is not there: name the folder of a run") from None


class HasRoot(Protocol):
    """A record of a folder."""

    @property
    def root(self) -> Path:
        """The folder itself."""
        ...


class FileIn:
    """The path of a file or folder below the `root` of the record that has this as an attribute."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, folder: HasRoot, _: type) -> Path:
        return folder.root / self.name


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where each file of a run lies. Making one touches nothing on disk."""

    root: Path
    config = FileIn("run.json")  # resolved settings, versions, seed, data fingerprint, the planned schedule
    split = FileIn("split.csv")  # path,label,group,part: one row a photo
    history = FileIn("history.csv")  # epoch,phase,loss,accuracy,...: one row an epoch
    metrics = FileIn("metrics.json")  # every number of the report
    report = FileIn("report.html")  # the self-contained page
    answer = FileIn("answer.md")  # what to paste under a question in a forum
    varied = FileIn("varied.png")  # a contact sheet of photos as training varies them
    copied = FileIn("copied.png")  # a contact sheet of the run's own signs, rendered by other people
    policy = FileIn("policy.json")  # how photos were augmented, where a search or a file said so
    checkpoint = FileIn("checkpoint")  # the folder that `--resume` goes on from
    model = FileIn("model")  # the bundle: the one thing to ship
    manifest = FileIn("manifest.json")  # names and SHA-256 of the files above; written last: then the run is whole

    def make(self) -> None:
        """Make the folder, so that a place that cannot be written to is known before photos are read."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnseenError(f"{self.root} cannot be made ({error.strerror}): choose another --out") from None
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise UnseenError(f"{self.root} cannot be written to: choose another --out, or change its permissions")

    def remove_if_empty(self) -> None:
        """Remove a folder that nothing was written to, so that its name is free again."""
        with suppress(OSError):
            self.root.rmdir()

    def taken(self) -> bool:
        """Say whether anything is there already, so that a new run needs another folder."""
        return self.root.exists() and (not self.root.is_dir() or any(self.root.iterdir()))

    def finished(self) -> bool:
        """Say whether the run was written to its end."""
        return self.manifest.exists()

    def write_manifest(self) -> None:
        """Hash every file of the run except the checkpoint, and write the manifest."""
        files = sorted(
            path
            for path in self.root.rglob("*")
            if path.is_file() and self.checkpoint not in path.parents and path != self.manifest
        )
        hashes = {path.relative_to(self.root).as_posix(): sha256(path) for path in files}
        write_json(self.manifest, {"files": hashes})


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text, reading it in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
