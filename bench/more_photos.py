"""More of the same or something new: one model taught by photos of one session, or by as many of several sessions.

`python -m bench.more_photos --data DIR` fits the tutorials' model (`bench/tutorials.py`) on photos of rps_subhi, whose
session is the file's name before `pic`, and prints how many photos of other sessions it gets right: every second
session, by number of photos, is one of these.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np

from bench.photosets import parser
from bench.tutorials import Photo, tutorial_model
from unseen.inference.model import CallableModel
from unseen.photos.decode import decode

SET, SIDE_PX, CLASSES = "rps_subhi", 128, 3
SIZES = (8, 24, 68)  # photos of each class


def main() -> None:
    """Print a row for each number of photos."""
    folder = Path(parser(__doc__).parse_args().data) / SET
    classes = tuple(sorted(path.name for path in folder.iterdir() if path.is_dir()))
    sessions: dict[str, list[Photo]] = defaultdict(list)
    for label, name in enumerate(classes):
        for file in sorted((folder / name).iterdir()):
            sessions[file.name.partition("pic")[0]].append((decode(file, SIDE_PX)[..., :3], label))
    by_size = sorted(sessions.values(), key=lambda rows: (-min(_counts(rows)), -len(rows)))
    taught, tested = by_size[::2], [photo for rows in by_size[1::2] for photo in rows]
    print(f"{len(tested)} photos of {len(by_size[1::2])} other sessions")
    for each in SIZES:
        one, several = (tutorial_model(_first(rows, each), classes) for rows in (taught[:1], taught))
        right = [_right(model, tested) for model in (one, several)]
        print(f"{each} photos a class: of one session {right[0]:.1%}, of {len(taught)} {right[1]:.1%}", flush=True)


def _counts(rows: Sequence[Photo]) -> list[int]:
    labels = [label for _, label in rows]
    return [labels.count(c) for c in range(CLASSES)]


def _first(sessions: Sequence[Sequence[Photo]], each: int) -> list[Photo]:
    """Return `each` photos of each class, in turn from each session."""
    found = []
    for label in range(CLASSES):
        by_session = [[photo for photo in rows if photo[1] == label] for rows in sessions]
        found += [photo for turn in zip_longest(*by_session) for photo in turn if photo][:each]
    return found


def _right(model: CallableModel, photos: Sequence[Photo]) -> float:
    said = model.predict_proba([pixels for pixels, _ in photos]).argmax(axis=1)
    return float(np.mean(said == [label for _, label in photos]))


if __name__ == "__main__":
    main()
