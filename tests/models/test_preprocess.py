from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch.export import Dim

from unseen.models.onnx_graph import export_onnx
from unseen.models.preprocess import (
    IMAGENET,
    UNIT,
    WEIGHT_UNIT,
    Normalisation,
    Preprocess,
    resize_weights,
)
from unseen.onnx_session import cpu_session
from unseen.photos.fit import FITS, PADDING_GREY
from unseen.records import Fit, Uint8Array

CPU = torch.device("cpu")
SEVERAL = settings(max_examples=25, deadline=None, derandomize=True)
RED, BLUE = (250, 10, 20), (5, 30, 240)


def noise(height: int, width: int, seed: int = 0, photos: int = 1) -> Uint8Array:
    return np.random.default_rng(seed).integers(0, 256, (photos, height, width, 3), dtype=np.uint8)


def seen(photo: Uint8Array, side_px: int, fit: Fit) -> Uint8Array:
    pixels: Uint8Array = Preprocess(side_px, fit, UNIT).seen(torch.from_numpy(photo[None])).numpy()[0]
    return pixels


def levels_apart(ours: Uint8Array, theirs: Uint8Array) -> int:
    return int(np.abs(ours.astype(int) - theirs.astype(int)).max())


@given(st.integers(1, 150), st.integers(1, 150), st.integers(16, 48), st.integers(0, 9))
@SEVERAL
def test_squash_is_pillows_antialiased_bilinear(height: int, width: int, side_px: int, seed: int) -> None:
    photo = noise(height, width, seed)[0]
    theirs = np.asarray(Image.fromarray(photo).resize((side_px, side_px), Image.Resampling.BILINEAR))
    assert levels_apart(seen(photo, side_px, "squash"), theirs) <= 1


@given(st.integers(1, 150), st.integers(1, 150), st.integers(16, 48))
@SEVERAL
def test_crop_is_pillows_resize_of_the_central_square(height: int, width: int, side_px: int) -> None:
    photo = noise(height, width)[0]
    short = min(height, width)
    left, top = (width - short) / 2, (height - short) / 2
    box = (left, top, left + short, top + short)
    theirs = np.asarray(Image.fromarray(photo).resize((side_px, side_px), Image.Resampling.BILINEAR, box=box))
    assert levels_apart(seen(photo, side_px, "crop"), theirs) <= 1


@pytest.mark.parametrize("tall", [False, True])
def test_letterbox_is_pillows_resize_between_grey_bars(tall: bool) -> None:
    photo = noise(50, 100)[0]
    theirs = np.asarray(Image.fromarray(photo).resize((64, 32), Image.Resampling.BILINEAR))
    ours = seen(photo.swapaxes(0, 1).copy() if tall else photo, 64, "letterbox")
    ours = ours.swapaxes(0, 1) if tall else ours
    assert levels_apart(ours[16:48], theirs) <= 1
    assert (ours[:16] == 128).all()
    assert (ours[48:] == 128).all()


def planted(height: int, width: int, top: int, left: int, side: int) -> Uint8Array:
    photo = np.empty((height, width, 3), dtype=np.uint8)
    photo[:] = BLUE
    photo[top : top + side, left : left + side] = RED
    return photo


# a red square of 20 px in a photo of 60 x 120, centred at (x, y); where each fit puts it in 60 px, as (x, y, w, h)
@pytest.mark.parametrize(
    ("fit", "centre", "expected"),
    [
        ("squash", (30, 20), (15, 20, 10, 20)),
        ("crop", (50, 20), (20, 20, 20, 20)),
        ("letterbox", (30, 20), (15, 25, 10, 10)),
        ("letterbox", (110, 50), (55, 40, 10, 10)),
    ],
)
def test_a_planted_square_lands_where_the_fit_says(
    fit: Fit, centre: tuple[int, int], expected: tuple[int, int, int, int]
) -> None:
    photo = planted(60, 120, top=centre[1] - 10, left=centre[0] - 10, side=20)
    y, x = np.nonzero(seen(photo, 60, fit)[:, :, 0] > 190)
    found = ((x.min() + x.max() + 1) / 2, (y.min() + y.max() + 1) / 2, np.ptp(x) + 1, np.ptp(y) + 1)
    assert found == pytest.approx(expected, abs=1)


def test_crop_leaves_out_what_lies_beside_the_centre() -> None:
    photo = np.empty((40, 100, 3), dtype=np.uint8)
    photo[:] = RED
    photo[:, 30:70] = BLUE
    inner = seen(photo, 20, "crop")[:, 1:-1]  # the filter of the outermost column reaches one source pixel out
    assert (inner == BLUE).all()


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (23, 23), (71, 37)])
def test_every_grey_stays_exactly_itself(fit: Fit, shape: tuple[int, int]) -> None:
    values = np.arange(256, dtype=np.uint8)
    photos = np.broadcast_to(values[:, None, None, None], (256, *shape, 3)).copy()
    pixels = Preprocess(24, fit, UNIT).seen(torch.from_numpy(photos)).numpy()
    middle = pixels[:, 12, 12]
    assert (middle == values[:, None]).all()
    if fit != "letterbox" or shape[0] == shape[1]:
        assert (pixels == values[:, None, None, None]).all()


@given(st.integers(1, 20_000), st.integers(1, 20_000), st.sampled_from([16, 160, 224, 1024]), st.sampled_from(FITS))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_weights_of_a_pixel_sum_to_the_unit_and_float32_stays_exact(
    length: int, other: int, side_px: int, fit: Fit
) -> None:
    weights = resize_weights(length, other, side_px, fit, CPU).double() * WEIGHT_UNIT
    total = weights.sum(dim=1)
    padding = (weights > 0).sum(dim=1) == 0
    assert bool((weights >= 0).all())
    assert bool((torch.frac(weights) == 0).all())
    assert bool((total == WEIGHT_UNIT)[~padding].all())
    assert WEIGHT_UNIT * 255 < 2**24
    assert fit == "letterbox" or not bool(padding.any())


def test_normalisation_is_in_pixel_units() -> None:
    stated = Normalisation((10.0, 20.0, 30.0), (2.0, 4.0, 5.0))
    out = Preprocess(16, "squash", stated)(torch.full((1, 5, 7, 3), 130, dtype=torch.uint8))
    assert out[0, :, 3, 3].tolist() == [60.0, 27.5, 20.0]


def test_imagenet_statistics_are_torchvisions() -> None:
    means, deviations = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    assert IMAGENET.mean == pytest.approx([255 * v for v in means])
    assert IMAGENET.std == pytest.approx([255 * v for v in deviations])


class SeenByFit(torch.nn.Module):
    """All fits in one graph: exporting takes seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.fits = torch.nn.ModuleList(Preprocess(40, fit, UNIT) for fit in FITS)

    def forward(self, photos: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(fit.seen(photos) for fit in self.fits)  # type: ignore[operator]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "seen.onnx"
    free = {0: Dim("photo_count", min=1), 1: Dim("height", min=1), 2: Dim("width", min=1)}
    export_onnx(SeenByFit(), torch.zeros(2, 61, 97, 3, dtype=torch.uint8), path, ["photos"], FITS, (free,))
    return path


@pytest.mark.parametrize(
    ("photos", "height", "width"),
    [(1, 1, 1), (1, 1, 57), (3, 57, 1), (2, 40, 40), (1, 33, 201), (5, 97, 61), (1, 1201, 907)],
)
def test_onnx_runtime_gives_the_same_bytes(exported: Path, photos: int, height: int, width: int) -> None:
    batch = noise(height, width, seed=height, photos=photos)
    theirs = cpu_session(exported).run(FITS, {"photos": batch})
    for fit, ours, pixels in zip(FITS, SeenByFit()(torch.from_numpy(batch)), theirs, strict=True):
        assert pixels.dtype == np.uint8
        assert np.array_equal(ours.numpy(), pixels), fit


def test_padding_grey_is_the_middle_of_the_range() -> None:
    assert PADDING_GREY == 128
