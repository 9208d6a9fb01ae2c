"""Measure a rock-paper-scissors classifier on photos altered in known ways; print a table.

    unseen train DIR/rps_freeman --out RUN
    python -m bench.altered RUN --data DIR

The photos are 100 a class of rps_subhi, of fingers_subhi/train (0, 5, 2) and of asl_kept/test (A and S, B, V), none of
which the built-in network has seen. Rooms are the 24 photos of asl_kept/train/Nothing that show no hand; faces are cut
from five photos of rps_subhi. `--sheet FILE` shows one photo of each kind.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from bench.places import HEIGHT, Places
from unseen.augment.alterations import ALTERATIONS, Alteration, Group
from unseen.inference.predictor import Predictor
from unseen.photos.decode import decode
from unseen.records import Uint8Array
from unseen.report.pictures import contact_sheet
from unseen.runs import write_json
from unseen.seeds import generator

SETS = {
    "rps_subhi": (("rock", "rock"), ("paper", "paper"), ("scissors", "scissors")),
    "fingers_subhi/train": (("0", "rock"), ("5", "paper"), ("2", "scissors")),
    "asl_kept/test": (("A", "rock"), ("S", "rock"), ("B", "paper"), ("V", "scissors")),
}
PHOTOS = 100
SHARES = {"a half": 0.5, "a third": 0.34, "a fifth": 0.2, "an eighth": 0.125}
SHOWN, SHOWN_PX = 6, (158, 118)
FACE, BESIDE = 0.42, ("a third", "a fifth")
ROOMS = "asl_kept/train/Nothing/N[0-9]*.jpg"
# file of rps_subhi, and left, top, right, bottom of head and shoulders in it
FACES = (
    ("paper/16_pic00039_0.jpg", (0, 20, 74, 180)),
    ("paper/16_pic00038_1.jpg", (0, 0, 80, 150)),
    ("paper/26_pic00035_0.jpg", (0, 0, 80, 120)),
    ("paper/996_pic00024_1.jpg", (0, 0, 80, 150)),
    ("paper/pic00092_0.jpg", (225, 40, 320, 220)),
)


def opened(file: Path) -> Uint8Array:
    """Open a photo, (H, W, 3) uint8; those of the sets are smaller than the room, so that none is shrunk."""
    return decode(file, HEIGHT)[..., :3]


def alterations(data: Path) -> list[Alteration]:
    """Return all that is measured: the photo as it is, its alterations, small in rooms, small beside a face."""
    rooms = [Image.fromarray(opened(file)) for file in sorted(data.glob(ROOMS))]
    people = [Image.fromarray(opened(data / "rps_subhi" / name)).crop(box) for name, box in FACES]
    places = Places(rooms, people)
    return [
        Alteration("unaltered", "as they are", Group.ORIENTATION, lambda photo, _: photo),
        *ALTERATIONS.values(),
        *(places.small(f"{name} of a room", share) for name, share in SHARES.items()),
        *(places.small(f"{name}, beside a face", SHARES[name], FACE) for name in BESIDE),
    ]


def files_of(data: Path, name: str) -> list[tuple[Path, str]]:
    """Draw up to `PHOTOS` a folder: file and class."""
    found = []
    for folder, label in SETS[name]:
        files = sorted(file for file in (data / name / folder).iterdir() if file.is_file())
        drawn = generator(0, "altered").permutation(len(files))[:PHOTOS]
        found += [(files[i], label) for i in drawn.tolist()]
    return found


def altered(files: list[tuple[Path, str]], alteration: Alteration) -> Iterator[Uint8Array]:
    """Open and alter each photo, (H, W, 3) uint8."""
    for number, (file, _) in enumerate(files):
        yield alteration.apply(opened(file), number)


def accuracy(predictor: Predictor, files: list[tuple[Path, str]], alteration: Alteration) -> float:
    """Return the share of photos that is classified correctly."""
    predicted = predictor.run(list(altered(files, alteration))).probabilities.argmax(axis=1).tolist()
    right = [predictor.classes[index] == label for index, (_, label) in zip(predicted, files, strict=True)]
    return float(np.mean(right))


def write_sheet(path: Path, files: list[tuple[Path, str]], kinds: list[Alteration]) -> None:
    """Show six photos of each kind, a row each."""
    shown = files[:: max(1, len(files) // SHOWN)][:SHOWN]
    pictures = [Image.fromarray(pixels) for alteration in kinds for pixels in altered(shown, alteration)]
    for picture in pictures:
        picture.thumbnail(SHOWN_PX)
    Image.fromarray(contact_sheet([np.asarray(one) for one in pictures], len(shown))).save(path)


def main() -> None:
    """Measure and print."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("run", type=Path, help="a finished run of rock, paper and scissors")
    made.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the photo sets")
    made.add_argument("--out", type=Path, help="a JSON file for the numbers")
    made.add_argument("--sheet", type=Path, help="a PNG file for a few photos of each kind")
    made.add_argument("--kinds", default="", help="only alterations whose text contains one of these words")
    given = made.parse_args()
    wanted = given.kinds.split(",")
    kinds = [one for one in alterations(given.data) if any(word in one.text for word in wanted)]
    sets = {name: files_of(given.data, name) for name in SETS}
    if given.sheet:
        write_sheet(given.sheet, [one for files in sets.values() for one in files], kinds)
    predictor = Predictor(given.run)
    found: dict[str, list[float]] = {}
    print(f"| {'photos are':28} | {' | '.join(sets)} |\n|---|{'---|' * len(sets)}")
    for alteration in kinds:
        shares = found[alteration.name] = [accuracy(predictor, files, alteration) for files in sets.values()]
        print(f"| {alteration.text:28} | {' | '.join(f'{share:.3f}' for share in shares)} |", flush=True)
    everything = [one for row in found.values() for one in row]
    print(f"\nmean {np.mean(everything):.3f}, worst {min(everything):.3f}")
    if given.out:
        write_json(given.out, found)


if __name__ == "__main__":
    main()
