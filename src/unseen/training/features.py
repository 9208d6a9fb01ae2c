"""Frozen features: decoded photos in, the pixels the model sees and backbone features (N, D) float32 out.

On a CPU the backbone runs in ONNX Runtime, which is about three times as fast as channels-last PyTorch for
MobileNetV2 (docs/performance.md); the graph takes a second or two to write, so short jobs stay in PyTorch.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from unseen.model.backbone import Backbone
from unseen.model.onnx_graph import cpu_session, export_onnx
from unseen.model.preprocess import Preprocess
from unseen.progress import Progress
from unseen.records import Float32Array, Int64Array, PhotoPixels, Uint8Array
from unseen.training.quick_looks import quick_looks

# Few photos keep the activations of a 160 px photo in a core's cache: 8 ran faster than 1, 4, 16 and 32.
ONNX_BATCH = 8
TORCH_BATCH = 64
# Below this the export costs more than it saves.
ONNX_PAYS_FROM = 400
# Photos resized together: 4 stay in a core's cache, 32 take twice the time.
RESIZED_TOGETHER = 4
# Photos in memory at once, resized in groups of one shape.
WINDOW = 256


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


def see(preprocess: Preprocess, photos: Sequence[Uint8Array]) -> Uint8Array:
    """Return the exact pixels the model sees of each photo, (N, 3, S, S) uint8: planes, as networks take them."""
    seen = np.empty((len(photos), 3, preprocess.side_px, preprocess.side_px), dtype=np.uint8)
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for position, photo in enumerate(photos):
        by_shape.setdefault(photo.shape, []).append(position)
    with torch.inference_mode():
        for positions in by_shape.values():
            for start in range(0, len(positions), RESIZED_TOGETHER):
                chunk = positions[start : start + RESIZED_TOGETHER]
                # stacked whole and cut in torch: NumPy copies three of four channels pixel by pixel
                batch = torch.from_numpy(np.stack([photos[i] for i in chunk]))
                seen[chunk] = preprocess.resize(batch[..., :3]).to(torch.uint8).numpy()
    return seen


def seen_batches(
    preprocess: Preprocess, photos: PhotoPixels, positions: Int64Array, batch: int
) -> Iterator[tuple[slice, Uint8Array]]:
    """Yield (slice of `positions`, pixels seen) batch by batch; only a window of photos is in memory at once.

    A window is resized in one thread a core: the products are too small to be shared out between threads.
    """
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for start in range(0, len(positions), WINDOW):
            window = [photos[int(i)] for i in positions[start : start + WINDOW]]
            share = -(-len(window) // workers)
            shares = [window[i : i + share] for i in range(0, len(window), share)]
            seen = np.concatenate(list(pool.map(partial(see, preprocess), shares)))
            for offset in range(0, len(seen), batch):
                chunk = seen[offset : offset + batch]
                yield slice(start + offset, start + offset + len(chunk)), chunk


def squares_seen(
    preprocess: Preprocess, photos: PhotoPixels, positions: Int64Array, device: torch.device
) -> list[Uint8Array]:
    """Return the pixels the model sees of the photos at `positions`, as photos (S, S, 3) uint8."""
    with looks(preprocess, device, len(positions)):
        batches = seen_batches(preprocess, photos, positions, WINDOW)
        return [np.ascontiguousarray(one.transpose(1, 2, 0)) for _, pixels in batches for one in pixels]


def extract(
    preprocess: Preprocess,
    backbone: Backbone,
    photos: PhotoPixels,
    positions: Int64Array,
    device: torch.device,
    progress: Progress,
) -> Float32Array:
    """Run the frozen backbone over the photos at `positions`, to features (n, D) float32 in that order."""
    network = PixelsToFeatures(preprocess, backbone).eval()
    features = np.empty((len(positions), backbone.features), dtype=np.float32)
    with (
        looks(preprocess, device, len(positions)),
        feature_runner(network, device, len(positions)) as (run, batch),
        progress.task("features", len(positions), "photos") as task,
    ):
        for where, pixels in seen_batches(preprocess, photos, positions, batch):
            features[where] = run(pixels)
            task.advance(len(pixels))
    return features


Run = Callable[[Uint8Array], Float32Array]


def in_onnx(device: torch.device, photos: int) -> bool:
    """Say whether ONNX Runtime takes less time for so many photos, the export included."""
    return device.type == "cpu" and photos >= ONNX_PAYS_FROM


def looks(preprocess: Preprocess, device: torch.device, photos: int) -> AbstractContextManager[None]:
    """Return what lets `preprocess` look for hands in ONNX Runtime where that pays for so many photos."""
    return quick_looks(preprocess) if in_onnx(device, photos) else nullcontext()


def feature_runner(
    network: PixelsToFeatures, device: torch.device, photos: int
) -> AbstractContextManager[tuple[Run, int]]:
    """Return what opens (run, batch): pixels (n, 3, S, S) uint8, n at most `batch`, to features (n, D) float32."""
    return (_onnx_runner if in_onnx(device, photos) else _torch_runner)(network, device)


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
