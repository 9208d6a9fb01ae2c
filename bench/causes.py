"""How often the planted cause is named: photos that a model gets right, spoiled in 52 ways until it is wrong.

    python -m bench.causes --data DIR --sets rps_freeman sign_digits --photos 3 --rows rows.jsonl
    python -m bench.causes --data DIR --sets asl_kept/test --run RUN --photos 3 --rows rows.jsonl

Without --run the model is the tutorials' (`bench/tutorials.py`), which withstands little. A run is asked with files, as
`unseen explain` is, about photos of its classes that it was not trained on. --ways other: those alone that replays do
not undo by the same arithmetic (`bench/planted_ways.py`). Rows are written set by set; a set that is in the file is not
measured again. --table prints what is in it, without measuring.
"""

import csv
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.photosets import parser
from bench.planted_ways import STRENGTHS, WAYS
from bench.tutorials import Photo, tutorial_model
from unseen.explanation.explain_photo import explain_seen
from unseen.explanation.explained import Explanation
from unseen.explanation.explaining_predictor import ExplainingPredictor, as_stored
from unseen.explanation.known_training import Known, know, see, with_rates
from unseen.inference.model import Model
from unseen.photos.decode import decode
from unseen.photos.scan import PHOTO_SUFFIXES
from unseen.records import Uint8Array

SIDE_PX = 320
TRAINED = 80  # photos a class of the tutorial model
KNOWN, RATE_PHOTOS = 60, 6
TRIED_EACH = 6  # photos spoiled for each that is wanted; where all withstand a way, it is withstood
NOTHING = "nothing"
TAG = 0x0112  # EXIF's orientation


@dataclass(frozen=True, slots=True)
class Asked:
    """A model and how it is asked why. explain: takes a photo, its EXIF orientation, and its label or `None`."""

    name: str
    model: Model
    explain: Callable[[Uint8Array, int | None, str | None], Explanation]


def known_of(model: Model, photos: Sequence[Photo]) -> Known:
    """Return what photos the model was not trained on are like, and how often replays move its right answers."""
    known = know([pixels for pixels, _ in photos], None, [label for _, label in photos])
    return with_rates(known, model, photos[:RATE_PHOTOS])


def upright(pixels: Uint8Array, orientation: int | None) -> Uint8Array:
    """Return a photo as a file with that tag is opened."""
    turned = as_stored(pixels, {6: 8, 8: 6}.get(orientation or 1, orientation))
    return pixels if turned is None else turned


def of_tutorials(mixed: Sequence[Photo], classes: tuple[str, ...]) -> tuple[Asked, list[Photo]]:
    """Fit the tutorials' model to the first photos; return it with the photos that it knows nothing of."""
    cut = min(TRAINED * len(classes), len(mixed) // 2)
    model, rest = tutorial_model(mixed[:cut], classes), list(mixed[cut:])
    kept = min(KNOWN, len(rest) // 3)
    known = known_of(model, rest[:kept])

    def explain(pixels: Uint8Array, orientation: int | None, label: str | None) -> Explanation:
        stored = pixels if orientation else None
        return explain_seen(model, see(upright(pixels, orientation), known, None, stored), label, known)

    return Asked("tutorials", model, explain), rest[kept:]


def of_run(run: Path) -> Asked:
    """Open a run, which is asked with files."""
    model = ExplainingPredictor(run, 1)

    def explain(pixels: Uint8Array, orientation: int | None, label: str | None) -> Explanation:
        stream, tags = BytesIO(), Image.Exif()
        if orientation:
            tags[TAG] = orientation
        Image.fromarray(pixels).save(stream, "PNG", exif=tags)
        return model.explain(stream.getvalue(), label)

    return Asked(run.name, model, explain)


def load(
    folder: Path, count: int, classes: Sequence[str] | None = None, trained: frozenset[str] = frozenset()
) -> Iterator[tuple[str, list[Uint8Array]]]:
    """Yield each class and its first photos in a shuffled order. trained: CLASS/FILE that are left out."""
    for each in sorted(path for path in folder.iterdir() if path.is_dir()):
        if classes is None or each.name in classes:
            files = [f for f in sorted(each.iterdir()) if f.suffix.lower() in PHOTO_SUFFIXES]
            files = [file for file in files if f"{each.name}/{file.name}" not in trained]
            random.Random(0).shuffle(files)
            yield each.name, [np.ascontiguousarray(decode(file, SIDE_PX)[..., :3]) for file in files[:count]]


def spoiled(model: Model, photo: Photo, other: Uint8Array, way: str) -> tuple[Uint8Array, int] | None:
    """Return a photo spoiled as little as makes the model wrong, and how strongly; `None` where it withstands that."""
    tried: list[Uint8Array] = []
    for strength in STRENGTHS:
        pixels = WAYS[way].change(photo[0], other, strength)
        if tried and np.array_equal(pixels, tried[-1]):
            break
        tried.append(pixels)
    said = model.predict_proba([upright(pixels, WAYS[way].orientation) for pixels in tried]).argmax(axis=1)
    wrong = np.flatnonzero(said != photo[1])
    return (tried[wrong[0]], int(wrong[0]) + 1) if len(wrong) else None


def row_of(found: Explanation, **more: object) -> dict[str, Any]:
    """Return what is written of one explanation."""
    causes = [[one.cause, round(one.score, 2), one.replay] for one in found.causes[:4]]
    return {**more, "label": found.label, "probability": round(found.probability, 3), "causes": causes}


def rows_of_set(
    asked: Asked, photos: Sequence[Photo], others: Sequence[Uint8Array], count: int, ways: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield what is found of photos with nothing planted, right and wrong ones, and of `count` photos of each way."""
    classes = asked.model.classes
    said = np.concatenate(
        [asked.model.predict_proba([p for p, _ in photos[i : i + 16]]).argmax(1) for i in range(0, len(photos), 16)]
    )
    right = [photo for photo, answer in zip(photos, said, strict=True) if answer == photo[1]]
    wrong = [photo for photo, answer in zip(photos, said, strict=True) if answer != photo[1]]
    for kind, some in (("right", right[: 6 * count]), ("wrong", wrong[: 4 * count])):
        for photo in some:
            for label in [None] if kind == "right" else [None, classes[photo[1]]]:
                found = asked.explain(photo[0], None, label)
                yield row_of(found, way=f"{NOTHING}, {kind}{', labelled' if label else ''}", cause=NOTHING)
    for number, way in enumerate(ways):
        done = 0
        for tried in range(min(count * TRIED_EACH, len(right))):
            photo = right[(number * 7 + tried) % len(right)]
            made = spoiled(asked.model, photo, others[(number + tried) % len(others)], way)
            if made is not None:
                found = asked.explain(made[0], WAYS[way].orientation, classes[photo[1]])
                yield row_of(found, way=way, cause=WAYS[way].cause, strength=made[1])
                done += 1
            if done == count:
                break
        if not done:
            yield {"way": way, "cause": "withstood", "causes": []}


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return how often each way's cause was named first and among three, and what was named instead."""
    lines, total = [], Counter[str]()
    for way in dict.fromkeys(row["way"] for row in rows):
        of = [row for row in rows if row["way"] == way and row["cause"] not in ("withstood", NOTHING)]
        named = [[cause for cause, *_ in row["causes"]] for row in of]
        first = sum(causes[:1] == [row["cause"]] for row, causes in zip(of, named, strict=True))
        three = sum(row["cause"] in causes[:3] for row, causes in zip(of, named, strict=True))
        instead = Counter(c[0] if c else NOTHING for row, c in zip(of, named, strict=True) if c[:1] != [row["cause"]])
        total += Counter({"all": len(of), "first": first, "three": three})
        if of:
            lines.append(f"| {way} | {first} of {len(of)} | {three} | {dict(instead) or ''} |")
        elif any(row["cause"] == NOTHING for row in rows if row["way"] == way):
            unplanted = [row for row in rows if row["way"] == way]
            accused = Counter(row["causes"][0][0] for row in unplanted if row["causes"])
            lines.append(f"| {way} | accused {sum(accused.values())} of {len(unplanted)} | | {dict(accused) or ''} |")
        else:
            lines.append(f"| {way} | withstood | | |")
    many = max(total["all"], 1)
    return "\n".join(
        [*lines, f"first {total['first'] / many:.1%}, among three {total['three'] / many:.1%} of {total['all']}"]
    )


def measured(data: Path, name: str, run: Path | None, count: int, ways: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of one set, asked of a run or of the tutorials' model."""
    asked = of_run(run) if run else None
    each = (KNOWN if asked else TRAINED) + 6 * count + 20
    by_class = dict(load(data / name, each, asked.model.classes if asked else None, _trained(run)))
    classes = asked.model.classes if asked else tuple(by_class)
    shuffled = [(pixels, classes.index(label)) for label, photos in by_class.items() for pixels in photos]
    random.Random(1).shuffle(shuffled)
    others = _others(data, name)
    if asked is None:
        asked, shuffled = of_tutorials(shuffled, classes)
    yield from rows_of_set(asked, shuffled, others, count, ways)


def _trained(run: Path | None) -> frozenset[str]:
    if run is None:
        return frozenset()
    with (run / "split.csv").open(newline="", encoding="utf-8") as stream:
        return frozenset("/".join(Path(line["path"]).parts[-2:]) for line in csv.DictReader(stream))


def _others(data: Path, name: str) -> list[Uint8Array]:
    """Return photos of another set, before whose walls photos are put."""
    other = "rps_subhi" if "subhi" not in name else "people/fingers_lebanese"
    return [photos[i] for _, photos in load(data / other, 8) for i in range(len(photos))]


def main() -> None:
    """Measure, write rows, print the tables."""
    arguments = parser(__doc__)
    arguments.add_argument("--sets", nargs="+", default=["rps_freeman", "sign_digits"])
    arguments.add_argument("--photos", type=int, default=3, help="photos for each way and set")
    arguments.add_argument("--run", type=Path, help="a run to explain, asked about photos of its classes")
    arguments.add_argument("--ways", choices=("all", "usual", "other"), default="all")
    arguments.add_argument("--rows", type=Path, default=Path("causes.jsonl"))
    arguments.add_argument("--table", action="store_true")
    given = arguments.parse_args()
    rows = [json.loads(line) for line in given.rows.read_text().splitlines()] if given.rows.is_file() else []
    name = given.run.name if given.run else "tutorials"
    ways = [way for way in WAYS if given.ways == "all" or WAYS[way].other is (given.ways == "other")]
    done = {row["set"] for row in rows if row["model"] == name and row["way"] == "end"}
    rows = [row for row in rows if row["way"] != "end"]
    for each in [] if given.table else [one for one in given.sets if one not in done]:
        began = time.process_time()
        found = list(measured(given.data, each, given.run, given.photos, ways))
        with given.rows.open("a") as stream:
            for row in (*found, {"way": "end", "cause": "", "causes": []}):
                line = {"model": name, "set": each, **row}
                stream.write(json.dumps(line) + "\n")
                rows += [line] if row["way"] != "end" else []
        print(f"{name}, {each}: {time.process_time() - began:.0f} s", flush=True)
    for model in dict.fromkeys(row["model"] for row in rows):
        of = [row for row in rows if row["model"] == model and row["set"] in given.sets]
        print(f"\n{model}: {', '.join(dict.fromkeys(row['set'] for row in of))}\n{table(of)}")


if __name__ == "__main__":
    main()
