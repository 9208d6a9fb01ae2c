"""Write a run for LiteRT (TensorFlow Lite): photos of one size, weights in float and in 8 bits."""

import importlib.util
import io
import logging
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import torch

from unseen.errors import UnseenError
from unseen.export.agreement import Agreement
from unseen.export.bundle import BundleFacts
from unseen.export.compare_answers import FRAME, Answer, compare_answers
from unseen.export.whole_module import whole_module
from unseen.locate.locator import Locator
from unseen.models.classifier import Classifier
from unseen.records import Float32Array, Uint8Array
from unseen.runs import atomic_path, write_text

FLOAT, EIGHT_BITS, LABELS = "model.tflite", "model-int8.tflite", "labels.txt"
# The weights of networks alone: preprocessing in 8 bits gives other pixels.
OPERATIONS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def write_litert(
    classifier: Classifier,
    locator: Locator | None,
    facts: BundleFacts,
    folder: Path,
    photos: Sequence[Uint8Array],
    files: Sequence[Path] = (),  # noqa: ARG001 - see `Writer`
    frame: tuple[int, int] = FRAME,
) -> Agreement:
    """Write both files and `labels.txt`; see `targets.Writer`. frame: (width, height) of the photos they take.

    What is compared is the float file: how much 8 bits lose is for labelled photos to say.
    """
    for name in ("litert_torch", "ai_edge_quantizer"):
        if importlib.util.find_spec(name) is None:
            raise UnseenError(
                "this needs LiteRT's converter, in an environment of its own: pip install 'unseen[train,export-litert]'"
            )
    content = _converted(whole_module(classifier, locator, facts, frame), frame)
    agreement = compare_answers(classifier, locator, facts, open_litert(content), photos, frame)
    write_text(folder / LABELS, "\n".join(facts.classes) + "\n")
    for name, written in ((FLOAT, content), (EIGHT_BITS, _in_eight_bits(content))):
        with atomic_path(folder / name) as target:
            target.write_bytes(written)
    return agreement


def open_litert(file: Path | bytes) -> Answer:
    """Return what a file answers to one photo (H, W, 3) uint8 of its size: probabilities (C,)."""
    from ai_edge_litert.interpreter import Interpreter

    content = file if isinstance(file, bytes) else file.read_bytes()
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    given, said = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def answer(photo: Uint8Array) -> Float32Array:
        interpreter.set_tensor(given, np.ascontiguousarray(photo[None]))
        interpreter.invoke()
        found: Float32Array = interpreter.get_tensor(said)[0].copy()
        return found

    return answer


def _converted(module: torch.nn.Module, frame: tuple[int, int]) -> bytes:
    width, height = frame
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        logging.getLogger("litert_torch").setLevel(logging.ERROR)
        import litert_torch

        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            model: Any = litert_torch.convert(module, (torch.zeros(1, height, width, 3, dtype=torch.uint8),))
    content: bytes = model.model_content()
    return content


def _in_eight_bits(content: bytes) -> bytes:
    """Return a file whose networks' weights have 8 bits, a scale a channel; they are multiplied as floats."""
    from ai_edge_quantizer import quantizer, recipe

    rules = [{**rule, "operation": name} for rule in recipe.weight_only_wi8_afp32() for name in OPERATIONS]
    with redirect_stdout(io.StringIO()):  # it prints how small the file became
        return bytes(quantizer.Quantizer(content, rules).quantize().quantized_model)
