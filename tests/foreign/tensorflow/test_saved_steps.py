"""Steps of TensorFlow's graphs that do not mean the same as ONNX's of the same name, against arithmetic by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.foreign.tensorflow.saved_models import Kind, const, node, one_function
from unseen.diagnosing.resizers import resize
from unseen.errors import UnseenError
from unseen.foreign.open_model import open_model
from unseen.records import Float32Array

RNG = np.random.default_rng(0)
PHOTOS = RNG.integers(0, 256, (2, 9, 12, 3)).astype(np.float32)


def answers(folder: Path, *nodes: bytes, last: str, photos: Float32Array = PHOTOS, free: bool = False) -> Float32Array:
    """Return what a graph makes of the photos, all numbers of one photo in a row."""
    shape = [-1, -1, -1, 3] if free else [-1, *photos.shape[1:]]
    ends = [const("row", [len(photos), -1]), node("scores", "Reshape", last, "row:output:0")]
    return open_model(one_function(folder, [*nodes, *ends], shape)).run(photos)


def row(pictures: Any) -> Float32Array:
    return np.asarray(pictures, np.float32).reshape(len(pictures), -1)


def channels_first(pictures: Float32Array) -> torch.Tensor:
    return torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy())


def channels_last(pictures: torch.Tensor) -> Float32Array:
    return np.asarray(pictures.numpy().transpose(0, 2, 3, 1))


SLICES: dict[str, tuple[Any, list[int], list[int], list[int], dict[str, int]]] = {
    "bgr": (PHOTOS[..., ::-1], [0, 0], [0, 0], [1, -1], {"ellipsis_mask": 1, "begin_mask": 2, "end_mask": 2}),
    "one channel": (PHOTOS[..., 1], [0, 1], [0, 2], [1, 1], {"ellipsis_mask": 1, "shrink_axis_mask": 2}),
    "last row": (PHOTOS[:, -1], [0, -1], [0, 0], [1, 1], {"begin_mask": 1, "end_mask": 1, "shrink_axis_mask": 2}),
    "rows": (PHOTOS[:, 1:-2:3], [0, 1], [0, -2], [1, 3], {"begin_mask": 1, "end_mask": 1}),
    "new last": (PHOTOS[..., None], [0, 0], [0, 0], [1, 1], {"ellipsis_mask": 1, "new_axis_mask": 2}),
    "new first": (PHOTOS[:, None, :, 2], [0, 0, 0, 2], [0, 0, 0, 3], [1] * 4,
                  {"begin_mask": 5, "end_mask": 5, "new_axis_mask": 2, "shrink_axis_mask": 8}),
}  # fmt: skip
SLICES["new first"] = (PHOTOS[:, None, :, 2], *SLICES["new first"][1:])


@pytest.mark.parametrize("name", SLICES)
def test_a_slice_is_that_of_python(name: str, tmp_path: Path) -> None:
    wanted, begin, stop, step, masks = SLICES[name]
    found = answers(
        tmp_path, const("b", begin), const("e", stop), const("s", step),
        node("cut", "StridedSlice", "photos", "b:output:0", "e:output:0", "s:output:0", **masks), last="cut:output:0",
    )  # fmt: skip
    assert np.array_equal(found, row(wanted))


@pytest.mark.parametrize("kind", ["Bilinear", "NearestNeighbor"])
def test_photos_are_resized_as_tensorflow_does_today(kind: str, tmp_path: Path) -> None:
    found = answers(
        tmp_path, const("size", [5, 7]),
        node("r", f"Resize{kind}", "photos", "size:output:0", half_pixel_centers=True), last="r:o:0", free=True,
    )  # fmt: skip
    way: Any = "bilinear" if kind == "Bilinear" else "nearest"
    wanted = row(np.stack([resize(photo.astype(np.uint8), 5, 7, way) for photo in PHOTOS]))
    assert np.abs(found - wanted).max() <= 0.5  # the resizer rounds to grey levels


def test_the_corners_of_old_resizing_are_kept(tmp_path: Path) -> None:
    """Without half pixels the first pixel of each new one is taken; with corners, the last ones meet."""
    for name, setting, places in (("a", "", [0, 3, 6]), ("b", "align_corners", [0, 4, 8])):
        settings = {setting: True} if setting else {}
        found = answers(
            tmp_path / name, const("size", [3, 12]),
            node("r", "ResizeNearestNeighbor", "photos", "size:output:0", **settings), last="r:o:0",
        )  # fmt: skip
        assert np.array_equal(found, row(PHOTOS[:, places]))


def test_a_dilated_convolution_is_found_in_its_three_steps(tmp_path: Path) -> None:
    kernel = RNG.normal(size=(3, 3, 3, 4)).astype(np.float32)
    found = answers(
        tmp_path, const("every", [2, 2]), const("ends", [[2, 3], [2, 2]]), const("cut", [[0, 1], [0, 0]]),
        const("k", kernel), node("s", "SpaceToBatchND", "photos", "every:output:0", "ends:output:0"),
        node("c", "Conv2D", "s:o:0", "k:output:0", strides=[1, 1, 1, 1], padding="VALID"),
        node("g", "BatchToSpaceND", "c:o:0", "every:output:0", "cut:output:0"), last="g:o:0",
    )  # fmt: skip
    weights = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
    wanted = channels_last(functional.conv2d(channels_first(PHOTOS), weights, padding=2, dilation=2))
    assert np.allclose(found, row(wanted), atol=1e-3)


@pytest.mark.parametrize(
    ("side", "stride", "padding"), [(3, 2, "SAME"), (2, 3, "SAME"), (4, 2, "VALID"), (2, 3, "VALID")]
)
def test_a_transposed_convolution_is_the_gradient_of_one(side: int, stride: int, padding: str, tmp_path: Path) -> None:
    photos = RNG.normal(size=(1, 4, 5, 3)).astype(np.float32)
    kernel = RNG.normal(size=(side, side, 2, 3)).astype(np.float32)
    found = answers(
        tmp_path, const("shape", [1, 0, 0, 2]), const("k", kernel),
        node("c", "Conv2DBackpropInput", "shape:output:0", "k:output:0", "photos", strides=[1, stride, stride, 1],
             padding=padding), last="c:o:0", photos=photos,
    )  # fmt: skip
    sides = [n * stride if padding == "SAME" else (n - 1) * stride + max(side, stride) for n in (4, 5)]
    large = torch.zeros(1, 2, *sides, requires_grad=True)
    over = max(side - stride, 0) if padding == "SAME" else 0
    framed = functional.pad(large, (over // 2, over - over // 2) * 2)
    made = functional.conv2d(framed, torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy()), stride=stride)
    made.backward(channels_first(photos))  # type: ignore[no-untyped-call]
    assert large.grad is not None
    assert np.allclose(found, row(channels_last(large.grad)), atol=1e-4)


def test_groups_and_depths_of_convolutions(tmp_path: Path) -> None:
    deep, grouped = RNG.normal(size=(3, 3, 3, 2)).astype(np.float32), RNG.normal(size=(1, 1, 3, 4)).astype(np.float32)
    found = answers(
        tmp_path, const("d", deep), const("g", grouped),
        node("a", "DepthwiseConv2dNative", "photos", "d:output:0", strides=[1, 2, 2, 1], padding="SAME"),
        node("r", "Relu", "a:o:0"), node("b", "Conv2D", "r:o:0", "g:output:0", strides=[1, 1, 1, 1], padding="SAME"),
        last="b:o:0",
    )  # fmt: skip
    framed = functional.pad(channels_first(PHOTOS), (0, 1, 1, 1))  # 12 wide, 9 high: one pixel behind, one each side
    first = functional.conv2d(
        framed, torch.from_numpy(deep.transpose(2, 3, 0, 1).reshape(6, 1, 3, 3).copy()), stride=2, groups=3
    )
    second = functional.conv2d(first.relu(), torch.from_numpy(grouped.transpose(3, 2, 0, 1).copy()), groups=2)
    assert np.allclose(found, row(channels_last(second)), atol=1e-2)


def test_a_layer_norm_of_keras_2_is_a_batch_norm_that_learns(tmp_path: Path) -> None:
    photos = RNG.normal(size=(2, 2, 2, 3)).astype(np.float32)
    found = answers(
        tmp_path, const("turned", [1, 8, 3, 1]), node("t", "Reshape", "photos", "turned:output:0"),
        const("ones", np.ones(8)), const("zeros", np.zeros(8)), const("none", np.zeros(0)),
        node("n", "FusedBatchNormV3", "t:o:0", "ones:output:0", "zeros:output:0", "none:output:0", "none:output:0",
             data_format="NCHW", epsilon=0.001, is_training=True),
        const("shape", [2, 2, 2, 3]), node("b", "Reshape", "n:y:0", "shape:output:0"), last="b:o:0", photos=photos,
    )  # fmt: skip
    off = photos - photos.mean(axis=-1, keepdims=True)
    assert np.allclose(found, row(off / np.sqrt(np.square(off).mean(axis=-1, keepdims=True) + 0.001)), atol=1e-4)


def test_shapes_that_are_computed_are_followed(tmp_path: Path) -> None:
    found = answers(
        tmp_path, node("shape", "Shape", "photos"), const("b", [0]), const("e", [1]), const("s", [1]),
        node("n", "StridedSlice", "shape:o:0", "b:output:0", "e:output:0", "s:output:0", shrink_axis_mask=1),
        const("rest", -1), const("three", 3), node("p", "Pack", "n:o:0", "rest:output:0", "three:output:0", axis=0),
        node("r", "Reshape", "photos", "p:o:0"), const("axis", 1), node("m", "Mean", "r:o:0", "axis:output:0"),
        last="m:o:0", free=True,
    )  # fmt: skip
    assert np.allclose(found, PHOTOS.mean(axis=(1, 2)), atol=1e-3)


def test_weights_of_half_the_bits_and_of_a_choice_are_read(tmp_path: Path) -> None:
    scale = np.array([0.5, 2, 4], np.float16)
    found = answers(
        tmp_path, node("h", "Const", value=scale), node("f", "Cast", "h:output:0", DstT=Kind(1)),
        node("m", "Mul", "photos", "f:y:0"), node("l", "LeakyRelu", "m:z:0", alpha=0.1), last="l:o:0",
    )  # fmt: skip
    assert np.allclose(found, row(PHOTOS * scale.astype(np.float32)))


def test_a_step_that_is_not_known_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnseenError, match="NonMaxSuppressionV3"):
        answers(tmp_path, node("x", "NonMaxSuppressionV3", "photos"), last="x:o:0")
    with pytest.raises(UnseenError, match="channels first"):
        answers(tmp_path, node("x", "MaxPool", "photos", data_format="NCHW"), last="x:o:0")
