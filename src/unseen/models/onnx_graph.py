"""Export torch modules to ONNX graphs; the one place that calls the exporter."""

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from unseen.errors import UnseenError
from unseen.runs import atomic_path

# Resize's antialiasing came with opset 18; nothing here needs newer, and older runtimes read it.
OPSET = 18


def export_model(
    module: nn.Module,
    examples: tuple[Tensor, ...],
    inputs: Sequence[str],
    outputs: Sequence[str],
    dynamic_shapes: Any = None,
) -> onnx.ModelProto:
    """Return `module` in evaluation mode as a graph; axes not in `dynamic_shapes` are fixed."""
    module.eval()
    # The exporter announces each torchvision operator it cannot register and its own internal deprecations.
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module, examples, dynamo=True, optimize=True, verbose=False, opset_version=OPSET,
                input_names=list(inputs), output_names=list(outputs), dynamic_shapes=dynamic_shapes,
            )  # fmt: skip
            assert program is not None
            # where in this machine's files each node came from: ten times the weights, and nobody's business
            for node in program.model.graph.all_nodes():
                node.metadata_props.clear()
            from unseen.models.onnx_parts import inlined

            return inlined(program.model_proto)
    except torch.onnx.errors.OnnxExporterError as error:
        raise UnseenError(f"the network cannot be exported to ONNX ({error}): try another --model") from error
    finally:
        logger.setLevel(level)


def export_onnx(
    module: nn.Module,
    example: Tensor,
    path: Path,
    inputs: Sequence[str],
    outputs: Sequence[str],
    dynamic_shapes: Any = None,
) -> None:
    """Write what `export_model` returns to `path`, as one file."""
    with atomic_path(path) as temporary:
        onnx.save(export_model(module, (example,), inputs, outputs, dynamic_shapes), temporary)
