"""Open the graphs of the built-in networks that come with this package, without torch.

`view`: photos to the view and its extent. `hand_finder`: these to boxes and scores. `hand_crop`: these to the crop, and
the same as photos. `hand_features`: the crop to the features of `handnet` with both poses; `hand_learnt`: the same of a
network of that form with weights of its own. `hand_reader`: see `HandReader.read`. `landmarks`: see `LandmarkNet`.
`make parts` writes them again.
"""

from functools import lru_cache
from pathlib import Path

from unseen.models.graph_parts import PartFile
from unseen.onnx_session import Session, cpu_session

PARTS = PartFile(Path(__file__).with_name("hand_parts.zip"))
# From photos to features; the side of the view and of the crop are those of handnet.
BODY = ("view", "hand_finder", "hand_crop", "hand_features")
LEARNT_BODY = (*BODY[:-1], "hand_learnt")
LEARNT = "learnt"  # the "file" of the weights that `hand_learnt` has from whoever joins it
CROP = "hand_crop"  # (N, 3, S, S) float32 whole numbers in 0..255: what `hand_features` is given


@lru_cache(maxsize=4)
def part_session(name: str, threads: int = 0) -> Session:
    """Return the part called `name` in ONNX Runtime, opened once; `threads`: see `cpu_session`."""
    return cpu_session(PARTS.join([name]), threads)
