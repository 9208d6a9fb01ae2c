import numpy as np
import pytest
import torch

from tests.training.tiny import CLASSES, SIDE_PX, network, quadrant_photo
from unseen.features.extract import extract
from unseen.locate import network_input as module
from unseen.locate.network_input import input_batches, network_input
from unseen.models.preprocess import UNIT, Preprocess
from unseen.progress import Silent

CPU = torch.device("cpu")
PHOTOS = [quadrant_photo(i % CLASSES, i) for i in range(27)]
PHOTOS[5] = np.dstack([PHOTOS[5], np.zeros(PHOTOS[5].shape[:2], dtype=np.uint8)])  # an alpha, to be ignored
POSITIONS = np.array([26, 3, 3, 5, *range(10, 25)], dtype=np.int64)


def one_by_one() -> np.ndarray:
    model = network().eval()
    with torch.inference_mode():
        rows = [
            model.backbone(model.preprocess(torch.from_numpy(np.ascontiguousarray(PHOTOS[i][None, :, :, :3]))))
            for i in POSITIONS
        ]
    return torch.cat(rows).numpy()


@pytest.mark.parametrize("runner", ["torch", "onnx"])
def test_both_runners_give_each_photos_own_features_in_order(monkeypatch: pytest.MonkeyPatch, runner: str) -> None:
    monkeypatch.setattr(module, "ONNX_PAYS_FROM", 1 if runner == "onnx" else 10**9)
    monkeypatch.setattr(module, "WINDOW", 11)  # not a multiple of any batch
    model = network()
    found = extract(model.preprocess, model.backbone, PHOTOS, POSITIONS, CPU, Silent())
    expected = one_by_one()
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() < 1e-4
    assert np.array_equal(found[1], found[2])
    apart = np.abs(expected[:, None] - expected[None]).max(axis=2)
    np.fill_diagonal(apart, 1)
    apart[1, 2] = apart[2, 1] = 1
    assert apart.min() > 1e-2  # else the order could not be told


def test_photos_are_seen_as_preprocessing_sees_them_one_by_one() -> None:
    preprocess = Preprocess(SIDE_PX, "letterbox", UNIT)
    seen = network_input(preprocess, PHOTOS)
    for photo, pixels in zip(PHOTOS, seen, strict=True):
        alone = preprocess.seen(torch.from_numpy(np.ascontiguousarray(photo[None, :, :, :3]))).numpy()[0]
        assert np.array_equal(pixels.transpose(1, 2, 0), alone)


def test_only_a_window_of_photos_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW", 6)
    read: list[int] = []

    class Store:
        def __getitem__(self, position: int) -> np.ndarray:
            read.append(position)
            return PHOTOS[position]

        def __len__(self) -> int:
            return len(PHOTOS)

    preprocess = Preprocess(SIDE_PX, "squash", UNIT)
    slices = []
    for where, pixels in input_batches(preprocess, Store(), POSITIONS, 4):
        assert len(read) <= where.start + 6
        assert len(pixels) == where.stop - where.start <= 4
        slices += list(range(where.start, where.stop))
    assert slices == list(range(len(POSITIONS)))
    assert read == POSITIONS.tolist()
