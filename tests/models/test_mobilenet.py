import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn

from tests.real_photos import IMAGENET
from unseen.models import mobilenet
from unseen.models.mobilenet import MobileNetV2, PaddedConv, scale_channels
from unseen.models.summary import summarise
from unseen.models.weights import find_weights, load_into
from unseen.registry import find_spec


def parameters(network: MobileNetV2) -> int:
    return sum(p.numel() for p in network.parameters())


def test_width_1_has_the_parameters_and_multiply_adds_of_the_paper() -> None:
    network = MobileNetV2()
    layers = summarise(network, torch.zeros(1, 3, 224, 224))
    assert parameters(network) == 2_223_872  # 3,504,872 with the classifier of 1,280 x 1,000 and its biases
    assert sum(layer.multiply_adds for layer in layers) == pytest.approx(300e6, rel=0.005)


# Keras's `MobileNetV2(include_top=False)` counts, which include the running statistics
@pytest.mark.parametrize(("width", "count"), [(0.35, 410_208), (0.5, 706_224), (1.0, 2_257_984), (1.4, 4_363_712)])
def test_other_widths_count_what_keras_counts(width: float, count: int) -> None:
    network = MobileNetV2(width)
    statistics = sum(value.numel() for name, value in network.state_dict().items() if "running" in name)
    assert parameters(network) + statistics == count


@pytest.mark.parametrize(
    ("width", "channels", "features"),
    [
        (0.35, (16, 8, 8, 16, 24, 32, 56, 112), 1280),
        (0.5, (16, 8, 16, 16, 32, 48, 80, 160), 1280),
        (1.0, (32, 16, 24, 32, 64, 96, 160, 320), 1280),
        (1.4, (48, 24, 32, 48, 88, 136, 224, 448), 1792),
    ],
)
def test_channels_round_as_published(width: float, channels: tuple[int, ...], features: int) -> None:
    assert tuple(scale_channels(c, width) for c in (32, 16, 24, 32, 64, 96, 160, 320)) == channels
    assert MobileNetV2(width).features == features


@pytest.mark.parametrize("channels", [16, 24, 32, 64, 96, 160, 320])
def test_channels_are_the_nearest_multiple_of_8_that_loses_no_more_than_a_tenth(channels: int) -> None:
    for width in np.arange(0.1, 4.0, 0.05):
        exact, scaled = channels * width, scale_channels(channels, width)
        nearest = [m for m in range(8, 2000, 8) if abs(m - exact) <= 4 or m == 8]
        allowed = [m for m in nearest if m >= 0.9 * exact] or [max(nearest) + 8]
        assert scaled in allowed, width


def tensorflow_same(image: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """TensorFlow's documented SAME: output ceil(n / s), the odd pixel of padding goes after."""
    spans = [(-(-n // stride), k) for n, k in zip(image.shape, kernel.shape, strict=True)]
    totals = [max((out - 1) * stride + k - n, 0) for (out, k), n in zip(spans, image.shape, strict=True)]
    padded = np.pad(image, [(t // 2, t - t // 2) for t in totals])
    out = np.empty([out for out, _ in spans])
    for row, column in np.ndindex(*out.shape):
        window = padded[row * stride : row * stride + 3, column * stride : column * stride + 3]
        out[row, column] = (window * kernel).sum()
    return out


def padded_conv(kernel: np.ndarray, stride: int, padding: str) -> PaddedConv:
    conv = PaddedConv(1, 1, stride, 1, padding)  # type: ignore[arg-type]
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(kernel)[None, None])
    return conv


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("shape", [(6, 6), (7, 7), (6, 7), (5, 8)])
def test_same_padding_puts_an_impulse_where_tensorflow_does(stride: int, shape: tuple[int, int]) -> None:
    kernel = np.arange(1.0, 10.0, dtype=np.float32).reshape(3, 3)
    same = padded_conv(kernel, stride, "same")
    for spot in np.ndindex(*shape):
        image = np.zeros(shape, dtype=np.float32)
        image[spot] = 1
        ours = same(torch.from_numpy(image)[None, None])[0, 0].detach().numpy()
        assert np.array_equal(ours, tensorflow_same(image, kernel, stride)), spot


def test_symmetric_padding_differs_at_even_sides_only() -> None:
    kernel = np.arange(1.0, 10.0, dtype=np.float32).reshape(3, 3)
    same, symmetric = (padded_conv(kernel, 2, padding) for padding in ("same", "symmetric"))
    even, odd = torch.rand(1, 1, 8, 8), torch.rand(1, 1, 9, 9)
    assert not torch.allclose(same(even), symmetric(even))
    assert torch.equal(same(odd), symmetric(odd))


def test_the_input_is_added_only_where_shapes_agree() -> None:
    adding = [
        [getattr(block, "adds_input", False) for block in stage]
        for stage in MobileNetV2(0.35).blocks
        if isinstance(stage, torch.nn.Sequential)
    ]
    assert [sum(stage) for stage in adding] == [0, 1, 2, 3, 2, 2, 0]
    assert not any(stage[0] for stage in adding)


@pytest.mark.real_photos
def test_names_and_shapes_are_those_of_a_published_file() -> None:
    with safe_open(IMAGENET, framework="pt") as file:
        published = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    ours = {n: tuple(v.shape) for n, v in MobileNetV2().state_dict().items() if not n.endswith("num_batches_tracked")}
    assert ours == {name: shape for name, shape in published.items() if not name.endswith("num_batches_tracked")}


@pytest.mark.real_photos
def test_published_weights_separate_photos_and_give_the_same_features_twice() -> None:
    spec = find_spec("mobilenetv2")
    weights = find_weights(str(IMAGENET), spec, 1.0)
    assert weights is not None
    assert weights.padding == "same"
    assert weights.normalisation.mean == (128.0, 128.0, 128.0)

    network = MobileNetV2(padding=weights.padding).eval()
    load_into(network, weights, spec)
    flat, striped = torch.zeros(1, 3, 96, 96), torch.zeros(1, 3, 96, 96)
    striped[:, :, ::8] = 0.9
    with torch.inference_mode():
        first, second = network(torch.cat([flat, striped])), network(torch.cat([flat, striped]))
    assert torch.equal(first, second)
    assert torch.nn.functional.cosine_similarity(first[:1], first[1:]).item() < 0.8
    # trained statistics keep activations in the range of ReLU6, most of them off
    assert 0.1 < float((first == 0).float().mean()) < 0.95


def test_with_frozen_statistics_values_and_gradients_are_those_of_convolution_and_norm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.manual_seed(0)
    network = MobileNetV2(0.35, "same").double().eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.running_mean, module.running_var, module.weight, module.bias):
                assert tensor is not None
                tensor.data.uniform_(0.5, 1.5)
    photos = torch.rand(2, 3, 33, 32, dtype=torch.float64)

    def run() -> tuple[Tensor, list[Tensor]]:
        out = network(photos)
        return out.detach(), list(torch.autograd.grad(out.square().sum(), list(network.parameters())))

    folded_out, folded_gradients = run()
    monkeypatch.setattr(mobilenet, "normalised", lambda convolution, norm, x: norm(convolution(x)))
    out, gradients = run()
    torch.testing.assert_close(folded_out, out)
    for one, other in zip(folded_gradients, gradients, strict=True):
        torch.testing.assert_close(one, other)
