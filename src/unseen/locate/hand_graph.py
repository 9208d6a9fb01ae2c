"""Write the hand locator as one ONNX graph: its network is exported once, and used in each pass of the search.

torch would export the whole search in half a minute, with a copy of the network for each pass. Its pieces take a few
seconds, and the branch for photos without a sure hand is put together here.
"""

from collections.abc import Callable, Sequence
from typing import Any

import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn
from torch.export import Dim

from unseen.locate.box_crop import cut_square
from unseen.locate.graph_names import BOXES, EXTENT, KEYPOINTS, SCORES, VIEW
from unseen.locate.hand_module import HandModule
from unseen.locate.hand_pose import JOINTS
from unseen.locate.hand_reader import READER_PX, HandReader
from unseen.locate.hands import SURE, Found, HandSearch, as_regions
from unseen.models.onnx_graph import export_model
from unseen.models.onnx_parts import DOMAIN, Assembly, call

FOUND = ["places", "likely", "present"]
BEFORE = [f"{name}_before" for name in FOUND]
UNSURE = "unsure"


def hand_graph(reader: HandReader, view_px: int) -> onnx.ModelProto:
    """Return view (N, 3, W, W) and extent (1, 2) to boxes (N, 4), joints (N, 21, 2) and scores (N,)."""
    search = HandSearch(_call_read)
    search.cut = _call_cut
    view, extent = torch.zeros(2, 3, view_px, view_px), torch.ones(1, 2)
    found = torch.zeros(2, JOINTS, 2), torch.zeros(2), torch.zeros(2)
    each_extent = torch.ones(2, 2)
    parts = {
        "Read": reader.graph(),
        "Cut": _export(lambda v, s: cut_square(v, s, READER_PX), (view, torch.ones(2, 4)), [VIEW, "squares"], ["cut"]),
        "LookCloser": _export(search.look_closer, (view, each_extent, *found[:2]), [VIEW, EXTENT, *BEFORE[:2]], FOUND),
    }
    search.approach = _call_look_closer

    def first(view: Tensor, extent: Tensor) -> tuple[Tensor, ...]:
        places, likely, present = search.first_passes(view, extent.expand(view.shape[0], 2))
        unsure = present < SURE
        return places, likely, present, unsure.to(torch.float32), unsure.any()

    elsewhere = HandModule(reader, branches=True)
    elsewhere.read, elsewhere.cut, elsewhere.approach = _call_read, _call_cut, _call_look_closer

    def again(view: Tensor, extent: Tensor, *before: Tensor) -> Found:
        return elsewhere.look_elsewhere(view, extent.expand(view.shape[0], 2), *before)

    def end(extent: Tensor, places: Tensor, likely: Tensor, present: Tensor) -> Found:
        return as_regions(extent.expand(places.shape[0], 2), places, likely, present)

    first_part = _export(first, (view, extent), [VIEW, EXTENT], [*FOUND, UNSURE, "any_unsure"])
    parts["LookElsewhere"] = _export(again, (view, extent, *found), [VIEW, EXTENT, *BEFORE], FOUND)
    whole, given = Assembly(parts), {VIEW: VIEW, EXTENT: EXTENT}
    outer = whole.add(first_part, given)
    before = {name: outer[found] for name, found in zip(BEFORE, FOUND, strict=True)} | {UNSURE: outer[UNSURE]}
    unsure = _of_unsure(parts["LookElsewhere"])
    best = whole.add_if(outer["any_unsure"], unsure, given | before, {name: outer[name] for name in FOUND})
    end_part = _export(end, (extent, *found), [EXTENT, *FOUND], [BOXES, KEYPOINTS, SCORES])
    return whole.model(first_part.graph.input, end_part.graph.output, whole.add(end_part, {EXTENT: EXTENT} | best))


def _of_unsure(elsewhere: onnx.ModelProto) -> onnx.ModelProto:
    """Return `HandSearch.look_elsewhere` for the unsure photos of a batch alone.

    A look at all of them would make each photo beside an unsure one cost four times as much.
    """
    chosen = {name: f"{name}_{UNSURE}" for name in (VIEW, *BEFORE)}
    better = [f"{name}_better" for name in FOUND]
    nodes = [
        helper.make_node("Constant", [], ["first"], value_ints=[0]),
        helper.make_node("Constant", [], ["second"], value_ints=[1]),
        helper.make_node("NonZero", [UNSURE], ["where"]),
        helper.make_node("Squeeze", ["where", "first"], ["rows"]),
        helper.make_node("Unsqueeze", ["rows", "second"], ["at"]),
        *(helper.make_node("Gather", [name, "rows"], [some], axis=0) for name, some in chosen.items()),
        helper.make_node(
            "LookElsewhere", [chosen[VIEW], EXTENT, *(chosen[name] for name in BEFORE)], better, domain=DOMAIN
        ),
        *(
            helper.make_node("ScatterND", [before, "at", best], [name])
            for before, best, name in zip(BEFORE, better, FOUND, strict=True)
        ),
    ]
    flags = helper.make_tensor_value_info(UNSURE, TensorProto.FLOAT, ["photo_count"])
    graph = helper.make_graph(nodes, "elsewhere", [*elsewhere.graph.input, flags], elsewhere.graph.output)
    return helper.make_model(graph)


def _export(
    function: Callable[..., Any], examples: tuple[Tensor, ...], inputs: Sequence[str], outputs: Sequence[str]
) -> onnx.ModelProto:
    """Export a function of tensors; their first axis is the number of photos, but that of an extent for all of them."""
    photos = Dim("photo_count", min=1)
    axes = tuple({} if len(example) == 1 else {0: photos} for example in examples)
    return export_model(_Function(function), examples, inputs, outputs, (axes,))


class _Function(nn.Module):
    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Any:
        return self.function(*inputs)


def _call_read(pixels: Tensor) -> tuple[Tensor, Tensor]:
    places, present = call("Read", [pixels], [(pixels.shape[0], JOINTS, 2), (pixels.shape[0],)])
    return places, present


def _call_cut(view: Tensor, squares: Tensor, side_px: int) -> Tensor:
    return call("Cut", [view, squares], [(view.shape[0], 3, side_px, side_px)])[0]


def _call_look_closer(view: Tensor, extent: Tensor, places: Tensor, suspected: Tensor) -> Found:
    count = view.shape[0]
    places, likely, present = call(
        "LookCloser", [view, extent, places, suspected], [(count, JOINTS, 2), (count,), (count,)]
    )
    return places, likely, present
