"""What is trained on and what is tested on: the pairs of photo sets of `bench.generalise`, as trials."""

from dataclasses import dataclass
from pathlib import Path

from bench.sessions import write_folds

# B, C, E, J and O of asl_kept/test look like the training person's.
LETTERS = (*"ADFGHIKLMNPQRSTUVWXYZ", "Del", "Nothing", "Space")


@dataclass(frozen=True, slots=True)
class Pair:
    """Train on one set, test on another; or, with `folds`, on whole sessions of the same set that are held out.

    classes: those in both that say something; `None` for all.
    """

    train: str
    test: str
    classes: tuple[str, ...] | None = None
    folds: int = 0

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.train}, sessions apart" if self.folds else f"{self.train} to {self.test}"


@dataclass(frozen=True, slots=True)
class Trial:
    """One training and its test: folders of photos, or tables of them. classes: as in `Pair`."""

    name: str
    train: Path
    test: Path
    classes: tuple[str, ...] | None


PAIRS = (
    Pair("rps_freeman", "rps_subhi"),
    Pair("rps_subhi", "rps_freeman"),
    Pair("asl_kept/train", "asl_kept/test", LETTERS),
    Pair("fingers_subhi/train", "fingers_subhi/train", folds=4),
    # what `python -m bench.things DIR/things` writes: no hands
    Pair("things/shop", "things/webcam"),
    Pair("things/shop", "things/camera"),
)


def pairs_asked(numbers: str) -> list[Pair]:
    """Return the pairs with these numbers, from 1 on, separated by commas."""
    return [PAIRS[int(number) - 1] for number in numbers.split(",")]


def trials(pair: Pair, data: Path, out: Path) -> list[Trial]:
    """Return the trials whose tests together are the pair's number; tables of folds go to `out`/folds."""
    name = pair.train.replace("/", "-")
    if not pair.folds:
        return [Trial(name, data / pair.train, data / pair.test, pair.classes)]
    tables = write_folds(data / pair.train, out / "folds" / name, pair.folds)
    return [Trial(f"{name}-fold{i + 1}", *tables[i], pair.classes) for i in range(pair.folds)]
