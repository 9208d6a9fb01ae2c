"""A photo without an answer is left out by name, with its split's row, and never a whole class in silence."""

from pathlib import Path

import numpy as np
import pytest

from tests.planted_photos import write_photos
from unseen.config import TrainConfig
from unseen.dataset.dataset import SplitDataset
from unseen.dataset.split_dataset import load_split_dataset
from unseen.errors import UnseenError
from unseen.pipelines.stages.finite_features import REASON, without_broken
from unseen.progress import Silent


@pytest.fixture
def data(tmp_path: Path) -> SplitDataset:
    write_photos(tmp_path / "photos", photos=8)
    return load_split_dataset(
        TrainConfig(str(tmp_path / "photos"), str(tmp_path / "run")), 64, tmp_path / "split.csv", Silent()
    )


def test_one_broken_photo_is_left_out_by_name(data: SplitDataset) -> None:
    features = np.arange(len(data.labels) * 2, dtype=np.float32).reshape(-1, 2)
    features[3, 1] = np.inf
    some, kept = without_broken(data, features, Silent())
    assert kept is not None
    assert kept.tolist() == np.delete(features, 3, axis=0).tolist()
    gone = data.photos[3]
    assert [photo.path for photo in some.photos] == [photo.path for photo in data.photos if photo is not gone]
    assert [(row.path, row.reason, row.label) for row in some.rejected] == [(gone.path, REASON, gone.label)]
    assert some.split.parts == tuple(part for i, part in enumerate(data.split.parts) if i != 3)
    assert some.split.groups == tuple(group for i, group in enumerate(data.split.groups) if i != 3)


def test_where_all_are_finite_nothing_changes(data: SplitDataset) -> None:
    features = np.zeros((len(data.labels), 2), np.float32)
    assert without_broken(data, features, Silent()) == (data, features)
    assert without_broken(data, None, Silent()) == (data, None)


def test_a_class_without_any_answer_stops_the_run(data: SplitDataset) -> None:
    features = np.zeros((len(data.labels), 2), np.float32)
    features[data.labels == 0] = np.nan
    with pytest.raises(UnseenError, match="use other --weights"):
        without_broken(data, features, Silent())
