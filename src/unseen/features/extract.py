"""Extract frozen features (N, D) float32 of photos.

On a CPU the backbone runs in ONNX Runtime, which is about three times as fast as channels-last PyTorch for
MobileNetV2 (docs/performance.md); the graph takes seconds to write where it does not come with this package, so short
jobs stay in PyTorch.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
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
from unseen.onnx_session import Session, cpu_session
from unseen.progress import Progress
from unseen.records import Float32Array, Images, Int64Array, Uint8Array
from unseen.threads import work_ahead

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
        feature_runner(network, device, len(positions)) as runner,
        progress.task("features", len(positions), "photos") as task,
    ):

        def job(batch: tuple[slice, Uint8Array]) -> tuple[slice, Float32Array]:
            return batch[0], runner.run(batch[1])

        batches = input_batches(preprocess, photos, positions, runner.batch, boxes)
        for where, rows in work_ahead(job, batches, "features", runner.threads):
            features[where] = rows
            task.advance(len(rows))
    return features


@dataclass(frozen=True, slots=True)
class FeatureRunner:
    """What extracts features (n, D) float32 of pixels (n, 3, S, S) uint8, n at most `batch`; opened once for many.

    threads: how many may call `run` beside each other. features: D. device: where pixels are best made.
    """

    run: Callable[[Uint8Array], Float32Array]
    batch: int
    threads: int
    features: int
    device: torch.device


def feature_runner(
    network: PixelsToFeatures, device: torch.device, photos: int
) -> AbstractContextManager[FeatureRunner]:
    """Open what extracts features of about so many photos."""
    if device.type == "cpu" and knows_features(network.preprocess, network.backbone):
        return nullcontext(_onnx(part_session("hand_features", 1), CROP, network, pixel_type=np.float32))
    return (_onnx_runner if in_onnx(device, photos) else _torch_runner)(network, device)


def _onnx(session: Session, name: str, network: PixelsToFeatures, pixel_type: type = np.uint8) -> FeatureRunner:
    """Run `session`, which takes one thread, in one thread a core: batches of a few photos are too small to share out.

    Features of 128 photos by handnet took 0.63 s on two cores so, 0.73 s with the threads of ONNX Runtime.
    """
    fixed = session.get_inputs()[0].shape[0] == ONNX_BATCH

    def run(pixels: Uint8Array) -> Float32Array:
        missing = ONNX_BATCH - len(pixels)
        padded = np.pad(pixels, ((0, missing), (0, 0), (0, 0), (0, 0))) if fixed and missing else pixels
        out: Float32Array = session.run(None, {name: padded.astype(pixel_type, copy=False)})[0][: len(pixels)]
        return out

    return FeatureRunner(run, ONNX_BATCH, os.cpu_count() or 1, network.backbone.features, torch.device("cpu"))


@contextmanager
def _torch_runner(network: PixelsToFeatures, device: torch.device) -> Iterator[FeatureRunner]:
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def run(pixels: Uint8Array) -> Float32Array:
        with torch.inference_mode():
            out: Float32Array = network(torch.from_numpy(pixels).to(device)).float().cpu().numpy()
            return out

    yield FeatureRunner(run, TORCH_BATCH, 1, network.backbone.features, device)


@contextmanager
def _onnx_runner(network: PixelsToFeatures, device: torch.device) -> Iterator[FeatureRunner]:
    network.to(device, memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    side_px = network.preprocess.side_px
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.onnx"
        # a fixed batch: with a free one the exporter reasons about symbols for seconds
        example = torch.zeros(ONNX_BATCH, 3, side_px, side_px, dtype=torch.uint8)
        export_onnx(network, example, path, ["pixels"], ["features"])
        yield _onnx(cpu_session(path, 1), "pixels", network)
