"""Write a classifier as one ONNX graph: the part up to the features, which is kept, with the head put on it.

The graph is put together from parts: the reduction to working size, the photo's view, the locator (which alone finds
the box here; in training boxes are known), the crop with the backbone, the head. A run whose backbone stays as it was
(a new head on it, `unseen extend`) finds all but the head where an earlier run left it.
"""

import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
import torch
from torch import nn

from unseen.errors import UnseenError
from unseen.export.activation_output import add_activations
from unseen.export.bundle import ACTIVATIONS, INPUT, OUTPUTS, REGIONS, BundleFacts, metadata
from unseen.export.head_graph import head_graph
from unseen.export.shrink_graph import WORKING, shrink_part
from unseen.locate.box_crop import BoxPreprocess, CropToFeatures, View
from unseen.locate.graph_names import BOXES, EXTENT, VIEW
from unseen.locate.known_networks import knows_body, knows_finder, knows_learnt_body, learnt_weights
from unseen.locate.locator import Locator
from unseen.locate.prebuilt import BODY, LEARNT_BODY, PARTS
from unseen.models.classifier import Classifier, UpToFeatures
from unseen.models.folding import folded
from unseen.models.identity import identity
from unseen.models.onnx_graph import OPSET, export_model
from unseen.models.onnx_parts import Assembly
from unseen.runs import atomic_path
from unseen.store.content_store import open_store

if TYPE_CHECKING:
    from torch.export import Dim

CODE_VERSION = 4  # raise it when the same model gives another graph: what is kept is found by it
LIMIT_BYTES = 128 * 2**20  # a backbone or locator takes about 12 MB with handnet
_FEATURES, _PIXELS = OUTPUTS[2], OUTPUTS[3]


def write_graph(
    model: Classifier, locator: Locator | None, path: Path, facts: BundleFacts, *, anew: bool = False
) -> bool:
    """Write `model` to `path`; return whether the part up to the features was found. `anew`: it is not looked for.

    model: on the CPU, in evaluation mode. locator: what finds its boxes, `None` where it is given whole photos.
    facts: the side that larger photos are reduced to, and what the file says of itself.
    """
    version = facts.unseen_version
    kept = identity(model.preprocess, model.backbone, *_writers(version))
    body = None if anew else _prebuilt(model) or _read(kept)
    found = body is not None
    if body is None and not anew:
        body = _of_known_form(model)
    if body is None:
        body = _whole_body(model) if locator is None else _located_body(model, locator, version, anew=anew)
        _keep(body, kept)
    head = head_graph(model.head, _FEATURES, (OUTPUTS[0], OUTPUTS[1]))
    whole = Assembly()
    working = whole.add(shrink_part(facts.decode_side_px), {INPUT: INPUT})[WORKING]
    names = whole.add(body, {INPUT: working})
    names |= whole.add(head, {_FEATURES: names[_FEATURES]})
    ends = {value.name: value for value in (*body.graph.output, *head.graph.output)}
    outputs = [name for name in (*OUTPUTS, *REGIONS) if name in ends]
    graph = whole.model(body.graph.input, [ends[name] for name in outputs], names)
    if add_activations(graph, _FEATURES, ACTIVATIONS):
        outputs.append(ACTIVATIONS)
    onnx.helper.set_model_props(graph, metadata(facts, outputs))
    with atomic_path(path) as target:
        onnx.save(graph, target)
    return found


def add_to_graph(path: Path, fields: bytes, outputs: Sequence[str], stated: Mapping[str, str]) -> None:
    """Put fields of a GraphProto, such as nodes with the further `outputs`, into a graph that was written.

    stated: what else the file says of itself.
    """
    graph = onnx.load(path)
    graph.graph.MergeFromString(fields)
    props = {entry.key: entry.value for entry in graph.metadata_props}
    props["outputs"] = json.dumps([*json.loads(props["outputs"]), *outputs])
    onnx.helper.set_model_props(graph, props | dict(stated))
    onnx.checker.check_model(graph)
    with atomic_path(path) as target:
        onnx.save(graph, target)


def _prebuilt(model: Classifier) -> onnx.ModelProto | None:
    """Return the part up to the features that comes with this package, `None` where it is of another network."""
    if not knows_body(model.preprocess, model.backbone):
        return None
    return onnx.load_from_string(PARTS.join(BODY, [_FEATURES, _PIXELS, *REGIONS]))


def _of_known_form(model: Classifier) -> onnx.ModelProto | None:
    """Return the part up to the features from the form that comes with this package and what `model` has learnt.

    torch takes 20 seconds to export it.
    """
    if not knows_learnt_body(model.preprocess, model.backbone):
        return None
    learnt = learnt_weights(model.backbone)
    return onnx.load_from_string(PARTS.join(LEARNT_BODY, [_FEATURES, _PIXELS, *REGIONS], learnt=learnt))


def _whole_body(model: Classifier) -> onnx.ModelProto:
    """Export from photos to features where photos are taken whole."""
    return _export_of_photos(folded(UpToFeatures(model)), [_FEATURES, _PIXELS])


def _located_body(model: Classifier, locator: Locator, version: str, *, anew: bool) -> onnx.ModelProto:
    """Put together view, locator and crop with backbone; the locator's part is the same for every network."""
    preprocess = model.preprocess
    assert isinstance(preprocess, BoxPreprocess)
    kept = f"{locator.identity} {' '.join(_writers(version))}"
    finder = None if anew else _read(kept)
    if finder is None:
        finder = locator.graph()
        _keep(finder, kept)
    sides = {locator.view_px, preprocess.view.side_px}
    views = {side: _view(side, locator) for side in sides}
    examples = torch.zeros(2, 3, preprocess.view.side_px, preprocess.view.side_px), torch.ones(1, 2), torch.ones(2, 4)
    photos = _free("photo_count")
    crop = export_model(
        folded(CropToFeatures(preprocess, model.backbone)),
        examples,
        [VIEW, EXTENT, BOXES],
        [_FEATURES, _PIXELS],
        ({0: photos}, {}, {0: photos}),
    )
    whole = Assembly()
    seen = {side: whole.add(view, {INPUT: INPUT}) for side, view in views.items()}
    found = whole.add(finder, seen[locator.view_px])
    ends = whole.add(crop, seen[preprocess.view.side_px] | {BOXES: found[BOXES]})
    outputs = [*crop.graph.output, *finder.graph.output]
    return whole.model(views[locator.view_px].graph.input, outputs, found | ends)


def _view(side_px: int, locator: Locator) -> onnx.ModelProto:
    """Export photos to the view of a side; that of the built-in locator comes with this package."""
    if side_px == locator.view_px and knows_finder(locator):
        return onnx.load_from_string(PARTS.join(["view"]))
    return _export_of_photos(View(side_px), [VIEW, EXTENT])


def _free(name: str) -> "Dim":
    """Return an axis of any length; torch.export takes half a second to import, and most runs write no new graph."""
    from torch.export import Dim

    return Dim(name, min=1)


def _export_of_photos(module: nn.Module, outputs: list[str]) -> onnx.ModelProto:
    # two photos, neither square nor alike in shape: an axis that was fixed by mistake would show
    example = torch.zeros(2, 61, 97, 3, dtype=torch.uint8)
    sides = {0: _free("photo_count"), 1: _free("height"), 2: _free("width")}
    return export_model(module, (example,), [INPUT], outputs, (sides,))


def _writers(version: str) -> tuple[str, ...]:
    return (
        str(CODE_VERSION),
        version,
        str(torch.__version__),
        importlib.metadata.version("onnxscript"),
        f"opset {OPSET}",
    )


def _read(key: str) -> onnx.ModelProto | None:
    """Return the graph that is kept under `key`, `None` where there is none."""
    with suppress(UnseenError), open_store("graphs", LIMIT_BYTES) as store:
        for graph in store.arrays(list(store.find([key]).values())):
            return onnx.load_from_string(graph.tobytes())
    return None


def _keep(graph: onnx.ModelProto, key: str) -> None:
    # where there is no room to keep it, the next run writes it again
    with suppress(UnseenError), open_store("graphs", LIMIT_BYTES) as store:
        store.add(key, {}, graph.SerializeToString())
