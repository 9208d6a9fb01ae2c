"""A classifier in, its ONNX graph out: the part up to the features, which is kept, and the head put on it.

Writing the part that looks for hands takes most of a minute, the head a second or two. A run whose backbone stays as it
was (a new head on it, `unseen extend`) finds that part where an earlier run left it.
"""

import importlib.metadata
import tempfile
from contextlib import suppress
from pathlib import Path

import onnx
import torch
from torch.export import Dim

from unseen.errors import UnseenError
from unseen.export.bundle import INPUT, OUTPUTS
from unseen.models.classifier import Answers, Classifier, UpToFeatures
from unseen.models.folding import folded
from unseen.models.identity import identity
from unseen.models.onnx_graph import OPSET, export_onnx
from unseen.runs import atomic_path
from unseen.store.content_store import open_store

LIMIT_BYTES = 128 * 2**20  # 16 MB for each backbone with handnet
_FEATURES, _PIXELS = OUTPUTS[2], OUTPUTS[3]
_ANSWERS = list(OUTPUTS[:2])
_HEAD = "head/"  # what the names of the head's nodes begin with


def write_graph(model: Classifier, path: Path, version: str, *, anew: bool = False) -> bool:
    """Write `model` to `path`; return whether the part up to the features was found. `anew`: it is not looked for.

    model: on the CPU, in evaluation mode. version: of this program.
    """
    key = _key(model, version)
    body = None if anew else _read(key)
    found = body is not None
    with tempfile.TemporaryDirectory() as temporary:
        part = Path(temporary) / "part.onnx"
        if body is None:
            _export_body(model, part)
            body = onnx.load(part)
            _keep(key, part.read_bytes())
        photos = Dim("photo_count", min=1)
        features = torch.zeros(2, model.backbone.features)
        export_onnx(Answers(model.head), features, part, [_FEATURES], _ANSWERS, ({0: photos},))
        put_on(body, onnx.load(part))
    with atomic_path(path) as target:
        onnx.save(body, target)
    return found


def put_on(body: onnx.ModelProto, head: onnx.ModelProto) -> None:
    """Let `head` (features in; probabilities, logits out) go on in `body` where its features come out."""
    head = onnx.compose.add_prefix(head, _HEAD, rename_inputs=False, rename_outputs=False)
    body.graph.node.extend(head.graph.node)
    body.graph.initializer.extend(head.graph.initializer)
    body.graph.value_info.extend(head.graph.value_info)
    given = {one.name: one for one in (*body.graph.output, *head.graph.output)}
    del body.graph.output[:]
    body.graph.output.extend(given[name] for name in OUTPUTS)
    onnx.checker.check_model(body)


def _export_body(model: Classifier, path: Path) -> None:
    # two photos, neither square nor alike in shape: an axis that was fixed by mistake would show
    example = torch.zeros(2, 61, 97, 3, dtype=torch.uint8)
    sides = {0: Dim("photo_count", min=1), 1: Dim("height", min=1), 2: Dim("width", min=1)}
    export_onnx(folded(UpToFeatures(model)), example, path, [INPUT], [_FEATURES, _PIXELS], (sides,))


def _key(model: Classifier, version: str) -> str:
    writers = (version, str(torch.__version__), importlib.metadata.version("onnxscript"), f"opset {OPSET}")
    return identity(model.preprocess, model.backbone, *writers)


def _read(key: str) -> onnx.ModelProto | None:
    """Return the graph that is kept under `key`; `None` where there is none."""
    with suppress(UnseenError), open_store("graphs", LIMIT_BYTES) as store:
        for graph in store.arrays(list(store.find([key]).values())):
            return onnx.load_from_string(graph.tobytes())
    return None


def _keep(key: str, graph: bytes) -> None:
    # where there is no room to keep it, the next run writes it again
    with suppress(UnseenError), open_store("graphs", LIMIT_BYTES) as store:
        store.add(key, {}, graph)
