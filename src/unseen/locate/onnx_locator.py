"""A `HandFocus` in; for a while it looks for hands in ONNX Runtime, which is faster than torch on a CPU."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from unseen.locate.hand_focus import FINDER_PX, HandFocus
from unseen.models.onnx_graph import cpu_session, export_onnx
from unseen.models.preprocess import Preprocess

# A fixed batch, for a free one takes the exporter seconds; as many photos as are resized together.
BATCH = 4
PIXELS, PLACES, PRESENT = "pixels", "places", "present"


@contextmanager
def quick_looks(preprocess: Preprocess) -> Iterator[None]:
    """Let `preprocess` look in ONNX Runtime, one thread a call, where it looks for hands at all and is on the CPU."""
    if not isinstance(preprocess, HandFocus) or preprocess.mean.device.type != "cpu":
        yield
        return
    session = _session(preprocess)
    preprocess.look = lambda pixels: _look(session, pixels)
    try:
        yield
    finally:
        preprocess.look = preprocess.look_in_torch


class _Looks(nn.Module):
    def __init__(self, focus: HandFocus) -> None:
        super().__init__()
        self.focus = focus

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, 128, 128) float32 in 0..255 to joints (N, 21, 2) and P(hand) (N,)."""
        return self.focus.look_in_torch(pixels)


@lru_cache(maxsize=1)
def _session(focus: HandFocus) -> onnxruntime.InferenceSession:
    """Write the graph once for each `focus`: a run looks for hands several times."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "looks.onnx"
        export_onnx(_Looks(focus), torch.zeros(BATCH, 3, FINDER_PX, FINDER_PX), path, [PIXELS], [PLACES, PRESENT])
        return cpu_session(path, threads=1)


def _look(session: onnxruntime.InferenceSession, pixels: Tensor) -> tuple[Tensor, Tensor]:
    places, present = [], []
    for start in range(0, len(pixels), BATCH):
        some = pixels[start : start + BATCH]
        missing = BATCH - len(some)
        padded = np.pad(some.numpy(), ((0, missing), (0, 0), (0, 0), (0, 0))) if missing else some.numpy()
        found = session.run([PLACES, PRESENT], {PIXELS: padded})
        places.append(found[0][: len(some)])
        present.append(found[1][: len(some)])
    return torch.from_numpy(np.concatenate(places)), torch.from_numpy(np.concatenate(present))
