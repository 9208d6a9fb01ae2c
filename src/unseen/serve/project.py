"""Keep photos that are recorded on the page: a folder a class, a session in each name, whole or not at all.

    PROJECT/photos/CLASS/session-003_0007.jpg   of the third session: one person in one place
    PROJECT/photos.jsonl                        what is known of each photo, one JSON object a line
    PROJECT/runs/                               the models that were taught here
    PROJECT/taken.txt                           the name of the one that answers

A session stays in one part of the split, so that the accuracy is one for other people and places.
"""

import json
import re
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from unseen.errors import UnseenError
from unseen.photos.class_names import tidy
from unseen.runs import RunFolder, atomic_path, write_text

# What `unseen train --groups` finds the session of a photo by.
GROUPS = "(session-[0-9]+)"
LONGEST_NAME = 40
_NAME = re.compile(r"session-(\d+)_(\d+)\.jpg$")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is known of a recorded photo.

    size: the subject's longer side in shares of the photo; light: of its border, 0 to 255; side: 1 or -1, which way
    round the hand is. Each `None` where it is not known.
    """

    label: str
    session: int
    size: float | None = None
    light: float | None = None
    side: int | None = None


def class_name(given: str) -> str:
    """Return the name of a class as its folder may be called; raise `UnseenError` for anything that is a path."""
    name = tidy(given)
    plain = all(letter.isalnum() or letter in " _-+" for letter in name)
    if not name or len(name) > LONGEST_NAME or not plain or not name[0].isalnum():
        raise UnseenError(f"a class is called by letters and digits, at most {LONGEST_NAME}: choose another name")
    return name


class Project:
    """The photos of one project. Used from several threads."""

    def __init__(self, root: Path) -> None:
        self.root, self._lock = root, threading.Lock()
        self._known = self._read_known()

    @property
    def photos(self) -> Path:
        """The folder of class folders."""
        return self.root / "photos"

    @property
    def runs(self) -> Path:
        """The folder of the models taught here."""
        return self.root / "runs"

    @property
    def taken(self) -> Path | None:
        """The model that was taken last, `None` before the first, or where it is gone."""
        with suppress(FileNotFoundError):
            run = self.runs / Path((self.root / "taken.txt").read_text("utf-8").strip()).name
            return run if RunFolder(run).manifest.is_file() else None
        return None

    def take(self, run: Path) -> None:
        """Note which model answers, for the next time that the project is opened."""
        write_text(self.root / "taken.txt", run.name)

    def add(self, content: bytes, recorded: Recorded) -> Path:
        """Keep a JPEG; once this returns it is on the disk, whole."""
        folder = self.photos / class_name(recorded.label)
        with self._lock:
            taken = [int(found[2]) for found in self._names(folder) if int(found[1]) == recorded.session]
            path = folder / f"session-{recorded.session:03d}_{max(taken, default=0) + 1:04d}.jpg"
            with atomic_path(path) as temporary:
                temporary.write_bytes(content)
            name = path.relative_to(self.photos).as_posix()
            self._known[name] = recorded
            # a line that a kill cut short is left out when it is read; the photo is there all the same
            with (self.root / "photos.jsonl").open("a", encoding="utf-8") as lines:
                lines.write("\n" + json.dumps({"name": name, **asdict(recorded)}))
        return path

    def remove_last(self, label: str, session: int) -> bool:
        """Delete the newest photo of a class in a session; say whether there was one."""
        folder = self.photos / class_name(label)
        with self._lock:
            names = sorted(found.string for found in self._names(folder) if int(found[1]) == session)
            if names:
                (folder / names[-1]).unlink()
        return bool(names)

    def recorded(self) -> Sequence[Recorded]:
        """Return what is known of every photo on the disk."""
        found = []
        for folder in sorted(self.photos.iterdir()) if self.photos.is_dir() else []:
            for name in self._names(folder):
                known = self._known.get(f"{folder.name}/{name.string}")
                found.append(known or Recorded(folder.name, int(name[1])))
        return found

    def counts(self) -> Mapping[str, Mapping[int, int]]:
        """Return how many photos each class has in each session."""
        table: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for row in self.recorded():
            table[row.label][row.session] += 1
        return table

    def _names(self, folder: Path) -> list[re.Match[str]]:
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        return [found for name in names if (found := _NAME.match(name))]

    def _read_known(self) -> dict[str, Recorded]:
        path = self.root / "photos.jsonl"
        known = {}
        for line in path.read_text("utf-8").splitlines() if path.is_file() else []:
            try:
                row = json.loads(line)
                name = row.pop("name")
                known[name] = Recorded(**row)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
        return known
