"""Write a foreign network as a bundle of this program, with its preprocessing inside the graph; compare the answers."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.inliner
import onnx.parser
import onnx.version_converter
from onnx import TensorProto, helper

from unseen.diagnosing.foreign_model import ForeignModel
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.resizers import PADDING
from unseen.diagnosing.wrapping.wrapped_graph import GIVEN, PIXELS, prepare_part, statistics
from unseen.errors import BadBundle, UnseenError
from unseen.export.agreement import Agreement, agree
from unseen.export.bundle import CARD, GRAPH, INPUT, OUTPUTS, BundleFacts, metadata, write_facts
from unseen.export.model_card import write_card
from unseen.export.shrink_graph import WORKING, shrink_part
from unseen.foreign.network import SURE, ForeignNetwork, Stored
from unseen.inference.predictor import Predictor
from unseen.models.onnx_graph import OPSET
from unseen.models.onnx_parts import IR_VERSION, Assembly
from unseen.records import Fit, Uint8Array
from unseen.runs import atomic_path, write_text
from unseen.version import __version__

SCORES = "scores"
# A grey level where Pillow rounds a half otherwise moves a probability by about so much.
TOLERANCE = 0.01
# Of a network of whole levels, which one level more at the start may change: by as much as some of its last levels.
LEVELS_TOLERANCE = 0.1
_FITS: dict[str, Fit] = {"squash": "squash", "crop": "crop", "crop-256": "crop"}

_FINISH = """
<ir_version: {ir}, opset_import: ["": {opset}]>
finish (float[N, k] scores)
    => (float[N, {classes}] probabilities, float[N, {classes}] logits, float[N, {classes}] features) {{
    one_row = Constant <value_ints = [0, -1]> ()
    least = Constant <value = float {{{least!r}}}> ()
    unit = Constant <value = float {{1.0}}> ()
    nothing = Constant <value = float {{0.0}}> ()
    rows = Reshape (scores, one_row)
    {both}
    {logs}
    probabilities = Softmax <axis = 1> (logits)
    features = Identity (logits)
}}
"""


def wrap(model: ForeignModel, photos: Sequence[Uint8Array], decode_px: int, folder: Path) -> Agreement:
    """Write the bundle of `model` to the new folder, if it answers `photos` as the network's own runtime does.

    decode_px: the short side that photos are read at. Raises `UnseenError` where
    nothing converts the network, or where the answers differ; then nothing is left.
    """
    network, reading = model.network, model.reading
    if folder.exists() and any(folder.iterdir()):
        raise UnseenError(f"{folder} is not empty: name a new folder with --wrap")
    foreign = _foreign_part(network, reading)
    facts = _facts(model, decode_px)
    graph = _whole(foreign, model, _finish(model), facts)
    onnx.helper.set_model_props(graph, metadata(facts))
    allowed = TOLERANCE if network.input.stored is None else LEVELS_TOLERANCE
    target = folder / "model"
    try:
        with atomic_path(target / GRAPH) as path:
            onnx.save(graph, path)
        write_facts(target, facts)
        write_text(target / CARD, write_card(facts, {}, _SENTENCE.format(name=network.path.name), ""))
        agreement = agree(model.predict_proba(photos), Predictor(target).predict_proba(list(photos)), allowed)
    except BadBundle as error:
        shutil.rmtree(folder)
        raise UnseenError(f"{network.path} cannot be wrapped ({str(error)[:200]}): report the model") from None
    if not agreement.holds:
        shutil.rmtree(folder)
        raise UnseenError(
            f"the wrapped model answers {agreement.photos - agreement.same_answers} of {agreement.photos} photos "
            f"otherwise (largest difference {agreement.largest_difference:.2g}): nothing was written, report the model"
        )
    return agreement


_SENTENCE = "`{name}`, trained elsewhere, with the preprocessing that `unseen doctor` found inside its graph."


def _facts(model: ForeignModel, decode_px: int) -> BundleFacts:
    reading, channels = model.reading, model.network.input.channels
    mean, std = (np.broadcast_to(one, 3).tolist() for one in statistics(reading, channels))
    return BundleFacts(
        classes=model.classes, model=f"foreign ({model.network.kind})",
        side_px=max(reading.height_px, reading.width_px), decode_side_px=decode_px,
        fit=_FITS.get(reading.fit, "letterbox"), mean=tuple(mean), std=tuple(std), features=len(model.classes),
        weights=model.network.path.name, unseen_version=__version__, padding="same",
    )  # fmt: skip


def _whole(
    foreign: onnx.ModelProto, model: ForeignModel, finish: onnx.ModelProto, facts: BundleFacts
) -> onnx.ModelProto:
    """Put together: photos, reduced as they are read; prepared; the network's own scores; probabilities."""
    whole = Assembly()
    working = whole.add(shrink_part(facts.decode_side_px), {INPUT: INPUT})[WORKING]
    prepared = _padded(prepare_part(model.reading, model.network.input.channels), model.reading)
    names = whole.add(prepared, {INPUT: working})
    scores = whole.add(foreign, {foreign.graph.input[0].name: names[GIVEN]})[foreign.graph.output[0].name]
    ends = whole.add(finish, {SCORES: scores}) | {PIXELS: names[PIXELS]}
    values = {value.name: value for value in (*finish.graph.output, *prepared.graph.output)}
    opsets = {one.domain: one.version for one in foreign.opset_import}
    photos = helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["N", "H", "W", 3])
    return whole.model([photos], [values[name] for name in OUTPUTS], ends, opsets)


def _foreign_part(network: ForeignNetwork, reading: Reading) -> onnx.ModelProto:
    """Return the network's graph from float32 in its layout to float32 scores, in an operator set of ours or later."""
    if network.graph is None:
        raise UnseenError(
            f"{network.path} is {network.kind}, which nothing here converts to ONNX: give --wrap the .h5, .keras or "
            ".pt file that it was made from"
        )
    try:
        model = onnx.load_from_string(network.graph(reading.height_px, reading.width_px))
        if model.functions:
            model = onnx.inliner.inline_local_functions(model)
        stated = {one.domain: one.version for one in model.opset_import}
        if stated.get("", 0) < OPSET:
            model = onnx.version_converter.convert_version(model, OPSET)
    except Exception as error:  # of the exporters' and the converter's own, of many kinds
        first = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
        raise UnseenError(
            f"{network.path} cannot be converted to ONNX ({first}): export it as .onnx yourself"
        ) from None
    return _once_a_photo(_in_floats(model, reading, network.input.stored), network)


def _in_floats(model: onnx.ModelProto, reading: Reading, stored: Stored | None) -> onnx.ModelProto:
    """Return the graph with float32 pictures in and float32 rows out, the first of several outputs alone."""
    weights = {tensor.name for tensor in model.graph.initializer}
    given = next(one for one in model.graph.input if one.name not in weights)
    rows = next(one for one in model.graph.output if _is_row(one))
    kind, made = given.type.tensor_type.elem_type, onnx.ModelProto()
    made.CopyFrom(model)
    graph, source = made.graph, "given_floats"
    first: list[Any] = []

    def then(operator: str, *others: Any, **settings: Any) -> None:
        nonlocal source
        numbers = [f"given_{len(graph.initializer) + i}" for i in range(len(others))]
        graph.initializer.extend(
            onnx.numpy_helper.from_array(one, name) for one, name in zip(others, numbers, strict=True)
        )
        first.append(helper.make_node(operator, [source, *numbers], [f"{source}_{operator.lower()}"], **settings))
        source = first[-1].output[0]

    if stored is not None and reading.scale == "raw" and (stored.least, stored.scale) != (stored.zero, 1.0):
        then("Add", np.float32(stored.least - stored.zero))
        then("Mul", np.float32(stored.scale))
    if kind == TensorProto.UINT8:
        then("Round")
    if kind != TensorProto.FLOAT:
        then("Cast", to=kind)
    rank = len(given.type.tensor_type.shape.dim)
    if rank in (2, 3):  # pictures without a channel, or in a row
        then("Reshape", np.array([0, -1] if rank == 2 else [0, reading.height_px, reading.width_px], np.int64))
    first.append(helper.make_node("Identity", [source], [given.name]))
    del graph.input[:]
    graph.input.append(helper.make_tensor_value_info("given_floats", TensorProto.FLOAT, None))
    nodes = [*first, *graph.node, helper.make_node("Cast", [rows.name], ["scores_floats"], to=TensorProto.FLOAT)]
    del graph.node[:]
    graph.node.extend(nodes)
    shape = [one.dim_value or None for one in rows.type.tensor_type.shape.dim]
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("scores_floats", TensorProto.FLOAT, shape))
    return made


def _is_row(value: onnx.ValueInfoProto) -> bool:
    dims = value.type.tensor_type.shape.dim
    return len(dims) == 2 or (len(dims) == 4 and all(one.dim_value == 1 for one in dims[2:]))


def _once_a_photo(part: onnx.ModelProto, network: ForeignNetwork) -> onnx.ModelProto:
    """Return the part for any number of photos where the network takes one at a time: a loop over them."""
    if network.input.batch is None:
        return part
    if network.input.batch != 1:
        raise UnseenError(f"{network.path} takes {network.input.batch} photos at a time: export it for any number")
    given, rows = part.graph.input[0].name, part.graph.output[0]
    body = onnx.GraphProto()
    body.CopyFrom(part.graph)
    first = helper.make_tensor("scan_axis", TensorProto.INT64, [1], [0])
    body.initializer.append(first)
    nodes = [helper.make_node("Unsqueeze", ["one_photo", "scan_axis"], [given]), *body.node]
    del body.node[:], body.input[:]
    body.node.extend(nodes)
    body.input.append(helper.make_tensor_value_info("one_photo", TensorProto.FLOAT, None))
    step = helper.make_node("Scan", ["all_photos"], ["all_scores"], body=body, num_scan_inputs=1)
    shape = [None, *(one.dim_value or None for one in list(rows.type.tensor_type.shape.dim)[1:])]
    graph = helper.make_graph(
        [step], "each", [helper.make_tensor_value_info("all_photos", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("all_scores", TensorProto.FLOAT, shape)],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=part.opset_import, ir_version=IR_VERSION)


def _finish(model: ForeignModel) -> onnx.ModelProto:
    """Return scores to probabilities and logits, as `log_probabilities` does."""
    answers, classes, both = model.answers, len(model.classes), "values = Identity (rows)"
    black = np.zeros((model.reading.height_px, model.reading.width_px, 3), np.uint8)
    if model.outputs([black]).shape[1] == 1:
        other = "Sub (unit, rows)" if answers == "sigmoid" else "Mul (rows, nothing)"
        both = f"other = {other}\nvalues = Concat <axis = 1> (other, rows)"
    logs = "logits = Identity (values)"
    if answers != "logits":
        logs = "clipped = Max (values, least)\nlogits = Log (clipped)"
    text = _FINISH.format(ir=IR_VERSION, opset=OPSET, classes=classes, least=SURE, both=both, logs=logs)
    return onnx.parser.parse_model(text)


def _padded(part: onnx.ModelProto, reading: Reading) -> onnx.ModelProto:
    """Return the part with its pixels padded to a square, as a bundle shows them."""
    side = max(reading.height_px, reading.width_px)
    if reading.height_px == reading.width_px:
        return part
    value = PADDING.get(reading.fit, 0)
    ends = [0, 0, 0, 0, 0, side - reading.height_px, side - reading.width_px, 0]
    graph = part.graph
    graph.initializer.append(helper.make_tensor("pad_ends", TensorProto.INT64, [8], ends))
    graph.initializer.append(helper.make_tensor("pad_value", TensorProto.UINT8, [], [value]))
    for node in graph.node:
        if node.output[0] == PIXELS:
            node.output[0] = "pixels_alone"
    graph.node.append(helper.make_node("Pad", ["pixels_alone", "pad_ends", "pad_value"], [PIXELS]))
    for place, dim in enumerate(graph.output[1].type.tensor_type.shape.dim):
        if place in (1, 2):
            dim.dim_value = side
    return part
