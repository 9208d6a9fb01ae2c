"""The pictures of a finding are those of its photos, small, few, and of the set that was audited."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from unseen.auditing.findings import Finding, FindingKind, PhotoRow, Unit
from unseen.dataset.dataset import Dataset
from unseen.photos.header import Header, header_columns
from unseen.records import Grouping, Photo, Predictions, Uint8Array
from unseen.report.audit_page import Shown
from unseen.report.evidence import A_ROW, MOST_OF_CELLS, MOST_PICTURES, PICTURE_PX, cell_photos, gather_evidence, show
from unseen.split.fingerprint import fingerprint


def dataset(names: Sequence[str], level: int = 0, photo: Uint8Array | None = None) -> Dataset:
    """Photo `i` is of grey level `level + i`."""
    images = [
        np.full((20, 30, 4), (*[level + i] * 3, 255), np.uint8) if photo is None else photo for i, _ in enumerate(names)
    ]
    photos = tuple(Photo(name, Path(name), "one") for name in names)
    return Dataset(
        photos, (), ("one",), images=images, headers=header_columns([Header()] * len(names)),
        fingerprints=fingerprint(images), digests=tuple(names), grouping=Grouping(tuple(names), ()),
    )  # fmt: skip


def finding(
    paths: Sequence[str] = (), evidence: Sequence[PhotoRow] = (), kind: FindingKind = FindingKind.BLURRED
) -> Finding:
    return Finding(kind, 0.5, "", "", 1.0, Unit.SHARE_OF_PHOTOS, 1, 9, tuple(paths), tuple(evidence))


def level(shown: Shown) -> int:
    return int(shown.pixels[0, 0, 0])


NAMES = [f"{i}.png" for i in range(40)]


def test_paths_are_shown_in_one_row_worst_first() -> None:
    found = gather_evidence([finding(["7.png", "3.png"])], [dataset(NAMES)])
    (row,) = found[FindingKind.BLURRED].sets
    assert [(shown.path, level(shown)) for shown in row] == [("7.png", 7), ("3.png", 3)]


def test_photos_that_belong_together_share_a_row_with_their_notes() -> None:
    rows = (PhotoRow(("1.png", "2.png"), ("train", "test")), PhotoRow(("5.png", "6.png")))
    first, second = gather_evidence([finding(evidence=rows)], [dataset(NAMES)])[FindingKind.BLURRED].sets
    assert [(level(shown), shown.note) for shown in first] == [(1, "train"), (2, "test")]
    assert [(level(shown), shown.note) for shown in second] == [(5, ""), (6, "")]


def test_a_path_is_looked_up_in_the_first_set_that_has_it() -> None:
    sets = [dataset(["0.png"]), dataset(["0.png", "mine.png"], level=100)]
    (row,) = gather_evidence([finding(["0.png", "mine.png", "none.png"])], sets)[FindingKind.BLURRED].sets
    assert [level(shown) for shown in row] == [0, 101]


def test_a_finding_without_pictures_has_no_evidence() -> None:
    assert gather_evidence([finding(["none.png"]), finding(kind=FindingKind.DARK)], [dataset(NAMES)]) == {}


def test_pictures_are_few() -> None:
    album = dataset(NAMES)
    (single,) = gather_evidence([finding(NAMES)], [album])[FindingKind.BLURRED].sets
    assert [shown.path for shown in single] == NAMES[:MOST_PICTURES]
    bursts = tuple(PhotoRow(tuple(NAMES[start : start + 10])) for start in (0, 10, 20, 30)) * 2
    rows = gather_evidence([finding(evidence=bursts)], [album])[FindingKind.BLURRED].sets
    assert [len(row) for row in rows] == [A_ROW] * (MOST_PICTURES // A_ROW)


@pytest.mark.parametrize(("height", "width"), [(300, 600), (600, 300), (20, 30)])
def test_pictures_are_small_and_keep_their_shape(height: int, width: int) -> None:
    shown = show(dataset(["a.png"], photo=np.full((height, width, 4), 255, np.uint8)), 0)
    assert max(shown.pixels.shape) == min(PICTURE_PX, max(height, width))
    assert shown.pixels.shape[1] / shown.pixels.shape[0] == pytest.approx(width / height, rel=0.03)


def test_what_is_transparent_is_shown_over_grey() -> None:
    photo = np.full((20, 20, 4), 250, np.uint8)
    photo[:10, :, 3], photo[10:, :, 3] = 0, 255
    pixels = show(dataset(["a.png"], photo=photo), 0).pixels
    assert pixels[2, 2].tolist() == [128, 128, 128]
    assert pixels[17, 2].tolist() == [250, 250, 250]


def test_cells_show_photos_of_their_own_and_mistakes_come_first() -> None:
    """20 photos of a, 3 of them taken for b; 9 of b, all right: of those right half as many are shown."""
    labels = np.array([0] * 20 + [1] * 9, np.int64)
    said = labels.copy()
    said[[2, 5, 11]] = 1
    names = [f"{'ab'[label]}/{i}.jpg" for i, label in enumerate(labels)]
    logits = np.eye(2, dtype=np.float32)[said]
    predictions = Predictions(tuple(names), labels, tuple(names), logits, ("a", "b"))
    cells = cell_photos(dataset(names), range(len(names)), predictions)
    assert [(cell.true, cell.predicted, cell.number, len(cell.photos)) for cell in cells] == [
        ("a", "b", 3, 3),
        ("a", "a", 17, 4),
        ("b", "b", 9, 3),
    ]
    assert [shown.path for shown in cells[0].photos] == ["a/2.jpg", "a/5.jpg", "a/11.jpg"]
    assert cells[0].id == "cell-0-1"


def test_pictures_of_all_cells_are_few() -> None:
    classes = tuple(f"c{i:02d}" for i in range(40))
    labels = np.repeat(np.arange(40), 10)
    names = [f"{classes[label]}/{i}.jpg" for i, label in enumerate(labels)]
    predictions = Predictions(tuple(names), labels, tuple(names), np.eye(40, dtype=np.float32)[labels], classes)
    cells = cell_photos(dataset(names), range(len(names)), predictions)
    assert MOST_OF_CELLS - 4 < sum(len(cell.photos) for cell in cells) <= MOST_OF_CELLS
