"""Write the hand locator as one ONNX graph: its network is exported once, and used in each pass of the search.

torch would export the whole search in half a minute, with a copy of the network for each pass. Its pieces take a few
seconds, and the branches for photos without a sure hand, or with two, are put together here.
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
from unseen.locate.hands import SURE, Approached, Found, as_regions
from unseen.locate.two_hands import ONE_PLACE
from unseen.models.onnx_graph import export_model
from unseen.models.onnx_parts import DOMAIN, Assembly, call

FOUND = ["places", "likely", "present"]
APPROACHED = [*FOUND, "agreed"]
BEFORE = [f"{name}_before" for name in FOUND]


def hand_graph(reader: HandReader, view_px: int) -> onnx.ModelProto:
    """Return view (N, 3, W, W) and extent (1, 2) to boxes (N, 4), joints (N, 21, 2) and scores (N,)."""
    search = HandModule(reader, branches=True)
    view, extent = torch.zeros(2, 3, view_px, view_px), torch.ones(1, 2)
    found = torch.zeros(2, JOINTS, 2), torch.zeros(2), torch.zeros(2)
    cut = _export(lambda v, s: cut_square(v, s, READER_PX), (view, torch.ones(2, 4)), [VIEW, "squares"], ["cut"])
    search.read, search.cut = _call_read, _call_cut
    closer = view, torch.ones(2, 2), *found[:2]
    closer_part = _export(search.look_closer, closer, [VIEW, EXTENT, *BEFORE[:2]], APPROACHED)
    search.approach = _call_look_closer

    def first(view: Tensor, extent: Tensor) -> tuple[Tensor, ...]:
        *found, agreed = search.first_passes(view, extent.expand(view.shape[0], 2))
        doubtful = found[2] < SURE, agreed < ONE_PLACE
        return *found, *(rows.to(torch.float32) for rows in doubtful), *(rows.any() for rows in doubtful)

    def end(extent: Tensor, places: Tensor, likely: Tensor, present: Tensor) -> Found:
        return as_regions(extent.expand(places.shape[0], 2), places, likely, present)

    looks = {
        doubt: _export(_for_all(look), (view, extent, *found), [VIEW, EXTENT, *BEFORE], FOUND)
        for doubt, look in (("unsure", search.look_elsewhere), ("between", search.look_at_halves))
    }
    first_part = _export(first, (view, extent), [VIEW, EXTENT], [*FOUND, *looks, *(f"any_{doubt}" for doubt in looks)])
    whole = Assembly({"Read": reader.graph(), "Cut": cut, "LookCloser": closer_part, **looks})
    outer = whole.add(first_part, {VIEW: VIEW, EXTENT: EXTENT})
    best = {name: outer[name] for name in FOUND}
    for doubt, look in looks.items():
        before = {name: best[known] for name, known in zip(BEFORE, FOUND, strict=True)}
        given = {VIEW: VIEW, EXTENT: EXTENT, doubt: outer[doubt]} | before
        best = whole.add_if(outer[f"any_{doubt}"], _of_some(doubt, look), given, best)
    end_part = _export(end, (extent, *found), [EXTENT, *FOUND], [BOXES, KEYPOINTS, SCORES])
    return whole.model(first_part.graph.input, end_part.graph.output, whole.add(end_part, {EXTENT: EXTENT} | best))


def _for_all(look: Callable[..., Found]) -> Callable[..., Found]:
    """Return a look at photos of one extent (1, 2)."""
    return lambda view, extent, *before: look(view, extent.expand(view.shape[0], 2), *before)


def _of_some(doubt: str, look: onnx.ModelProto) -> onnx.ModelProto:
    """Return another look at those photos of a batch alone that the part is for: where the input `doubt` is 1.

    A look at all of them would make each photo beside one in doubt cost four times as much.
    """
    chosen = {name: f"{name}_{doubt}" for name in (VIEW, *BEFORE)}
    better = [f"{name}_better" for name in FOUND]
    nodes = [
        helper.make_node("Constant", [], ["first"], value_ints=[0]),
        helper.make_node("Constant", [], ["second"], value_ints=[1]),
        helper.make_node("NonZero", [doubt], ["where"]),
        helper.make_node("Squeeze", ["where", "first"], ["rows"]),
        helper.make_node("Unsqueeze", ["rows", "second"], ["at"]),
        *(helper.make_node("Gather", [name, "rows"], [some], axis=0) for name, some in chosen.items()),
        helper.make_node(doubt, [chosen[VIEW], EXTENT, *(chosen[name] for name in BEFORE)], better, domain=DOMAIN),
        *(
            helper.make_node("ScatterND", [before, "at", best], [name])
            for before, best, name in zip(BEFORE, better, FOUND, strict=True)
        ),
    ]
    flags = helper.make_tensor_value_info(doubt, TensorProto.FLOAT, ["photo_count"])
    graph = helper.make_graph(nodes, doubt, [*look.graph.input, flags], look.graph.output)
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


def _call_look_closer(view: Tensor, extent: Tensor, places: Tensor, suspected: Tensor) -> Approached:
    count = view.shape[0]
    places, likely, present, agreed = call(
        "LookCloser", [view, extent, places, suspected], [(count, JOINTS, 2), (count,), (count,), (count,)]
    )
    return places, likely, present, agreed
