"""Extract frozen features (N, D) float32 of photos.

On a CPU the backbone runs in ONNX Runtime, which is about three times as fast as channels-last PyTorch for
MobileNetV2 (docs/performance.md); the graph takes seconds to write where it does not come with this package, so short
jobs stay in PyTorch.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from unseen.locate.known_networks import knows_features
from unseen.locate.network_input import in_onnx, input_batches
from unseen.locate.prebuilt import CROP, part_session
from unseen.models.backbone import Backbone
from unseen.models.onnx_graph import export_onnx
from unseen.models.preprocess import Preprocess
from unseen.onnx_session import cpu_session
from unseen.progress import Progress
from unseen.records import Float32Array, Images, Int64Array, Uint8Array

# Few photos keep the activations of a 160 px photo in a core's cache: 8 ran faster than 1, 4, 16 and 32.
ONNX_BATCH = 8
TORCH_BATCH = 64


class PixelsToFeatures(nn.Module):
    """Normalise and extract: (N, 3, S, S) uint8 to (N, D) float32."""

    def __init__(self, preprocess: Preprocess, backbone: Backbone) -> None:
        super().__init__()
        self.preprocess = preprocess
        self.backbone = backbone

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, S, S) uint8, already S x S, to (N, D)."""
        out: Tensor = self.backbone(self.preprocess.normalise(pixels.to(torch.float32)))
        return out


def extract(
    preprocess: Preprocess,
    backbone: Backbone,
    photos: Images,
    positions: Int64Array,
    device: torch.device,
    progress: Progress,
    boxes: Float32Array | None = None,
) -> Float32Array:
    """Run the frozen backbone over the photos at `positions`, to features (n, D) float32 in that order.

    boxes: (N, 4) of all photos, for a `preprocess` that crops.
    """
    network = PixelsToFeatures(preprocess, backbone).eval()
    features = np.empty((len(positions), backbone.features), dtype=np.float32)
    with (
        feature_runner(network, device, len(positions)) as (run, batch),
        progress.task("features", len(positions), "photos") as task,
    ):
        for where, pixels in input_batches(preprocess, photos, positions, batch, boxes):
            features[where] = run(pixels)
            task.advance(len(pixels))
    return features


Run = Callable[[Uint8Array], Float32Array]


def feature_runner(
    network: PixelsToFeatures, device: torch.device, photos: int
) -> AbstractContextManager[tuple[Run, int]]:
    """Return what opens (run, batch): pixels (n, 3, S, S) uint8, n at most `batch`, to features (n, D) float32."""
    if device.type == "cpu" and knows_features(network.preprocess, network.backbone):
        return nullcontext((_run_known, ONNX_BATCH))
    return (_onnx_runner if in_onnx(device, photos) else _torch_runner)(network, device)


def _run_known(pixels: Uint8Array) -> Float32Array:
    out: Float32Array = part_session("hand_features").run(None, {CROP: pixels.astype(np.float32)})[0]
    return out


@contextmanager
def _torch_runner(network: PixelsToFeatures, device: torch.device) -> Iterator[tuple[Run, int]]:
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def run(pixels: Uint8Array) -> Float32Array:
        with torch.inference_mode():
            out: Float32Array = network(torch.from_numpy(pixels).to(device)).float().cpu().numpy()
            return out

    yield run, TORCH_BATCH


@contextmanager
def _onnx_runner(network: PixelsToFeatures, device: torch.device) -> Iterator[tuple[Run, int]]:
    network.to(device, memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    side_px = network.preprocess.side_px
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.onnx"
        # a fixed batch: with a free one the exporter reasons about symbols for seconds
        example = torch.zeros(ONNX_BATCH, 3, side_px, side_px, dtype=torch.uint8)
        export_onnx(network, example, path, ["pixels"], ["features"])
        session = cpu_session(path)

        def run(pixels: Uint8Array) -> Float32Array:
            missing = ONNX_BATCH - len(pixels)
            padded = np.pad(pixels, ((0, missing), (0, 0), (0, 0), (0, 0))) if missing else pixels
            out: Float32Array = session.run(None, {"pixels": padded})[0][: len(pixels)]
            return out

        yield run, ONNX_BATCH
