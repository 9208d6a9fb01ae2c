"""Write a run as a Core ML classifier for Apple's devices: images of one size, labels inside."""

import importlib.util
import io
import logging
import platform
import shutil
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.export import ExportedProgram

from unseen.errors import UnseenError
from unseen.export.agreement import Agreement
from unseen.export.bundle import BundleFacts
from unseen.export.compare_answers import FRAME, Answer, compare_answers
from unseen.export.whole_module import WholeModule, exported, whole_module
from unseen.locate.locator import Locator
from unseen.models.classifier import Classifier
from unseen.records import Float32Array, Uint8Array

PACKAGE = "model.mlpackage"
IMAGE, PROBABILITIES = "photo", "probabilities"


class _OfImage(nn.Module):
    def __init__(self, module: WholeModule) -> None:
        super().__init__()
        self.module = module

    def forward(self, planes: Tensor) -> Tensor:
        """(1, 3, H, W) float32 in 0..255, as Core ML hands an image over."""
        out: Tensor = self.module(planes.permute(0, 2, 3, 1))
        return out


def write_coreml(
    classifier: Classifier,
    locator: Locator | None,
    facts: BundleFacts,
    folder: Path,
    photos: Sequence[Uint8Array],
    files: Sequence[Path] = (),  # noqa: ARG001 - see `Writer`
    frame: tuple[int, int] = FRAME,
) -> Agreement:
    """Write `model.mlpackage`; see `targets.Writer`. frame: (width, height) of the photos it takes.

    Only macOS runs it: elsewhere what is compared is the program that was given to the converter.
    """
    if importlib.util.find_spec("coremltools") is None:
        raise UnseenError("this needs Apple's converter: pip install 'unseen[coreml]'")
    width, height = frame
    module = _OfImage(whole_module(classifier, locator, facts, frame))
    program = _decomposed(exported(module, torch.zeros(1, 3, height, width)))
    agreement = compare_answers(classifier, locator, facts, _open_program(program), photos, frame)
    package = folder / PACKAGE
    shutil.rmtree(package, ignore_errors=True)
    package.parent.mkdir(parents=True, exist_ok=True)
    model = _converted(program, frame, facts)
    model.save(str(package))
    if platform.system() == "Darwin":
        return compare_answers(classifier, locator, facts, _open_model(model, facts), photos, frame)
    return agreement


def _decomposed(program: ExportedProgram) -> ExportedProgram:
    """Return the program in operations that coremltools 9 has."""
    aten = torch.ops.aten
    rules = torch.export.default_decompositions()
    rules.pop(aten.grid_sampler.default, None)  # type: ignore[no-untyped-call]  # known under this name only
    rules[aten.prod.dim_int] = _product
    # its limits come as whole numbers, which Core ML does not take beside floats
    rules[aten.hardtanh.default] = lambda x, low=-1.0, high=1.0: aten.clamp.default(x, float(low), float(high))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        decomposed: ExportedProgram = program.run_decompositions(rules)
        return decomposed


def _product(x: Tensor, dim: int, keepdim: bool = False, *, dtype: torch.dtype | None = None) -> Tensor:
    first, *others = torch.unbind(x if dtype is None else x.to(dtype), dim)
    for other in others:
        first = first * other
    return first.unsqueeze(dim) if keepdim else first


def _converted(program: ExportedProgram, frame: tuple[int, int], facts: BundleFacts) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("coremltools").setLevel(logging.CRITICAL)  # what of it only macOS has
        import coremltools as ct

        width, height = frame
        image = ct.ImageType(name=IMAGE, shape=(1, 3, height, width), color_layout=ct.colorlayout.RGB)
        with redirect_stderr(io.StringIO()):  # bars of its passes
            model = ct.convert(
                program, inputs=[image], outputs=[ct.TensorType(name=PROBABILITIES)], convert_to="mlprogram",
                classifier_config=ct.ClassifierConfig(list(facts.classes)), minimum_deployment_target=ct.target.iOS17,
                compute_precision=ct.precision.FLOAT32,  # in 16 bits preprocessing gives other pixels
            )  # fmt: skip
    model.short_description = f"Image classifier, {facts.model}: {', '.join(facts.classes)}"
    model.version = facts.unseen_version
    return model


def _open_program(program: ExportedProgram) -> Answer:
    module = program.module()

    def answer(photo: Uint8Array) -> Float32Array:
        with torch.inference_mode():
            planes = torch.from_numpy(np.ascontiguousarray(photo.transpose(2, 0, 1))[None]).to(torch.float32)
            found: Float32Array = module(planes)[0].numpy()
        return found

    return answer


def _open_model(model: Any, facts: BundleFacts) -> Answer:
    def answer(photo: Uint8Array) -> Float32Array:
        said = model.predict({IMAGE: Image.fromarray(photo)})
        by_class = next(value for value in said.values() if isinstance(value, dict))
        return np.array([by_class[name] for name in facts.classes], np.float32)

    return answer
