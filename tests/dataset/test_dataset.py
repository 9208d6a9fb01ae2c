"""A row of a data set stays together: whatever is chosen or joined, every column still speaks of its own photo."""

import hashlib
from dataclasses import fields, replace

import numpy as np
import pytest
from PIL import Image

from tests.planted_photos import drawn, write_photos
from unseen.config import AuditConfig
from unseen.dataset.dataset import Dataset
from unseen.dataset.load import load_dataset
from unseen.progress import Silent
from unseen.records import Regions, Split


def regions(count: int) -> Regions:
    """Boxes whose left edge is the position."""
    boxes = np.tile(np.arange(count, dtype=np.float32)[:, None], (1, 4))
    return Regions(boxes, None, np.arange(count, dtype=np.float32))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    found = load_dataset(AuditConfig(str(write_photos(tmp_path_factory.mktemp("one"), photos=4)), ""), 48, Silent())
    return replace(found, regions=regions(12), notes=("first",))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = write_photos(tmp_path_factory.mktemp("two"), ("red",), photos=2, seed=9)
    for name in ("c10", "c9"):
        (root / name).mkdir()
        Image.fromarray(drawn(np.random.default_rng(len(name)), 1, 90, 80)).save(root / name / "x.png")
    found = load_dataset(AuditConfig(str(root), ""), 48, Silent())
    return replace(found, regions=regions(4), notes=("second",))


def assert_rows_are_of_their_files(found: Dataset) -> None:
    for i, photo in enumerate(found.photos):
        assert found.digests[i] == hashlib.sha256(photo.file.read_bytes()).hexdigest()
        with Image.open(photo.file) as picture:
            assert (found.headers.width[i], found.headers.height[i]) == picture.size
            shown = np.asarray(picture.convert("RGBA").resize(found.images[i].shape[1::-1]))
        assert np.abs(found.images[i].astype(int) - shown).mean() < 8
        assert photo.file.name[:2] in found.grouping.groups[i] or photo.file.name == "x.png"


def test_chosen_rows_keep_all_their_columns_in_the_order_asked_for(data: Dataset) -> None:
    order = [7, 2, 2, 11]
    found = data.select(order)
    assert [photo.path for photo in found.photos] == [data.photos[i].path for i in order]
    assert_rows_are_of_their_files(found)
    assert found.boxes is not None
    assert found.boxes[:, 0].tolist() == order
    for column in fields(found.fingerprints):
        before, after = (getattr(one.fingerprints, column.name) for one in (data, found))
        assert np.array_equal(np.asarray(after), np.asarray(before)[order]), column.name


def test_joined_sets_follow_each_other_and_new_classes_come_last_in_natural_order(
    data: Dataset, other: Dataset
) -> None:
    found = data.concat(other)
    assert [photo.path for photo in found.photos] == [photo.path for photo in (*data.photos, *other.photos)]
    assert found.classes == ("blue", "green", "red", "c9", "c10")
    assert found.labels.tolist() == [0] * 4 + [1] * 4 + [2] * 4 + [found.classes.index(p.label) for p in other.photos]
    assert found.notes == ("first", "second")
    assert_rows_are_of_their_files(found)
    assert found.boxes is not None
    assert found.boxes[:, 0].tolist() == [*range(12), *range(4)]


def test_regions_that_one_set_lacks_are_not_made_up(data: Dataset, other: Dataset) -> None:
    assert data.concat(replace(other, regions=None)).regions is None
    assert replace(data, regions=None).select([0]).boxes is None


def test_the_fingerprint_is_of_content_and_labels_and_not_of_the_order(data: Dataset) -> None:
    assert data.select(range(11, -1, -1)).fingerprint == data.fingerprint
    assert data.select(range(11)).fingerprint != data.fingerprint
    relabelled = (replace(data.photos[0], label="red"), *data.photos[1:])
    assert replace(data, photos=relabelled).fingerprint != data.fingerprint


def test_a_split_replaces_the_notes_and_keeps_the_rest(data: Dataset) -> None:
    split = Split(("train",) * 6 + ("test",) * 6, data.grouping.groups)
    found = data.with_split(split, (), ("split",))
    assert (found.notes, found.split) == (("split",), split)
    for name in ("photos", "classes", "images", "headers", "digests", "grouping", "regions"):
        assert getattr(found, name) is getattr(data, name)
