"""Read the joints of a hand in a close view of it, in torch or in ONNX Runtime."""

from collections.abc import Callable
from functools import lru_cache

import onnx
import torch
from torch import Tensor, nn
from torch.export import Dim

from unseen.locate.handnet import HANDNET, HandNet
from unseen.locate.prebuilt import part_session
from unseen.models.folding import folded
from unseen.models.onnx_graph import export_model
from unseen.models.preprocess import Normalisation, Preprocess
from unseen.models.weights import builtin_weights, load_into
from unseen.onnx_session import cpu_session

# The side the network was trained at, and the pixels it expects.
READER_PX = 128
READER_INPUT = Normalisation((128.0,) * 3, (128.0,) * 3)
PIXELS, PLACES, PRESENT = "pixels", "places", "present"


class HandReader(nn.Module):
    """The built-in network, frozen, and what it expects of pixels."""

    def __init__(self, network: HandNet | None = None) -> None:
        super().__init__()
        self.network = builtin_network() if network is None else network.eval().requires_grad_(False)
        self.preprocess = Preprocess(READER_PX, "letterbox", READER_INPUT)

    def read(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, 128, 128) float32 in 0..255 to the joints (N, 21, 2) in that view and P(there is a hand) (N,)."""
        reading = self.network.read(self.preprocess.normalise(pixels))
        return reading.places, torch.sigmoid(reading.present)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return what `read` does."""
        return self.read(pixels)

    def open_onnx(self) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
        """Return `read` in ONNX Runtime, one thread a call."""
        builtin = self.network is builtin_network()
        session = (
            part_session("hand_reader", 1) if builtin else cpu_session(self.graph().SerializeToString(), threads=1)
        )

        def read(pixels: Tensor) -> tuple[Tensor, Tensor]:
            places, present = session.run([PLACES, PRESENT], {PIXELS: pixels.contiguous().numpy()})
            return torch.from_numpy(places), torch.from_numpy(present)

        return read

    @lru_cache(maxsize=1)  # noqa: B019 - a run reads hands and ships the graph: it is written once
    def graph(self) -> onnx.ModelProto:
        """Return `read` as a graph of any number of photos."""
        example = torch.zeros(2, 3, READER_PX, READER_PX)
        return export_model(folded(self), (example,), [PIXELS], [PLACES, PRESENT], ({0: Dim("photo_count", min=1)},))


@lru_cache(maxsize=1)
def builtin_network() -> HandNet:
    """Return the built-in network, frozen, in evaluation mode."""
    weights = builtin_weights(HANDNET)
    network = HandNet(weights.padding)
    load_into(network, weights, HANDNET)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast
    return network.eval().requires_grad_(False)
